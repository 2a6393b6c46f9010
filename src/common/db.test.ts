import { expect, test } from 'vitest';
import { isLost } from './db.ts';
import { Fault } from './fault.ts';

/** As the driver makes them of the server's answers. */
const serverError = (errno: number): Error => Object.assign(new Error('x'), { errno, sqlState: 'HY000', code: 'ER_X' });

test.each([
  ['the server shuts down', serverError(1053)],
  ['KILL', serverError(1927)],
  ['closed for idleness', serverError(4031)],
  ['the network', Object.assign(new Error('x'), { errno: -104, code: 'ECONNRESET', fatal: true })],
])('%s: the connection is lost', (_, error) => {
  expect(isLost(error)).toBe(true);
});

test.each([
  ['KILL QUERY', serverError(1317)],
  ['a deadlock', serverError(1213)],
  ['a fault of ours', new Fault(2, 'x')],
  ['a bug', new TypeError('x')],
])('%s: the connection goes on', (_, error) => {
  expect(isLost(error)).toBe(false);
});
