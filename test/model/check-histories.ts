import fc from 'fast-check';
import type { Bench } from './bench.ts';
import { batchedPlan, type Plan, sequentialPlan } from './plan.ts';
import { type Figures, Mismatch, runHistory, type Spread } from './run-history.ts';

export type Suite = {
  /** Goes into the seed that a failure prints. */
  name: 'sequential' | 'batched' | 'each' | 'every';
  plans: fc.Arbitrary<Plan>;
  spread: Spread;
};

/** The histories of the suites; `maxTurns` and the like are chosen so that a history takes well below a second. */
export const SUITES = {
  /** One request at a time. */
  sequential: { name: 'sequential', plans: sequentialPlan(80), spread: 'each' },
  /** Many at once. */
  batched: { name: 'batched', plans: batchedPlan(10, 24), spread: 'each' },
  /** Many at once, at several wallets. */
  each: { name: 'each', plans: batchedPlan(8, 24), spread: 'each' },
  every: { name: 'every', plans: batchedPlan(8, 12), spread: 'every' },
} as const satisfies Record<Suite['name'], Suite>;

export type Options = {
  count: number;
  /** Of a failure; without one, new histories each time. */
  seed?: string | undefined;
  progress?: (done: number, figures: Figures) => void;
};

/**
 * Runs generated histories. Where one differs, it is shrunk, and the error tells the smallest history that still does, and the seed
 * that gives it back.
 */
export async function checkHistories(bench: Bench, suite: Suite, options: Options): Promise<Figures> {
  const figures = { operations: 0, rows: 0 };
  let done = 0;
  const property = fc.asyncProperty(suite.plans, async (plan) => {
    const { operations, rows } = await runHistory(bench, plan, suite.spread);
    figures.operations += operations;
    figures.rows += rows;
    done += 1;
    options.progress?.(done, figures);
  });
  const details = await fc.check(property, { numRuns: options.count, ...seedOf(suite, options.seed) });
  if (!details.failed) return figures;
  const error = details.errorInstance;
  if (!(error instanceof Mismatch)) throw error;
  throw new Mismatch(
    [
      `history ${details.numRuns} differs from the model (shrunk ${details.numShrinks} times)`,
      `once more: MODEL_SEED=${suite.name}:${details.seed}:${details.counterexamplePath ?? ''}`,
      error.message,
    ].join('\n'),
  );
}

/** `seed` runs the same histories again; `suite:seed:path`, as a failure prints it, only the one that failed. */
function seedOf(suite: Suite, text: string | undefined): { seed?: number; path?: string; numRuns?: number } {
  if (text === undefined || text === '') return {};
  const [, forSuite, seed, path] = /^(?:(\w+):)?(-?\d+)(?::([\d:]*))?$/.exec(text) ?? [];
  if (seed === undefined) throw new Error('MODEL_SEED must be a number, or what a failure printed');
  if (forSuite !== undefined && forSuite !== suite.name) return {};
  return { seed: Number(seed), ...(path ? { path, numRuns: 1 } : {}) };
}
