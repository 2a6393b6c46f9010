import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Case, Step } from './case.ts';
import { cases } from './cases/index.ts';
import { samples } from './cases/samples.ts';
import { addHall, type Chain, operatorOf, PATH_SECRET, startChain } from './chain.ts';
import { createState, type State, standing } from './state.ts';

const FIRST_HALL = 2_000;

const startedAtMs = BigInt(Date.now());

let chain: Chain;
let caseNumber = 0;

beforeAll(async () => {
  chain = await startChain({}, async (grpc) => {
    for (const [number, { mode }] of Object.values(cases).flat().entries()) {
      await addHall(grpc, String(FIRST_HALL + number), { mode });
    }
  });
});

afterAll(() => chain.stop());

async function run(test: Case, path: string, state: State): Promise<void> {
  try {
    for (const given of test.given ?? []) await state.apply(given);
    for (const step of test.steps) {
      if ('given' in step) await state.apply(step.given);
      else await ask(step, path);
    }
    for (const [user, units] of Object.entries(test.after?.balances ?? {})) {
      expect(await state.balanceUnits(user), `balance of ${user}`).toBe(BigInt(units));
    }
    for (const [user, rows] of Object.entries(test.after?.ledger ?? {})) {
      expect(standing(await state.rows(user)), `ledger of ${user}`).toEqual(rows);
    }
  } finally {
    await state.undo();
  }
}

async function ask(step: Exclude<Step, { given: unknown }>, path: string): Promise<void> {
  const answer = await chain.get(`${path}?${step.get}`);
  expect(answer.status, step.get).toBe(200);
  expect(answer.headers['content-type'], step.get).toBe('application/json; charset=utf-8');
  if ('answer' in step) {
    expect(answer.text, step.get).toBe(step.answer);
    return;
  }
  expect(JSON.parse(answer.text), step.get).toEqual({
    status: 'fail',
    error: expect.stringContaining(step.fail),
  });
}

for (const [group, members] of Object.entries(cases)) {
  describe(`StarGame: ${group}`, () => {
    it.each(members)('$name [$source]', (test) => {
      const hallId = String(FIRST_HALL + caseNumber++);
      const state = createState(chain.grpc, operatorOf(hallId), hallId);
      return run(test, `/stargame/${hallId}/${PATH_SECRET}`, state);
    });
  });
}

describe("StarGame: the document's samples", () => {
  it.each(samples)('$name [$source]', (test) =>
    run(test, '/stargame/1890/notify', createState(chain.grpc, 'examplecasino', '1890')),
  );

  it('leave their hall and terminal in the ledger, each under an id of its own, in no round', async () => {
    const rows = await createState(chain.grpc, 'examplecasino', '1890').rows('117');
    expect(rows.length).toBeGreaterThan(2);
    for (const row of rows) {
      // Played before it was written, and one clock tells both times.
      expect(row.occurredAtMs).toBeGreaterThanOrEqual(startedAtMs);
      expect(row.occurredAtMs).toBeLessThanOrEqual(row.createdAtMs);
      expect(row).toMatchObject({ roundId: '', gameId: '', context: '{"hall":"1890","terminal":"117"}' });
      expect(row.transactionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
    expect(new Set(rows.map(({ transactionId }) => transactionId)).size).toBe(rows.length);
  });
});
