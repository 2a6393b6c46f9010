// npm run campaign:model -- --histories 5000
// MODEL_SEED=… runs what a failure printed once more.
import { startBench } from '../model/bench.ts';
import { checkHistories, SUITES, type Suite } from '../model/check-histories.ts';
import { runCampaign } from './campaign.ts';

await runCampaign('histories', 2_000, async (histories, progress) => {
  const [one, two] = [await startBench(1), await startBench(2)];
  const suites: [Suite, typeof one][] = [
    [SUITES.sequential, one],
    [SUITES.batched, one],
    [SUITES.each, two],
    [SUITES.every, two],
  ];
  const total = { operations: 0, rows: 0 };
  for (const [suite, bench] of suites) {
    const count = Math.ceil(histories / suites.length);
    const figures = await checkHistories(bench, suite, {
      count,
      seed: process.env.MODEL_SEED,
      progress: (done, { operations }) =>
        progress(`${suite.name}: ${done} of ${count} histories, ${operations} requests`),
    });
    total.operations += figures.operations;
    total.rows += figures.rows;
  }
  for (const bench of [one, two]) {
    const { findings } = await bench.clients[0].verify();
    if (findings.length > 0) throw new Error(`verify: ${findings.map(({ message }) => message).join('; ')}`);
    await bench.stop();
  }
  return `${histories} histories, ${total.operations} requests, ${total.rows} ledger rows`;
});
