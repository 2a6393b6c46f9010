import { expect, test } from 'vitest';
import { patienceMs } from './request.ts';
import { request } from './test-request.ts';

const until = (...deadlines: number[]) => deadlines.map((deadlineAtMs) => ({ ...request(), deadlineAtMs }));

test.each([
  ['until the deadline of one', until(1_500), 500],
  ['until the latest of several', until(1_200, 1_900, 1_400), 900],
  ['at least a little: a deadline that is near', until(1_049), 50],
  ['to the millisecond', until(1_051), 51],
  ['at least a little: a deadline that has passed', until(3), 50],
  ['at least a little: nobody waits', until(), 50],
])('the database has time %s', (_, batch, expected) => {
  expect(patienceMs(batch, 1_000)).toBe(expected);
});
