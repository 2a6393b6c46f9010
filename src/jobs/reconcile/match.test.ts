import { describe, expect, test } from 'vitest';
import { reconcile } from './match.ts';
import type { Correction, Finding, LedgerRow, LogRecord, Reconciled, ReconcileOptions } from './types.ts';

const HOUR_MS = 3_600_000;
const OPTIONS: ReconcileOptions = {
  hallId: '255',
  uid: '117',
  untilMs: HOUR_MS,
  clockToleranceMs: 20_000,
  balances: 'check',
};

let nextId = 1n;

function record(playedAtMs: number, betUnits: bigint, winUnits: bigint, balanceUnits: bigint): LogRecord {
  nextId += 1n;
  return { dataId: nextId, playedAtMs, betUnits, winUnits, balanceUnits, gameId: '12', gameName: 'Deuces Wild' };
}

function row(
  atMs: number,
  kind: LedgerRow['kind'],
  amountUnits: bigint,
  balanceAfterUnits: bigint,
  changed: Partial<LedgerRow> = {},
): LedgerRow {
  nextId += 1n;
  const transactionId = `t-${atMs}-${kind}`;
  const blank = { seq: nextId, transactionId, status: 'ok', isCanceled: false } as const;
  return { ...blank, kind, amountUnits, balanceAfterUnits, atMs, ...changed };
}

const credit = (of: LogRecord, amountUnits: bigint, changed: Partial<LedgerRow> = {}): LedgerRow =>
  row(900_000, 'win', amountUnits, 0n, { transactionId: `log:255:117:${of.dataId}`, ...changed });

function run(records: LogRecord[], rows: LedgerRow[], changed: Partial<ReconcileOptions> = {}): Reconciled {
  return reconcile({ records, rows, from: null }, { ...OPTIONS, ...changed });
}

const brief = ({ kind, dataId, transactionIds, loggedUnits, ledgerUnits, correction }: Finding): unknown[] => [
  kind,
  dataId,
  transactionIds,
  loggedUnits,
  ledgerUnits,
  correction,
];

test('a spin that both sides agree on is in order', () => {
  const spin = record(10_000, 100n, 300n, 1_200n);
  const { matches, findings, cut, settledUntilMs, settledBets } = run(
    [spin],
    [row(9_800, 'bet', 100n, 900n, { seq: 4n }), row(10_300, 'win', 300n, 1_200n, { seq: 5n })],
  );
  expect(findings).toEqual([]);
  expect(matches).toEqual([
    { dataId: spin.dataId, betTransactionId: 't-9800-bet', winTransactionId: 't-10300-win', isInOrder: true },
  ]);
  expect(cut).toEqual({
    log: { playedAtMs: 10_000, dataId: spin.dataId },
    ledger: { atMs: 10_300, seq: 5n },
    balanceUnits: 1_200n,
    untilMs: HOUR_MS,
  });
  expect(settledUntilMs).toBe(HOUR_MS);
  expect(settledBets).toBe(1);
});

describe('nothing is wrong with', () => {
  test.each<[string, LogRecord[], LedgerRow[]]>([
    ['nothing', [], []],
    ['a refused bet', [], [row(10_000, 'bet', 100n, 1_000n, { status: 'refused' })]],
    ['a canceled bet that was not played', [], [row(10_000, 'bet', 100n, 900n, { isCanceled: true })]],
    ['a canceled win without a record', [], [row(10_000, 'win', 100n, 900n, { isCanceled: true })]],
    ['a record without stake and win', [record(10_000, 0n, 0n, 1_000n)], []],
    ['a free spin', [record(10_000, 0n, 50n, 1_050n)], [row(10_100, 'win', 50n, 1_050n)]],
    [
      'a deposit between the bet and the win',
      [record(10_000, 100n, 50n, 950n)],
      [row(9_900, 'bet', 100n, 900n), row(10_400, 'win', 50n, 5_950n)],
    ],
    [
      'both in one notification',
      [record(10_000, 100n, 50n, 950n)],
      [row(9_900, 'bet', 100n, 900n), row(9_900, 'win', 50n, 950n, { transactionId: 't-9900-bet+win' })],
    ],
    [
      'a win that arrived after the next bet',
      [record(10_000, 100n, 50n, 950n), record(13_000, 100n, 0n, 800n)],
      [row(9_900, 'bet', 100n, 900n), row(12_900, 'bet', 100n, 800n), row(13_100, 'win', 50n, 850n)],
    ],
    [
      'a second try after a canceled bet',
      [record(12_000, 100n, 0n, 900n)],
      [row(9_900, 'bet', 100n, 900n, { isCanceled: true }), row(11_900, 'bet', 100n, 900n)],
    ],
    [
      'a free spin after an own balance of the server',
      [record(10_000, 100n, 0n, 900n), record(12_000, 0n, 50n, 950n)],
      [row(9_900, 'bet', 100n, 900n), row(12_100, 'win', 50n, 5_950n)],
    ],
  ])('%s', (_, records, rows) => {
    const { matches, findings } = run(records, rows);
    expect(findings).toEqual([]);
    expect(matches.map((match) => [match.dataId, match.isInOrder])).toEqual(records.map((of) => [of.dataId, true]));
  });

  test('a missing win that was credited because of its record', () => {
    const spin = record(10_000, 100n, 300n, 1_200n);
    const { matches, findings } = run([spin], [row(9_900, 'bet', 100n, 900n), credit(spin, 300n)]);
    expect(findings).toEqual([]);
    expect(matches[0]?.winTransactionId).toBe(`log:255:117:${spin.dataId}`);
  });

  test('a win that was too low and was made up for', () => {
    const spin = record(10_000, 100n, 300n, 1_200n);
    const rows = [row(9_900, 'bet', 100n, 900n), row(10_200, 'win', 250n, 1_150n), credit(spin, 50n)];
    expect(run([spin], rows).findings).toEqual([]);
  });

  test('a credit of the reconciliation whose record was settled before', () => {
    expect(run([], [credit(record(1, 100n, 300n, 0n), 300n)]).findings).toEqual([]);
  });

  test('balances of another meaning', () => {
    const spins = [record(10_000, 100n, 0n, 5n), record(13_000, 100n, 0n, 7n)];
    const rows = [row(9_900, 'bet', 100n, 900n), row(12_900, 'bet', 100n, 800n)];
    expect(run(spins, rows, { balances: 'ignore' }).findings).toEqual([]);
    expect(run(spins, rows).findings.map((finding) => finding.kind)).toEqual(['balance_differs', 'balance_differs']);
  });
});

describe('each kind', () => {
  const spin = record(10_000, 100n, 300n, 1_200n);
  const lost = record(10_000, 100n, 0n, 900n);
  const id = spin.dataId;
  const cancel: Correction = { kind: 'cancel', transactionId: 't-10000-bet' };
  const owed: Correction = { kind: 'credit', transactionId: `log:255:117:${id}`, amountUnits: 300n };
  const bet = row(9_900, 'bet', 100n, 900n);
  const win = row(10_300, 'win', 300n, 1_200n);

  test.each<[string, LogRecord[], LedgerRow[], unknown[]]>([
    [
      'a debit that was not played',
      [],
      [row(10_000, 'bet', 100n, 900n)],
      ['spin_not_played', null, ['t-10000-bet'], null, 100n, cancel],
    ],
    ['a stake without a debit', [lost], [], ['bet_missing', lost.dataId, [], 100n, null, null]],
    [
      'a canceled debit that was played',
      [lost],
      [{ ...bet, isCanceled: true }],
      ['bet_canceled', lost.dataId, ['t-9900-bet'], 100n, 100n, null],
    ],
    [
      'another stake',
      [lost],
      [row(9_900, 'bet', 90n, 900n)],
      ['bet_amount_differs', lost.dataId, ['t-9900-bet'], 100n, 90n, null],
    ],
    ['a win that never came', [spin], [bet], ['win_missing', id, [], 300n, null, owed]],
    [
      'a win that somebody canceled',
      [spin],
      [bet, { ...win, isCanceled: true }],
      ['win_missing', id, ['t-10300-win'], 300n, null, null],
    ],
    [
      'a win whose credit somebody canceled',
      [spin],
      [bet, credit(spin, 300n, { isCanceled: true })],
      ['win_missing', id, [`log:255:117:${id}`], 300n, null, null],
    ],
    ['a win that was refused', [spin], [bet, { ...win, status: 'refused' }], ['win_missing', id, [], 300n, null, owed]],
    [
      'another win',
      [spin],
      [bet, { ...win, amountUnits: 200n, balanceAfterUnits: 1_100n }],
      ['win_amount_differs', id, ['t-10300-win'], 300n, 200n, null],
    ],
    ['a win of a lost spin', [lost], [bet, win], ['win_unlogged', null, ['t-10300-win'], null, 300n, null]],
    [
      'a win that came although it had been credited',
      [spin],
      [bet, win, credit(spin, 300n)],
      ['win_twice', id, ['t-10300-win', `log:255:117:${id}`], 300n, 600n, null],
    ],
    [
      'another balance',
      [{ ...spin, balanceUnits: 1_207n }],
      [bet, win],
      ['balance_differs', id, ['t-9900-bet', 't-10300-win'], 1_207n, 1_200n, null],
    ],
  ])('%s', (_, records, rows, expected) => {
    const { findings, matches } = run(records, rows);
    expect(findings.map(brief)).toEqual([expected]);
    const finding = findings[0];
    expect(finding?.key).toBe(`255:117:${finding?.kind}:${finding?.dataId ?? finding?.transactionIds[0]}`);
    expect(matches.map((match) => match.isInOrder)).toEqual(records.map(() => finding?.dataId === null));
  });

  test('a win whose stake was never taken, or given back, is not ours to give away', () => {
    const kinds = (rows: LedgerRow[]) =>
      run([spin], rows).findings.map(({ kind, correction }) => [kind, correction?.kind ?? null]);
    expect(kinds([])).toEqual([
      ['bet_missing', null],
      ['win_missing', null],
    ]);
    expect(kinds([{ ...bet, isCanceled: true }])).toEqual([
      ['bet_canceled', null],
      ['win_missing', null],
    ]);
    expect(kinds([{ ...bet, amountUnits: 1n }])).toEqual([
      ['bet_amount_differs', null],
      ['win_missing', null],
    ]);
  });

  test('a win of less than nothing is nothing to credit', () => {
    const { findings } = run([record(10_000, 0n, -300n, 700n)], []);
    expect(findings.map(({ kind, correction }) => [kind, correction])).toEqual([['win_missing', null]]);
  });

  test('a debit whose win came in the same notification is not refunded alone, wherever that win belongs', () => {
    const both = [row(9_900, 'bet', 100n, 900n), row(9_900, 'win', 50n, 950n, { transactionId: 't-9900-bet+win' })];
    const ids = ['t-9900-bet', 't-9900-bet+win'];
    const alone: unknown[] = [['spin_not_played', null, ids, null, 100n, null]];
    expect(run([], both).findings.map(brief)).toEqual(alone);
    expect(run([record(10_000, 0n, 50n, 950n)], both).findings.map(brief)).toEqual(alone);
  });

  test('a debit and its win without a record are a missing record: no refund is proposed', () => {
    const { findings } = run([], [row(10_000, 'bet', 100n, 900n), row(10_400, 'win', 50n, 950n)]);
    expect(findings.map(brief)).toEqual([
      ['spin_not_played', null, ['t-10000-bet', 't-10400-win'], null, 100n, null],
      ['win_unlogged', null, ['t-10400-win'], null, 50n, null],
    ]);
  });
});

describe('which one of equal ones', () => {
  test('is not played, the balances say', () => {
    const spins = [record(13_000, 100n, 0n, 800n), record(16_000, 100n, 0n, 700n), record(19_000, 100n, 0n, 600n)];
    const rows = [9_900, 12_900, 15_900, 18_900].map((atMs, index) =>
      row(atMs, 'bet', 100n, 900n - 100n * BigInt(index)),
    );
    expect(run(spins, rows).findings.map((finding) => finding.key)).toEqual(['255:117:spin_not_played:t-9900-bet']);
  });

  test('has no win, the debits around it say', () => {
    const spins = [0n, 1n, 2n].map((index) =>
      record(10_000 + 3_000 * Number(index), 100n, 100n, 1_000n - 100n * index),
    );
    const rows = [
      row(9_900, 'bet', 100n, 900n),
      row(12_900, 'bet', 100n, 800n),
      row(13_200, 'win', 100n, 900n),
      row(15_900, 'bet', 100n, 800n),
      row(16_200, 'win', 100n, 900n),
    ];
    const [first, second, third] = spins;
    if (first === undefined || second === undefined || third === undefined) throw new Error('three spins');
    second.balanceUnits = 900n;
    third.balanceUnits = 900n;
    expect(run(spins, rows).findings.map((finding) => finding.key)).toEqual([`255:117:win_missing:${first.dataId}`]);
  });
});

describe('the horizon', () => {
  const spins = [record(10_000, 100n, 0n, 900n), record(40_000, 100n, 0n, 800n)];
  const bets = [row(9_900, 'bet', 100n, 900n), row(39_900, 'bet', 100n, 800n)];

  test('what may still get its counterpart waits', () => {
    const { matches, cut, settledUntilMs } = run(spins, bets.slice(0, 1), { untilMs: 41_000 });
    expect(matches.map((match) => match.dataId)).toEqual([spins[0]?.dataId]);
    expect(cut).toMatchObject({ log: { playedAtMs: 10_000 }, ledger: { atMs: 9_900 }, balanceUnits: 900n });
    expect(settledUntilMs).toBe(39_999);
  });

  test('the next run goes on from the cut', () => {
    const first = run(spins, bets, { untilMs: 41_000 });
    const second = reconcile({ records: spins, rows: bets, from: first.cut }, OPTIONS);
    expect([...first.matches, ...second.matches]).toEqual(run(spins, bets).matches);
    const third = reconcile({ records: spins, rows: bets, from: second.cut }, OPTIONS);
    expect(third).toMatchObject({ matches: [], findings: [], cut: second.cut });
  });

  test('what lies after it is not looked at', () => {
    expect(run(spins, bets, { untilMs: 5_000 })).toMatchObject({
      matches: [],
      findings: [],
      cut: { log: null, ledger: null, balanceUnits: null },
      settledUntilMs: 5_000,
    });
  });
});
