import { expect, test } from 'vitest';
import { createEstimate } from './estimate.ts';

const repeat = (times: number, run: () => void): void => {
  for (let n = 0; n < times; n += 1) run();
};

test('refuses nothing before anything was measured', () => {
  const estimate = createEstimate();
  expect(estimate.batchMs()).toBe(0);
  expect(estimate.writeMs()).toBe(0);
});

test('comes to what is measured again and again, batches and writes apart', () => {
  const estimate = createEstimate();
  repeat(100, () => {
    estimate.ran(20);
    estimate.wrote(4);
  });
  expect(estimate.batchMs()).toBeCloseTo(20, 1);
  expect(estimate.writeMs()).toBeCloseTo(4, 1);
});

test('one stall says little: an hour counts no more than a quarter of a second', () => {
  const stalled = createEstimate();
  const slow = createEstimate();
  stalled.ran(3_600_000);
  slow.ran(250);
  expect(stalled.batchMs()).toBe(slow.batchMs());
  expect(stalled.batchMs()).toBeLessThanOrEqual(25);
});

test('a stall of 200 ms does not refuse what has 38 ms', () => {
  const estimate = createEstimate();
  repeat(100, () => estimate.ran(3));
  estimate.ran(200);
  expect(estimate.batchMs()).toBeLessThan(38);
});

test('a database that was slow for long is believed to be well again after a few batches', () => {
  const estimate = createEstimate();
  repeat(1_000, () => {
    estimate.ran(200);
    estimate.wrote(200);
  });
  repeat(4, () => {
    estimate.ran(3);
    estimate.wrote(2);
  });
  expect(estimate.batchMs()).toBeLessThan(20);
  expect(estimate.writeMs()).toBeLessThan(20);
});

test('however slow it was, what was turned away is soon tried again', () => {
  const estimate = createEstimate();
  repeat(1_000, () => {
    estimate.ran(10_000);
    estimate.wrote(10_000);
  });
  let turns = 0;
  while (estimate.batchMs() > 10 || estimate.writeMs() > 10) {
    estimate.relax();
    turns += 1;
  }
  expect(turns).toBeLessThan(6);
});
