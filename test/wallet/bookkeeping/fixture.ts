import { create, type MessageInitShape } from '@bufbuild/protobuf';
import mysql from 'mysql2/promise';
import { createPool, type Pool } from '../../../src/common/db.ts';
import {
  BookkeepingService,
  ListAnomaliesRequestSchema,
  ListDayTotalsRequestSchema,
  SumRoundsRequestSchema,
  SweepLedgerRequestSchema,
} from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { createBookkeepingService } from '../../../src/wallet/services/bookkeeping.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, startFixture } from '../services/fixture.ts';

export const ROUND_OPEN_MAX_MS = 86_400_000;

const { method } = MoneyService;
const PLAY = { operatorId: OPERATOR.operatorId, userId: 'u1', provider: 'platform', gameId: '200' };

type Movement = { provider?: string; gameId?: string; context?: string; transactionId?: string };

/** A real wallet with one player, and the books of the same database with a clock of the test's own. */
export type Books = {
  fixture: Fixture;
  pool: Pool;
  sql: mysql.Connection;
  playerId: bigint;
  /** What the books take for now. */
  clock: { nowMs: number };
  play: (kind: 'bet' | 'win' | 'refund', roundId: string, amountUnits: bigint, more?: Movement) => Promise<string>;
  cancel: (roundId: string, transactionId: string, more?: Movement) => Promise<void>;
  finish: (roundId: string) => Promise<void>;
  /** Sums rounds of the player on platform; gives which were found. */
  sum: (...rounds: (string | { roundId: string; messageId?: bigint; provider?: string })[]) => Promise<boolean[]>;
  sweep: (rows?: number) => Promise<{ sweptUntilMs: bigint; rows: number; caughtUp: boolean }>;
  sweepAll: () => Promise<void>;
  dayTotals: (request?: MessageInitShape<typeof ListDayTotalsRequestSchema>) => Promise<Record<string, unknown>[]>;
  /** `kind round`, of those that stand, sorted. */
  standing: () => Promise<string[]>;
  anomalies: (request?: MessageInitShape<typeof ListAnomaliesRequestSchema>) => Promise<Record<string, unknown>[]>;
  stop: () => Promise<void>;
};

export async function startBooks(): Promise<Books> {
  const fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, 'u1', 10_000_000n);
  const pool = createPool(fixture.databaseUrl, { connectionLimit: 4 });
  const sql = await mysql.createConnection({
    uri: fixture.databaseUrl,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  const [[player] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT player_id FROM players');
  const playerId = BigInt(player?.player_id);
  const clock = { nowMs: Date.now() };
  const service = createBookkeepingService({
    pool,
    now: () => clock.nowMs,
    promotional: new Set(['platform:400']),
    roundOpenMaxMs: ROUND_OPEN_MAX_MS,
  });
  const context = { service: 'test', requestId: 'r', deadlineAtMs: Number.MAX_SAFE_INTEGER };
  let lastId = 0;

  const sweep: Books['sweep'] = async (rows = 0) => {
    const request = create(SweepLedgerRequestSchema, { rows });
    return create(BookkeepingService.method.sweepLedger.output, await service.sweepLedger(request, context));
  };
  const anomalies: Books['anomalies'] = async (request = {}) => {
    const answer = await service.listAnomalies(create(ListAnomaliesRequestSchema, request), context);
    return create(BookkeepingService.method.listAnomalies.output, answer).anomalies.map((each) => ({ ...each }));
  };
  return {
    fixture,
    pool,
    sql,
    playerId,
    clock,
    play: async (kind, roundId, amountUnits, more = {}) => {
      const transactionId = more.transactionId ?? `b${++lastId}`;
      const outcome = await fixture.call(method[kind], { ...PLAY, roundId, amountUnits, ...more, transactionId });
      if (outcome.reason !== Reason.UNSPECIFIED) throw new Error(`${kind} was refused: ${outcome.reason}`);
      return transactionId;
    },
    cancel: async (roundId, transactionId, { context: _, ...more } = {}) => {
      const outcome = await fixture.call(method.cancel, { ...PLAY, roundId, ...more, transactionId });
      if (outcome.reason !== Reason.UNSPECIFIED) throw new Error(`the cancel was refused: ${outcome.reason}`);
    },
    finish: async (roundId) => void (await fixture.call(method.finishRound, { ...PLAY, roundId })),
    sum: async (...rounds) => {
      const request = rounds.map((round) => ({
        playerId,
        provider: 'platform',
        ...(typeof round === 'string' ? { roundId: round } : round),
      }));
      const { found = [] } = await service.sumRounds(create(SumRoundsRequestSchema, { rounds: request }), context);
      return found;
    },
    sweep,
    sweepAll: async () => {
      while (!(await sweep()).caughtUp);
    },
    dayTotals: async (request = {}) => {
      const answer = await service.listDayTotals(create(ListDayTotalsRequestSchema, request), context);
      return create(BookkeepingService.method.listDayTotals.output, answer).totals.map((each) => ({ ...each }));
    },
    standing: async () => (await anomalies({ limit: 1_000 })).map(({ kind, roundId }) => `${kind} ${roundId}`).sort(),
    anomalies,
    stop: async () => {
      await pool.end();
      await sql.end();
      await fixture.stop();
    },
  };
}

const DAY_SUMS = `SUM(kind = 'bet') AS bet_count, SUM(IF(kind = 'bet', amount_units, 0)) AS bet_units,
  SUM(kind = 'win') AS win_count, SUM(IF(kind = 'win', amount_units, 0)) AS win_units,
  SUM(kind = 'refund') AS refund_count, SUM(IF(kind = 'refund', amount_units, 0)) AS refund_units`;

/** The days' totals as the ledger itself has them, by another way than the books': one query. */
export async function fromLedger(sql: mysql.Connection): Promise<unknown[]> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>(
    `SELECT created_at_ms DIV 86400000 AS day, operator_id, provider, game_id, currency_code, ${DAY_SUMS}
     FROM transactions t WHERE status = 'ok' AND is_reversal = 0 AND kind IN ('bet', 'win', 'refund') AND NOT EXISTS (
       SELECT 1 FROM transactions r WHERE r.operator_id = t.operator_id AND r.provider = t.provider
         AND r.transaction_id = t.transaction_id AND r.is_reversal = 1)
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
  );
  return comparable(rows);
}

/** What the books say, without what came to nothing. */
export async function fromBooks(sql: mysql.Connection): Promise<unknown[]> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>(
    `SELECT day, operator_id, provider, game_id, currency_code, SUM(bet_count) AS bet_count, SUM(bet_units) AS bet_units,
       SUM(win_count) AS win_count, SUM(win_units) AS win_units, SUM(refund_count) AS refund_count,
       SUM(refund_units) AS refund_units FROM day_totals GROUP BY 1, 2, 3, 4, 5
     HAVING SUM(bet_count) <> 0 OR SUM(win_count) <> 0 OR SUM(refund_count) <> 0 ORDER BY 1, 2, 3, 4, 5`,
  );
  return comparable(rows);
}

const comparable = (rows: mysql.RowDataPacket[]): unknown[] =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])));
