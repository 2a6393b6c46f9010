import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectRow } from '../../../src/common/db.ts';
import type { DiscrepancyRow } from '../../../src/jobs/reconcile/discrepancies.ts';
import { createReconcileWorld, type ReconcileWorld, type Terminal } from './world.ts';

let here: ReconcileWorld;
let nextUid = 2000;

beforeAll(async () => {
  here = await createReconcileWorld();
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

const AUTO = { RECONCILE_AUTO_MAX_UNITS: 1_000n, RECONCILE_AUTO_DAY_MAX_UNITS: 1_000_000n, RECONCILE_SETTLE_MS: 0 };

async function newTerminal(): Promise<Terminal> {
  nextUid += 1;
  return here.terminal(String(nextUid));
}

const spins = async (terminal: Terminal, count = 8): Promise<void> => {
  for (let spin = 0; spin < count; spin += 1) await terminal.play(100n, spin % 3 === 0 ? 50n : 0n);
};

const run = (config = {}) => here.reconciliation(config).runAll({ requestId: 'test' });

const of = async ({ uid }: Terminal): Promise<DiscrepancyRow[]> =>
  (await here.discrepancies()).filter((row) => row.uid === uid);

const only = async (terminal: Terminal): Promise<DiscrepancyRow> => {
  const rows = await of(terminal);
  expect(rows).toHaveLength(1);
  return rows[0] as DiscrepancyRow;
};

test('automatic corrections keep to the limit of one and to the limit of a day', async () => {
  const terminal = await newTerminal();
  for (const amountUnits of [700n, 600n, 1_500n]) {
    await spins(terminal);
    terminal.pass(30_000);
    await terminal.bet(amountUnits);
    terminal.pass(30_000);
  }
  await spins(terminal);
  await terminal.harvest();
  expect(await run()).toMatchObject({ discrepanciesFound: 3, correctionsMade: 0 });
  const spent = await selectRow<{ units: bigint }>(
    here.pool,
    'SELECT automatic_units AS units FROM reconciliation_days',
  );
  const dayMax = (spent?.units ?? 0n) + 1_299n;
  const config = { ...AUTO, RECONCILE_AUTO_DAY_MAX_UNITS: dayMax };
  expect((await run(config)).correctionsMade).toBe(1);
  const states = async () => (await of(terminal)).map((row) => [row.amount_units, row.state]);
  expect(await states()).toEqual([
    [700n, 'corrected'],
    [600n, 'open'],
    [1_500n, 'open'],
  ]);
  const wider = { ...config, RECONCILE_AUTO_DAY_MAX_UNITS: dayMax + 1n };
  const both = await Promise.all([run(wider), run(wider)]);
  expect(both.reduce((sum, each) => sum + each.correctionsMade, 0)).toBe(1);
  expect(await states()).toEqual([
    [700n, 'corrected'],
    [600n, 'corrected'],
    [1_500n, 'open'],
  ]);
});

test('many findings at once are no errors of the books: nothing is corrected without a person', async () => {
  const terminal = await newTerminal();
  for (let spin = 0; spin < 10; spin += 1) {
    terminal.pass(60_000);
    await terminal.bet(100n);
  }
  await spins(terminal);
  await terminal.harvest();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 10, correctionsMade: 0 });
});

test('few findings where no spin agrees are no errors of the books either: logs may be empty, or of another time', async () => {
  const terminal = await newTerminal();
  terminal.pass(60_000);
  await terminal.bet(100n);
  terminal.pass(60_000);
  await terminal.harvest();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 1, correctionsMade: 0 });
  await spins(terminal);
  await terminal.harvest();
  expect((await run(AUTO)).correctionsMade).toBe(0);
  expect(await only(terminal)).toMatchObject({ state: 'open', is_automatic: 0 });
});

test('nothing is corrected without a person before the logs were read long enough after it was played', async () => {
  const settle = { ...AUTO, RECONCILE_SETTLE_MS: 900_000 };
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  await terminal.bet(700n);
  await spins(terminal);
  await terminal.harvest();
  expect(await run(settle)).toMatchObject({ discrepanciesFound: 1, correctionsMade: 0 });
  terminal.pass(900_000);
  await terminal.harvest();
  expect(await run(settle)).toMatchObject({ discrepanciesFound: 0, correctionsMade: 1 });
  expect(await only(terminal)).toMatchObject({ kind: 'spin_not_played', state: 'corrected' });
});

test('a debit whose record may only be late by the clock is not refunded without a person', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  const { balanceUnits } = await terminal.bet(700n);
  terminal.pass(30_000);
  await terminal.log({ betUnits: 700n, winUnits: 0n, balanceUnits });
  terminal.pass(30_000);
  await spins(terminal);
  await terminal.harvest();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 2, correctionsMade: 0 });
  expect((await of(terminal)).map(({ kind, state }) => [kind, state]).sort()).toEqual([
    ['bet_missing', 'open'],
    ['spin_not_played', 'open'],
  ]);
});

test('what came in one notification is given back and taken back together', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(20_000);
  const { transactionId } = await terminal.bet(700n);
  await terminal.win(50n, { transactionId: `${transactionId}+win` });
  await spins(terminal);
  await terminal.harvest();
  const after = await terminal.balance();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 1, correctionsMade: 0 });
  const row = await only(terminal);
  expect(row).toMatchObject({ kind: 'spin_not_played', state: 'open', correction: '' });
  expect(row.detail).toContain(`${transactionId}, ${transactionId}+win`);
  // Two people agree.
  await here.pool.query("UPDATE discrepancies SET state = 'approved', resolution = 'cancel' WHERE discrepancy_id = ?", [
    row.discrepancy_id,
  ]);
  expect((await run(AUTO)).correctionsMade).toBe(1);
  expect(await terminal.balance()).toBe(after + 650n);
  await terminal.harvest();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 0, correctionsMade: 0 });
});

test('what a person has taken back stays with people, also where it then looks otherwise', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  const { balanceUnits } = await terminal.bet(100n);
  await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  await spins(terminal);
  await terminal.harvest();
  await run();
  const { discrepancy_id: id } = await only(terminal);
  // As a proposal and its rejection leave it, neither with a note.
  await here.pool.query("UPDATE discrepancies SET is_automatic = 0, state = 'explained' WHERE discrepancy_id = ?", [
    id,
  ]);
  await here.pool.query('UPDATE reconciliations SET rewind_to_ms = 0 WHERE uid = ?', [terminal.uid]);
  expect((await run(AUTO)).correctionsMade).toBe(0);
  expect(await only(terminal)).toMatchObject({ discrepancy_id: id, state: 'open', is_automatic: 0 });
});
