import { afterAll, beforeAll, describe, it } from 'vitest';
import { cases } from './cases/index.ts';
import { type Chain, startChain } from './chain.ts';
import { createRunner, type Runner } from './runner.ts';
import { createRoundJobs } from './state.ts';

let chain: Chain;
let runner: Runner;

beforeAll(async () => {
  chain = await startChain();
  runner = createRunner(chain, createRoundJobs(chain.grpc));
  await runner.prepare(Object.values(cases).flat().length);
});

afterAll(() => chain.stop());

for (const [group, members] of Object.entries(cases)) {
  describe(`PLATFORM: ${group}`, () => {
    it.each(members)('$name [$source]', (test) => runner.run(test));
  });
}
