import { expect, test } from 'vitest';
import { patienceMs } from './request.ts';
import { request } from './test-request.ts';

const until = (...deadlines: number[]) => deadlines.map((deadlineAtMs) => ({ ...request(), deadlineAtMs }));

test.each([
  ['until the deadline of one', until(3_500), 2_500],
  ['until the latest of several', until(2_200, 2_900, 2_400), 1_900],
  ['no longer than a dead connection deserves', until(11_000), 3_000],
  ['as long as a stall may last: a deadline that is near', until(1_999), 1_000],
  ['to the millisecond', until(2_001), 1_001],
  ['as long as a stall may last: a deadline that has passed', until(3), 1_000],
  ['as long as a stall may last: nobody waits', until(), 1_000],
])('the database has time %s', (_, batch, expected) => {
  expect(patienceMs(batch, 1_000)).toBe(expected);
});
