import type { Connection, RowDataPacket } from 'mysql2/promise';
import { OPERATOR_ID, STARTING_BALANCE_UNITS } from '../requests.ts';
import { FIRST_TERMINAL_PLAYER, notificationOf, numberOfAmount, TERMINAL_COUNT } from './notifications.ts';
import type { LedgerCheck, NotificationResult, Stall } from './types.ts';

const SETTLE_TIMEOUT_MS = 60_000;
const POLL_MS = 250;
const FINDINGS_MAX = 20;

/** What was sent and how it was answered. */
export type Answers = { firstNumber: number } & Pick<NotificationResult, 'sent' | 'notSucceeded' | 'notSent'>;

type Row = { playerId: number; kind: 'bet' | 'win'; units: number; reversedAtMs: number | null };

/** Compares the ledger with the answers that were given, cell after cell. */
export type LedgerChecker = {
  /**
   * Waits until the adapter owes nothing and ledger and answers agree, or gives up after a minute with what is wrong.
   * `fromMs`: no row of the cell is older. `owed`: how many outcomes the adapter has yet to make sure of.
   */
  settle: (cell: { answers: Answers; fromMs: number; stalls: readonly Stall[] }) => Promise<LedgerCheck>;
};

export function createLedgerChecker(connection: Connection, owed: () => Promise<number>): LedgerChecker {
  /** By terminal; what cells before have left. */
  const balances = Array.from({ length: TERMINAL_COUNT }, () => STARTING_BALANCE_UNITS);

  return {
    settle: async ({ answers, fromMs, stalls }) => {
      const beganMs = performance.now();
      for (const [terminal, units] of expectedChanges(answers)) balances[terminal] = (balances[terminal] ?? 0n) + units;
      for (;;) {
        const owedCount = await owed();
        const settledMs = performance.now() - beganMs;
        const rows = await readRows(connection, fromMs);
        const findings = [
          ...(owedCount === 0 ? [] : [`the adapter still owes ${owedCount} outcomes`]),
          ...findingsOf(answers, rows),
          ...balanceFindings(balances, await readBalances(connection)),
        ];
        if (findings.length > 0 && settledMs < SETTLE_TIMEOUT_MS) {
          await new Promise((resolve) => setTimeout(resolve, POLL_MS));
          continue;
        }
        const lateBets = rows.filter(({ kind, reversedAtMs }) => kind === 'bet' && reversedAtMs !== null);
        return {
          lateBets: lateBets.length,
          tombstones: await countTombstones(connection, fromMs),
          lastReversalMs: lastReversalMs(rows, stalls),
          settledMs,
          findings: shortened(findings),
        };
      }
    },
  };
}

/** How a notification ended for who sent it; `not sent`: it found no connection, so nobody knows of it. */
type End = 'success' | 'fail' | 'not sent';

/** What a notification must come to: a bet that was not answered with success nothing, a win always. */
function expectedUnits(number: number, end: End): { bet: number; win: number } {
  const { kind, betUnits, winUnits } = notificationOf(number);
  if (end === 'not sent') return { bet: 0, win: 0 };
  if (kind === 'win') return { bet: 0, win: winUnits };
  return end === 'success' ? { bet: betUnits, win: winUnits } : { bet: 0, win: 0 };
}

function* eachEnd({ firstNumber, sent, notSucceeded, notSent }: Answers): Generator<{ number: number; end: End }> {
  const failed = new Set(notSucceeded);
  const unsent = new Set(notSent);
  for (let number = firstNumber; number < firstNumber + sent; number++) {
    yield { number, end: unsent.has(number) ? 'not sent' : failed.has(number) ? 'fail' : 'success' };
  }
}

function expectedChanges(answers: Answers): Map<number, bigint> {
  const changes = new Map<number, bigint>();
  for (const { number, end } of eachEnd(answers)) {
    const { terminal } = notificationOf(number);
    const { bet, win } = expectedUnits(number, end);
    changes.set(terminal, (changes.get(terminal) ?? 0n) + BigInt(win - bet));
  }
  return changes;
}

export function findingsOf(answers: Answers, rows: readonly Row[]): string[] {
  const findings: string[] = [];
  const counted = new Map<string, number>();
  for (const { playerId, kind, units, reversedAtMs } of rows) {
    const number = numberOfAmount(units);
    if (playerId !== playerIdOf(notificationOf(number).terminal)) {
      findings.push(`notification ${number} moved money of player ${playerId}`);
    }
    const key = `${number} ${kind}`;
    counted.set(key, (counted.get(key) ?? 0) + (reversedAtMs === null ? 1 : 0));
  }
  for (const { number, end } of eachEnd(answers)) {
    const expected = expectedUnits(number, end);
    for (const kind of ['bet', 'win'] as const) {
      const count = counted.get(`${number} ${kind}`) ?? 0;
      const due = expected[kind] > 0 ? 1 : 0;
      if (count === due) continue;
      findings.push(`notification ${number}, ${end}: its ${kind} counts ${count} times`);
    }
  }
  return findings;
}

const balanceFindings = (expected: readonly bigint[], actual: readonly bigint[]): string[] =>
  expected.flatMap((units, terminal) =>
    actual[terminal] === units ? [] : [`terminal ${terminal} has ${actual[terminal]} units, not ${units}`],
  );

/** From a stall's end to the last reversal before the next stall, in the worst case. */
export function lastReversalMs(rows: readonly Pick<Row, 'reversedAtMs'>[], stalls: readonly Stall[]): number | null {
  const reversals = rows.flatMap(({ reversedAtMs }) => (reversedAtMs === null ? [] : [reversedAtMs]));
  const delays = stalls.flatMap(({ fromMs, toMs }, index) => {
    const nextMs = stalls[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    return reversals.filter((atMs) => atMs >= fromMs && atMs < nextMs).map((atMs) => atMs - toMs);
  });
  return delays.length === 0 ? null : Math.max(0, ...delays);
}

const playerIdOf = (terminal: number): number => FIRST_TERMINAL_PLAYER + terminal + 1;

async function readRows(connection: Connection, fromMs: number): Promise<Row[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT t.player_id, t.kind, t.amount_units, r.created_at_ms AS reversed_at_ms
     FROM transactions t
     LEFT JOIN transactions r ON r.operator_id = t.operator_id AND r.provider = t.provider
       AND r.transaction_id = t.transaction_id AND r.is_reversal = 1
     WHERE t.created_at_ms >= ? AND t.operator_id = ? AND t.provider = 'stargame' AND t.is_reversal = 0
       AND t.status = 'ok'`,
    [fromMs, OPERATOR_ID],
  );
  return rows.map((row) => ({
    playerId: Number(row.player_id),
    kind: row.kind,
    units: Number(row.amount_units),
    reversedAtMs: row.reversed_at_ms === null ? null : Number(row.reversed_at_ms),
  }));
}

async function countTombstones(connection: Connection, fromMs: number): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT COUNT(*) AS count FROM transactions
     WHERE created_at_ms >= ? AND operator_id = ? AND provider = 'stargame' AND kind = 'tombstone'
       AND transaction_id NOT LIKE '%+win'`,
    [fromMs, OPERATOR_ID],
  );
  return Number(rows[0]?.count);
}

/** By terminal. */
async function readBalances(connection: Connection): Promise<bigint[]> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT CAST(balance_units AS CHAR) AS units FROM accounts WHERE player_id > ? ORDER BY player_id LIMIT ?',
    [FIRST_TERMINAL_PLAYER, TERMINAL_COUNT],
  );
  return rows.map(({ units }) => BigInt(units));
}

function shortened(findings: readonly string[]): string[] {
  if (findings.length <= FINDINGS_MAX) return [...findings];
  return [...findings.slice(0, FINDINGS_MAX), `and ${findings.length - FINDINGS_MAX} more`];
}
