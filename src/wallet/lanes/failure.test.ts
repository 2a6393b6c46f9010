import { describe, expect, test } from 'vitest';
import { Fault } from '../../common/fault.ts';
import { type Failure, failureOf, leavesCommitOpen } from './failure.ts';

/** As the driver makes them of the server's answers, and of the network's. */
const serverError = (errno: number): Error => Object.assign(new Error('x'), { errno, sqlState: 'HY000', code: 'ER_X' });
const networkError = (code: string): Error => Object.assign(new Error('x'), { errno: -104, code, fatal: true });

test.each<[string, number, Failure]>([
  ['deadlock', 1213, 'passing'],
  ['snapshot conflict', 1020, 'passing'],
  ['lock wait timeout', 1205, 'passing'],
  ['an id that another lane wrote first', 1062, 'passing'],
  ['KILL QUERY', 1317, 'killed'],
  ['the server shuts down', 1053, 'lost'],
  ['KILL', 1927, 'lost'],
  ['closed for idleness', 4031, 'lost'],
  ['read-only: a replica', 1290, 'lost'],
  ['read-only: InnoDB', 1836, 'lost'],
  ['out of range', 1264, 'bad'],
  ['a mistake in the SQL', 1064, 'bad'],
  ['no such table', 1146, 'bad'],
])('%s (%i) is %s', (_, errno, failure) => {
  expect(failureOf(serverError(errno))).toBe(failure);
});

test.each([
  ['PROTOCOL_CONNECTION_LOST', networkError('PROTOCOL_CONNECTION_LOST')],
  ['ECONNRESET', networkError('ECONNRESET')],
  ['ETIMEDOUT', networkError('ETIMEDOUT')],
  // The driver's own timer, which marks no error as fatal.
  ['PROTOCOL_SEQUENCE_TIMEOUT', Object.assign(new Error('x'), { code: 'PROTOCOL_SEQUENCE_TIMEOUT' })],
  ['a packet that the driver could not read', Object.assign(new TypeError('x'), { fatal: true })],
])('%s: what was in flight may have been done', (_, error) => {
  expect(failureOf(error)).toBe('lost');
});

test.each([
  ['a bug', new TypeError('undefined is not a function')],
  ['a mistake in a call', Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ['a fault of ours', new Fault(2, 'x')],
  ['no error at all', 'x'],
])('%s is bad', (_, error) => {
  expect(failureOf(error)).toBe('bad');
});

describe('a write that ended with', () => {
  test.each([
    ['KILL QUERY', serverError(1317)],
    ['the shutdown of the server', serverError(1053)],
    ['KILL', serverError(1927)],
    ['the end of an idle connection', serverError(4031)],
    ['a reset', Object.assign(new Error('x'), { code: 'ECONNRESET', fatal: true })],
    ['no answer in time', Object.assign(new Error('x'), { code: 'CONNECTION_DROPPED' })],
    ['an answer that could not be read', Object.assign(new TypeError('x'), { fatal: true })],
  ])('%s may have been committed', (_, error) => {
    expect(leavesCommitOpen(error)).toBe(true);
  });

  test.each([
    ['a deadlock', serverError(1213)],
    ['a snapshot conflict', serverError(1020)],
    ['a lock wait timeout', serverError(1205)],
    ['an id that another lane wrote first', serverError(1062)],
    ['a server that is read-only', serverError(1290)],
    ['an InnoDB that is read-only', serverError(1836)],
    ['a value out of range', serverError(1264)],
    ['a bug of ours', new TypeError('x')],
  ])('%s was not committed', (_, error) => {
    expect(leavesCommitOpen(error)).toBe(false);
  });
});
