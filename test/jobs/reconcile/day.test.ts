import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FindingKind } from '../../../src/jobs/reconcile/types.ts';
import { createReconcileWorld, type ReconcileWorld, type Terminal } from './world.ts';

let here: ReconcileWorld;

beforeAll(async () => {
  here = await createReconcileWorld();
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

/** One error of each kind at a terminal, and the key of what must be found. */
const INJECT: Record<FindingKind, (terminal: Terminal) => Promise<string | bigint>> = {
  spin_not_played: async (terminal) => (await terminal.bet(700n)).transactionId,
  bet_missing: async (terminal) =>
    terminal.log({ betUnits: 100n, winUnits: 0n, balanceUnits: (await terminal.balance()) - 100n }),
  bet_canceled: async (terminal) => {
    const { transactionId, balanceUnits } = await terminal.bet(200n);
    await terminal.cancel(transactionId);
    return terminal.log({ betUnits: 200n, winUnits: 0n, balanceUnits });
  },
  bet_amount_differs: async (terminal) => {
    const { balanceUnits } = await terminal.bet(100n);
    return terminal.log({ betUnits: 200n, winUnits: 0n, balanceUnits });
  },
  win_missing: async (terminal) => {
    const { balanceUnits } = await terminal.bet(100n);
    return terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  },
  win_amount_differs: async (terminal) => {
    const { balanceUnits } = await terminal.bet(100n);
    const dataId = await terminal.log({ betUnits: 100n, winUnits: 300n, balanceUnits: balanceUnits + 300n });
    await terminal.win(250n);
    return dataId;
  },
  win_unlogged: async (terminal) => {
    await terminal.play(100n, 0n);
    terminal.pass(300);
    return (await terminal.win(333n)).transactionId;
  },
  win_twice: async (terminal) => {
    const { balanceUnits } = await terminal.bet(100n);
    const dataId = await terminal.log({ betUnits: 100n, winUnits: 300n, balanceUnits: balanceUnits + 300n });
    await terminal.win(300n);
    await terminal.win(300n, { transactionId: `log:${terminal.hallId}:${terminal.uid}:${dataId}` });
    return dataId;
  },
  balance_differs: async (terminal) => {
    const { balanceUnits } = await terminal.bet(100n);
    return terminal.log({ betUnits: 100n, winUnits: 0n, balanceUnits: balanceUnits + 7n });
  },
};

const KINDS = Object.keys(INJECT) as FindingKind[];
const TERMINALS = 50;
const ERRORS_A_TERMINAL = 2;
/** What the players are owed by the errors that can be corrected. */
const CORRECTED_UNITS: Partial<Record<FindingKind, bigint>> = { spin_not_played: 700n, win_missing: 450n };

test('a day of 50 terminals: all errors are found and nothing else, and what may be corrected is corrected once', async () => {
  const wrong: string[] = [];
  const terminals: Terminal[] = [];
  const expected = new Map<string, bigint>();
  const playDay = async (index: number): Promise<void> => {
    const terminal = await here.terminal(String(1000 + index));
    terminals.push(terminal);
    let owedUnits = 0n;
    for (let spin = 0; spin < 8; spin += 1) await terminal.play(100n, spin % 3 === 0 ? 250n : 0n);
    for (let error = 0; error < ERRORS_A_TERMINAL; error += 1) {
      const kind = KINDS[(index * ERRORS_A_TERMINAL + error) % KINDS.length] as FindingKind;
      terminal.pass(60_000);
      const about = await INJECT[kind](terminal);
      wrong.push(`${terminal.hallId}:${terminal.uid}:${kind}:${about}`);
      for (let spin = 0; spin < 8; spin += 1) await terminal.play(200n, spin % 4 === 0 ? 50n : 0n);
      owedUnits += CORRECTED_UNITS[kind] ?? 0n;
    }
    expected.set(terminal.uid, (await terminal.balance()) + owedUnits);
    await terminal.harvest();
  };
  await Promise.all(Array.from({ length: TERMINALS }, (_, index) => playDay(index)));

  const config = { RECONCILE_AUTO_MAX_UNITS: 1_000n, RECONCILE_AUTO_DAY_MAX_UNITS: 1_000_000n, RECONCILE_SETTLE_MS: 0 };
  const run = await here.reconciliation(config).runAll({ requestId: 'day' });
  const found = await here.discrepancies();
  expect(found.map((row) => row.finding_key).sort()).toEqual(wrong.sort());
  expect(found.length).toBe(TERMINALS * ERRORS_A_TERMINAL);
  expect(run).toMatchObject({ terminals: TERMINALS, terminalsDone: TERMINALS, terminalsFailed: 0 });
  expect(run.discrepanciesFound).toBe(found.length);
  const correctable = found.filter(({ kind }) => kind === 'spin_not_played' || kind === 'win_missing');
  expect(run.correctionsMade).toBe(correctable.length);
  for (const row of found) expect(row.state).toBe(correctable.includes(row) ? 'corrected' : 'open');

  const again = await here.reconciliation(config).runAll({ requestId: 'day' });
  expect(again).toMatchObject({ terminals: 0, discrepanciesFound: 0, correctionsMade: 0 });

  // From the beginning, with the corrections now part of the picture: the same findings, and no more.
  await here.pool.query('UPDATE reconciliations SET rewind_to_ms = 0');
  const rewound = await here.reconciliation(config).runAll({ requestId: 'day' });
  expect(rewound).toMatchObject({
    terminalsDone: TERMINALS,
    discrepanciesFound: 0,
    correctionsMade: 0,
    recordsMatched: 0,
  });
  expect((await here.discrepancies()).map((row) => [row.finding_key, row.state])).toEqual(
    found.map((row) => [row.finding_key, row.state]),
  );
  for (const terminal of terminals) expect(await terminal.balance()).toBe(expected.get(terminal.uid));
  expect(await here.verify()).toMatchObject({ findings: 0n });
});
