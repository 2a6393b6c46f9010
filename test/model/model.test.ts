import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, startBench } from './bench.ts';
import { checkHistories, SUITES } from './check-histories.ts';

/**
 * Generated histories against the real wallet and a plain model of it (model.ts). A failure prints MODEL_SEED=…; set it to run
 * that history again. `npm run campaign:model` runs more of them.
 */

let bench: Bench;
beforeAll(async () => {
  bench = await startBench(1);
});
afterAll(() => bench?.stop());

const seed = process.env.MODEL_SEED;
/** A difference takes a while to shrink. */
const PATIENT = { timeout: 600_000 };

test('one request at a time: every answer and the end state are the model’s', PATIENT, async () => {
  await checkHistories(bench, SUITES.sequential, { count: 60, seed });
});

test('many requests at once: there is an order in which the model answers the same', PATIENT, async () => {
  await checkHistories(bench, SUITES.batched, { count: 60, seed });
});

test('after all of that no ledger breaks an invariant', async () => {
  const { findings, summary } = await bench.clients[0].verify();
  expect(findings).toEqual([]);
  expect(summary.players).toBeGreaterThan(0n);
});
