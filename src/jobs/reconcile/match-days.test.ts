import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reconcile } from './match.ts';
import { createRandom, type Day, simulateDay } from './test-day.ts';
import {
  type Cut,
  creditedDataId,
  FINDING_KINDS,
  type Finding,
  type LedgerRow,
  type LogRecord,
  type Match,
  type Reconciled,
  type ReconcileOptions,
} from './types.ts';

const TOLERANCE_MS = 20_000;
const DAYS = 60;
const SPINS = 400;

function optionsOf(day: Day, changed: Partial<ReconcileOptions> = {}): ReconcileOptions {
  const { hallId, uid } = day;
  return {
    hallId,
    uid,
    untilMs: day.endsAtMs + 3_600_000,
    clockToleranceMs: TOLERANCE_MS,
    balances: 'check',
    ...changed,
  };
}

function reconcileDay(day: Day, changed: Partial<ReconcileOptions> = {}): Reconciled {
  return reconcile({ records: day.records, rows: day.rows, from: null }, optionsOf(day, changed));
}

const keysOf = (findings: Finding[]): string[] => findings.map((finding) => finding.key).sort();

function seeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** In the order of FINDING_KINDS. */
function byKind(keys: string[]): number[] {
  return FINDING_KINDS.map((kind) => keys.filter((key) => key.split(':')[2] === kind).length);
}

describe('simulated days', () => {
  test(`${DAYS} terminals whose money of others, late wins, canceled bets, free spins and clocks are all in order: no finding`, () => {
    for (const seed of seeds(DAYS)) {
      const day = simulateDay({ seed, spins: SPINS, errors: [], spacing: 0, isLively: true });
      const { findings, matches } = reconcileDay(day);
      expect(findings).toEqual([]);
      expect(matches.length).toBe(day.records.length);
    }
  });

  test.each<[string, Omit<Parameters<typeof simulateDay>[0], 'seed' | 'spins'>, 'check' | 'ignore', number[]]>([
    [
      'on lively days',
      { errors: FINDING_KINDS, spacing: 6, isLively: true },
      'check',
      [302, 300, 299, 299, 294, 285, 268, 259, 247],
    ],
    [
      'near each other, on quiet days',
      { errors: FINDING_KINDS, spacing: 3 },
      'check',
      [441, 437, 429, 422, 417, 412, 406, 396, 390],
    ],
    [
      'but for balances, which say nothing, so that errors must be farther apart than the tolerance',
      { errors: FINDING_KINDS.filter((kind) => kind !== 'balance_differs'), spacing: 12 },
      'ignore',
      [238, 216, 186, 180, 180, 180, 180, 179, 0],
    ],
  ])('errors of all kinds %s: all are found, and nothing else', (_, how, balances, counts) => {
    const injected: string[] = [];
    for (const seed of seeds(DAYS)) {
      const day = simulateDay({ seed, spins: SPINS, ...how });
      expect(keysOf(reconcileDay(day, { balances }).findings), `seed ${seed}`).toEqual([...day.wrong].sort());
      injected.push(...day.wrong);
    }
    expect(byKind(injected)).toEqual(counts);
  });
});

describe('going on from the cut', () => {
  test('hour by hour, or whenever, gives what one run gives', () => {
    fc.assert(
      fc.property(
        fc.nat(10_000),
        fc.nat(3),
        fc.array(fc.integer({ min: 1, max: 5_000_000 }), { maxLength: 12 }),
        fc.constantFrom('check', 'ignore'),
        (seed, spacing, stepsMs, balances) => {
          const day = simulateDay({ seed, spins: 150, errors: FINDING_KINDS, spacing, isLively: seed % 2 === 0 });
          expect(inSteps(day, stepsMs, balances)).toEqual(settledOf(reconcileDay(day, { balances })));
        },
      ),
      { numRuns: 150 },
    );
  });

  test('what comes late gives, from a cut before it, what it would have given in time', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.integer({ min: 1, max: 149 }), fc.boolean(), (seed, at, isRecord) => {
        const day = simulateDay({ seed, spins: 150, errors: FINDING_KINDS, spacing: 3, isLively: true });
        const lateMs = (isRecord ? day.records[at]?.playedAtMs : timeOf(day, day.rows[at])) ?? 0;
        const early = {
          ...day,
          records: day.records.filter((_, index) => !isRecord || index !== at),
          rows: day.rows.filter((_, index) => isRecord || index !== at),
        };
        const before = reconcileDay(early, { untilMs: lateMs - 1 });
        const after = reconcile({ records: day.records, rows: day.rows, from: before.cut }, optionsOf(day));
        expect(joined([before, after])).toEqual(settledOf(reconcileDay(day)));
      }),
      { numRuns: 100 },
    );
  });
});

/** A credit of the reconciliation counts as of the time of its record. */
function timeOf(day: Day, row: LedgerRow | undefined): number | undefined {
  const dataId = creditedDataId(row?.transactionId ?? '', day.hallId, day.uid);
  return dataId === null ? row?.atMs : day.records.find((record) => record.dataId === dataId)?.playedAtMs;
}

type Settled = { matches: Match[]; findings: Finding[]; settledBets: number };

function settledOf({ matches, findings, settledBets }: Reconciled): Settled {
  return { matches, findings, settledBets };
}

function joined(results: Reconciled[]): Settled {
  return {
    matches: results.flatMap((result) => result.matches),
    findings: results.flatMap((result) => result.findings),
    settledBets: results.reduce((sum, result) => sum + result.settledBets, 0),
  };
}

/** Each run sees what is there at its time, and begins where the one before it ended. */
function inSteps(day: Day, stepsMs: number[], balances: 'check' | 'ignore'): Settled {
  const results: Reconciled[] = [];
  let from: Cut | null = null;
  let untilMs = (day.records[0]?.playedAtMs ?? 0) - 10_000;
  for (const stepMs of stepsMs) {
    untilMs = Math.min(untilMs + stepMs, day.endsAtMs + 3_600_000);
    const result: Reconciled = reconcile(seenFrom(day, from), optionsOf(day, { untilMs, balances }));
    expect(result.settledUntilMs).toBeLessThanOrEqual(untilMs);
    results.push(result);
    from = result.cut;
  }
  results.push(reconcile(seenFrom(day, from), optionsOf(day, { balances })));
  return joined(results);
}

/** As a caller reads it: what is behind the cut, and all credits. */
function seenFrom(
  { records, rows }: Day,
  from: Cut | null,
): { records: LogRecord[]; rows: LedgerRow[]; from: Cut | null } {
  const logMs = from?.log?.playedAtMs ?? -Infinity;
  const ledgerMs = from?.ledger?.atMs ?? -Infinity;
  return {
    records: records.filter((record) => record.playedAtMs >= logMs),
    rows: rows.filter((row) => row.atMs >= ledgerMs || row.transactionId.startsWith('log:')),
    from,
  };
}

describe('whatever comes', () => {
  const timeMs = fc.oneof(fc.constant(0), fc.integer({ min: -60_000, max: 60_000 }));
  const units = fc.oneof(fc.constantFrom(0n, 100n, 200n), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }));
  const records = fc.array(
    fc.record({
      dataId: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.bigInt({ min: 0n, max: 2n ** 64n })),
      playedAtMs: timeMs,
      betUnits: units,
      winUnits: units,
      balanceUnits: units,
      gameId: fc.string(),
      gameName: fc.string(),
    }),
    { maxLength: 200 },
  );
  const rows = fc.array(
    fc.record({
      seq: fc.bigInt({ min: 0n, max: 2n ** 64n }),
      transactionId: fc.oneof(fc.uuid(), fc.constantFrom('log:255:117:1', 'log:255:117:x', 'log:1:2:3')),
      kind: fc.constantFrom('bet', 'win'),
      status: fc.constantFrom('ok', 'ok', 'refused'),
      amountUnits: units,
      balanceAfterUnits: units,
      atMs: timeMs,
      isCanceled: fc.boolean(),
    }),
    { maxLength: 200 },
  );

  test('each record is judged once, each row used at most once, and order of input is nothing', () => {
    fc.assert(
      fc.property(
        records,
        rows,
        fc.constantFrom('check', 'ignore'),
        fc.nat(30_000),
        (log, ledger, balances, toleranceMs) => {
          const unique = [...new Map(log.map((record) => [record.dataId, record])).values()];
          const own = [...new Map(ledger.map((row) => [row.seq, { ...row, transactionId: `${row.seq}` }])).values()];
          const options: ReconcileOptions = {
            hallId: '255',
            uid: '117',
            untilMs: 1e9,
            clockToleranceMs: toleranceMs,
            balances,
          };
          const result = reconcile({ records: unique, rows: own, from: null }, options);
          expect(result.matches.map((match) => match.dataId).sort()).toEqual(
            unique.map((record) => record.dataId).sort(),
          );
          const used = result.matches.flatMap((match) => [match.betTransactionId, match.winTransactionId]);
          const taken = used.filter((id) => id !== null);
          expect(new Set(taken).size).toBe(taken.length);
          expect(new Set(keysOf(result.findings)).size).toBe(result.findings.length);
          expect(reconcile({ records: unique.toReversed(), rows: own.toReversed(), from: null }, options)).toEqual(
            result,
          );
          reconcile({ records: log, rows: ledger, from: null }, options);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('two sides that have nothing in common, of thousands in one second, come to an end', () => {
    const random = createRandom(7);
    const day = simulateDay({ seed: 7, spins: 4_000, errors: [], spacing: 0 });
    const log = day.records.map((record) => ({
      ...record,
      playedAtMs: 0,
      balanceUnits: BigInt(Math.floor(random() * 1e6)),
    }));
    const ledger = day.rows.map((row) => ({ ...row, atMs: 0 }));
    const result = reconcile({ records: log, rows: ledger, from: null }, optionsOf(day));
    expect(result.matches.length).toBe(4_000);
    expect(result.settledUntilMs).toBe(day.endsAtMs + 3_600_000);
  });
});
