import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, startBench } from '../model/bench.ts';
import { checkHistories, SUITES } from '../model/check-histories.ts';

/** The generated histories of test/model, with two wallet processes on the same players at once. */

let bench: Bench;
beforeAll(async () => {
  bench = await startBench(2);
});
afterAll(() => bench?.stop());

const seed = process.env.MODEL_SEED;
const PATIENT = { timeout: 600_000 };

test('each request at one of two wallets: there is an order in which the model answers the same', PATIENT, async () => {
  await checkHistories(bench, SUITES.each, { count: 40, seed });
});

test(
  'every request at both wallets at once: there is an order in which the model answers the same',
  PATIENT,
  async () => {
    await checkHistories(bench, SUITES.every, { count: 40, seed });
  },
);

test('after all of that no ledger breaks an invariant', async () => {
  const { findings } = await bench.clients[0].verify();
  expect(findings).toEqual([]);
});
