import { afterAll, beforeAll, expect, test } from 'vitest';
import { selectRow } from '../../../src/common/db.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { DiscrepancyRow } from '../../../src/jobs/reconcile/discrepancies.ts';
import { createReconcileWorld, type ReconcileWorld, type Terminal, TRANSFER_HALL } from './world.ts';

let here: ReconcileWorld;
let nextUid = 2000;

beforeAll(async () => {
  here = await createReconcileWorld();
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

const AUTO = { RECONCILE_AUTO_MAX_UNITS: 1_000n, RECONCILE_AUTO_DAY_MAX_UNITS: 1_000_000n, RECONCILE_SETTLE_MS: 0 };

async function newTerminal(hallId?: string): Promise<Terminal> {
  nextUid += 1;
  return here.terminal(String(nextUid), hallId);
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

test('each record is told its transactions', async () => {
  const terminal = await newTerminal();
  await spins(terminal, 3);
  const dataId = await terminal.play(100n, 70n);
  await terminal.harvest();
  expect(await run()).toMatchObject({ terminalsDone: 1, recordsMatched: 4, discrepanciesFound: 0 });
  const [bet, win] = (await terminal.ledger()).slice(-2);
  expect(
    await selectRow(
      here.pool,
      'SELECT bet_transaction_id AS bet, win_transaction_id AS win, matched_at_ms FROM game_logs WHERE data_id = ?',
      [dataId],
    ),
  ).toMatchObject({ bet: bet?.transactionId, win: win?.transactionId, matched_at_ms: expect.any(BigInt) });
});

test('an unplayed spin is refunded by a cancel that says why, once', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(20_000);
  const { transactionId } = await terminal.bet(700n);
  await spins(terminal);
  await terminal.harvest();
  const before = await terminal.balance();
  expect(await run(AUTO)).toMatchObject({ discrepanciesFound: 1, correctionsMade: 1 });
  const row = await only(terminal);
  expect(row).toMatchObject({
    kind: 'spin_not_played',
    state: 'corrected',
    resolution: 'cancel',
    approved_by: 'automatic',
    amount_units: 700n,
    correction_transaction_id: transactionId,
  });
  expect(await terminal.balance()).toBe(before + 700n);
  const reversals = (await terminal.ledger()).filter(({ kind }) => kind === 'reversal');
  expect(reversals.map((each) => [each.transactionId, JSON.parse(each.context)])).toEqual([
    [
      transactionId,
      {
        reconciliation: String(row.discrepancy_id),
        hall: terminal.hallId,
        terminal: terminal.uid,
        reason: expect.stringMatching(/^no log record until 20/),
      },
    ],
  ]);
  // A late void of the same bet finds it canceled.
  await terminal.cancel(transactionId);
  expect(await terminal.balance()).toBe(before + 700n);
});

test('a win that never came is credited, and a correction that died before it was noted is made once', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(20_000);
  const { balanceUnits } = await terminal.bet(100n);
  const dataId = await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  await spins(terminal);
  await terminal.harvest();
  const before = await terminal.balance();
  await run(AUTO);
  const row = await only(terminal);
  const transactionId = `log:${terminal.hallId}:${terminal.uid}:${dataId}`;
  expect(row).toMatchObject({ kind: 'win_missing', state: 'corrected', correction_transaction_id: transactionId });
  const credit = await here.world.call(MoneyService.method.getTransaction, {
    operatorId: 'casino',
    provider: 'stargame',
    transactionId,
  });
  expect(credit).toMatchObject({ kind: 'win', amountUnits: 450n, occurredAtMs: row.occurred_at_ms });
  expect(JSON.parse(credit.context)).toEqual({
    reconciliation: String(row.discrepancy_id),
    hall: terminal.hallId,
    terminal: terminal.uid,
    game_log: String(dataId),
  });

  await here.pool.query("UPDATE discrepancies SET state = 'approved' WHERE discrepancy_id = ?", [row.discrepancy_id]);
  await Promise.all([run(AUTO), run(AUTO)]);
  expect((await only(terminal)).state).toBe('corrected');
  expect(await terminal.balance()).toBe(before + 450n);
});

test('a record that is absurd keeps nothing else from being reconciled', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  await terminal.bet(100n);
  await terminal.log({ betUnits: 100n, winUnits: 0n, balanceUnits: -(2n ** 63n) + 1n });
  await spins(terminal);
  await terminal.harvest();
  expect(await run()).toMatchObject({ terminalsFailed: 0, discrepanciesFound: 1 });
  expect(await only(terminal)).toMatchObject({ kind: 'balance_differs', amount_units: 2n ** 63n - 1n });
});

test('a record that comes late explains what was found without it', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  const { balanceUnits } = await terminal.bet(700n);
  const playedAtMs = terminal.nowMs();
  await spins(terminal);
  await terminal.harvest();
  await run();
  expect(await only(terminal)).toMatchObject({ kind: 'spin_not_played', state: 'open' });
  const record = [terminal.hallId, terminal.uid, 77n, playedAtMs, '53', 'Book', 700n, 0n, 9, balanceUnits, Date.now()];
  await here.pool.query(
    `INSERT INTO game_logs (hall_id, uid, data_id, played_at_ms, game_id, game_name, bet_units, win_units, line_count, balance_units,
       harvested_at_ms) VALUES (?)`,
    [record],
  );
  await here.pool.query('UPDATE reconciliations SET rewind_to_ms = ? WHERE uid = ?', [playedAtMs, terminal.uid]);
  expect(await run(AUTO)).toMatchObject({ recordsMatched: 1, discrepanciesFound: 0, correctionsMade: 0 });
  expect((await only(terminal)).state).toBe('explained');
});

test('going back begins at a cut of before, and finds no more than there is', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  await terminal.bet(700n);
  await spins(terminal);
  await terminal.harvest();
  await run();
  terminal.pass(3_600_000);
  await spins(terminal);
  const atMs = terminal.nowMs();
  terminal.pass(30_000);
  await spins(terminal);
  await terminal.harvest();
  await run();
  // Before the cut that is kept there is nothing to be seen any more: going back to it must not need it.
  const found = await only(terminal);
  await here.pool.query('DELETE FROM game_logs WHERE uid = ? AND played_at_ms < ?', [
    terminal.uid,
    Number(found.occurred_at_ms),
  ]);
  await here.pool.query('UPDATE reconciliations SET rewind_to_ms = ? WHERE uid = ?', [atMs, terminal.uid]);
  expect(await run(AUTO)).toMatchObject({ terminalsDone: 1, recordsMatched: 0, discrepanciesFound: 0 });
  expect((await only(terminal)).discrepancy_id).toBe(found.discrepancy_id);
});

test('a win that was queued for long explains that it was missing; after its correction it is there twice', async () => {
  const terminal = await newTerminal();
  const lose = async (): Promise<bigint> => {
    terminal.pass(30_000);
    const { balanceUnits } = await terminal.bet(100n);
    await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
    const atMs = BigInt(terminal.nowMs());
    await spins(terminal);
    return atMs;
  };
  await spins(terminal);
  const firstMs = await lose();
  await terminal.harvest();
  await run();
  expect(await only(terminal)).toMatchObject({ kind: 'win_missing', state: 'open' });

  await terminal.win(450n, { agoMs: terminal.nowMs() - Number(firstMs) });
  await spins(terminal);
  await terminal.harvest();
  expect((await run(AUTO)).correctionsMade).toBe(0);
  expect((await only(terminal)).state).toBe('explained');

  const secondMs = await lose();
  await terminal.harvest();
  expect((await run(AUTO)).correctionsMade).toBe(1);
  await terminal.win(450n, { agoMs: terminal.nowMs() - Number(secondMs) });
  await spins(terminal);
  await terminal.harvest();
  await run(AUTO);
  expect((await of(terminal)).map((row) => [row.kind, row.state])).toEqual([
    ['win_missing', 'explained'],
    ['win_missing', 'corrected'],
    ['win_twice', 'open'],
  ]);
});

test('a cancel that comes late is seen', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  const { transactionId, balanceUnits } = await terminal.bet(700n);
  await terminal.log({ betUnits: 700n, winUnits: 0n, balanceUnits });
  await spins(terminal);
  await terminal.harvest();
  await run();
  expect(await of(terminal)).toEqual([]);
  await terminal.cancel(transactionId);
  await terminal.harvest();
  await run(AUTO);
  expect(await only(terminal)).toMatchObject({ kind: 'bet_canceled', state: 'open', correction: '' });
});

test('what is pending for a player is waited for', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(60_000);
  const atMs = terminal.nowMs();
  const { balanceUnits } = await terminal.bet(100n);
  await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  await spins(terminal);
  await terminal.harvest();
  const job = await here.world.queues.credit.add('credit', {
    payload: {
      operatorId: 'casino',
      userId: terminal.userId,
      provider: 'stargame',
      transactionId: 'w1',
      amountUnits: '450',
      winUnits: '0',
      context: '',
      requestId: '',
      why: 'late',
      answeredAtMs: atMs,
      occurredAtMs: atMs,
    },
  });
  expect(await run(AUTO)).toMatchObject({ terminalsDone: 1, recordsMatched: 8, discrepanciesFound: 0 });
  await terminal.win(450n, { agoMs: terminal.nowMs() - atMs, transactionId: 'w1' });
  await job.remove();
  expect(await run(AUTO)).toMatchObject({ recordsMatched: 9, discrepanciesFound: 0, correctionsMade: 0 });
});

test('nothing is said of rows from before the first log, nor of those in a gap', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(600_000);
  const gapFromMs = terminal.nowMs();
  await terminal.bet(700n);
  terminal.pass(600_000);
  await here.pool.query('INSERT INTO harvest_gaps (hall_id, uid, from_ms, until_ms, found_at_ms) VALUES (?)', [
    [terminal.hallId, terminal.uid, gapFromMs, terminal.nowMs(), Date.now()],
  ]);
  await spins(terminal);
  await terminal.harvest();
  expect(await run(AUTO)).toMatchObject({ recordsMatched: 16, discrepanciesFound: 0 });

  const young = await newTerminal();
  await young.bet(700n);
  young.pass(3_600_000);
  const fromMs = young.nowMs();
  await spins(young);
  await young.harvest();
  await here.pool.query('UPDATE harvests SET harvested_from_ms = ? WHERE uid = ?', [fromMs, young.uid]);
  expect(await run(AUTO)).toMatchObject({ recordsMatched: 8, discrepanciesFound: 0 });
});

test('a terminal that is far behind goes in parts, with the same result', async () => {
  const terminal = await newTerminal();
  for (let part = 0; part < 6; part += 1) {
    await spins(terminal);
    terminal.pass(30_000);
    await terminal.bet(700n);
    terminal.pass(30_000);
  }
  await spins(terminal);
  await terminal.harvest();
  const progress = await here.reconciliation(AUTO, 10).runAll({ requestId: 'test' });
  expect(progress).toMatchObject({ recordsMatched: 56, discrepanciesFound: 6, correctionsMade: 6 });
  expect((await of(terminal)).every(({ kind }) => kind === 'spin_not_played')).toBe(true);
});

test('terminals of transfer halls are left alone', async () => {
  const terminal = await newTerminal(TRANSFER_HALL);
  await terminal.log({ betUnits: 100n, winUnits: 0n, balanceUnits: 900n });
  await terminal.harvest();
  expect(await run()).toMatchObject({ terminals: 0, discrepanciesFound: 0 });
});

test('two processes at once match each record and find each difference once', async () => {
  const terminals = await Promise.all(Array.from({ length: 6 }, () => newTerminal()));
  for (const terminal of terminals) {
    await spins(terminal);
    terminal.pass(30_000);
    await terminal.bet(700n);
    await spins(terminal);
    await terminal.harvest();
  }
  const both = await Promise.all([run(AUTO), run(AUTO)]);
  const sum = (of: (progress: (typeof both)[number]) => number) => both.reduce((total, each) => total + of(each), 0);
  expect(sum((each) => each.terminalsFailed)).toBe(0);
  expect(sum((each) => each.recordsMatched)).toBe(6 * 16);
  expect(sum((each) => each.discrepanciesFound)).toBe(6);
  expect(sum((each) => each.correctionsMade)).toBe(6);
  for (const terminal of terminals) expect((await only(terminal)).state).toBe('corrected');
});

test('what the wallet would not do is kept as refused, with its reason', async () => {
  const terminal = await newTerminal();
  await spins(terminal);
  terminal.pass(30_000);
  const { balanceUnits } = await terminal.bet(100n);
  const dataId = await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  await spins(terminal);
  await terminal.harvest();
  await run();
  await terminal.cancel(`log:${terminal.hallId}:${terminal.uid}:${dataId}`);
  expect((await run(AUTO)).correctionsMade).toBe(0);
  expect(await only(terminal)).toMatchObject({ state: 'refused', note: expect.stringContaining('refused: ') });
});

test('the ledger is whole after all that', async () => {
  expect(await here.verify()).toMatchObject({ findings: 0n });
});
