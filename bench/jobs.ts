import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type BenchDatabase, createDatabase, insertRows } from './database.ts';
import { createRedisDatabase } from './redis.ts';
import { AMOUNT_UNITS, CURRENCY_CODE, GAME_ID, OPERATOR_ID, PLAYER_COUNT, userIdOf } from './requests.ts';
import { startServer } from './servers.ts';
import { addressOf, startWallet } from './stages.ts';
import { ms, table, whole } from './table.ts';
import { seedWallet } from './wallet-seed.ts';

// The way of a closed round from the outbox to its sums: relay, Redis, worker, wallet. Rounds are written straight into the database, as
// the wallet would have written them, so that only that way is measured.

const ROOT = join(import.meta.dirname, '..');
const BACKLOG_MESSAGES = 30_000;
const OPEN_RATE_PER_SECOND = 500;
const TICK_MS = 20;
const WARMUP_SECONDS = 2;
const LOOK_MS = 20;
const PATIENCE_MS = 120_000;

export type JobsOptions = {
  /** The database server, and Redis; databases are made there and dropped. */
  databaseUrl: string;
  redisUrl: string;
  /** Length of the open loop, after its warm-up. */
  openSeconds: number;
};

export type JobsResult = {
  /** So many messages owed at once, until the last was done. */
  backlog: { messages: number; seconds: number; ratePerSecond: number };
  /** Messages at a fixed rate. From writing one to the wallet's summing its round; the COMMIT after that is not in it. */
  open: { ratePerSecond: number; messages: number; delayMs: { p50: number; p99: number; max: number } };
  /** Bets in the days' totals, against those that were played. */
  bookedBets: number;
  playedBets: number;
};

export async function measureJobs({ databaseUrl, redisUrl, openSeconds }: JobsOptions): Promise<JobsResult> {
  const database = await createDatabase(databaseUrl, `croupier_bench_${process.pid}_jobs`);
  const redis = await createRedisDatabase(redisUrl);
  const stops: (() => Promise<void>)[] = [database.drop, redis.drop];
  try {
    await seedWallet(database);
    const wallet = await startWallet(database, []);
    stops.push(wallet.stop);
    const env = {
      DATABASE_URL: database.url,
      WALLET_URLS: addressOf(wallet),
      REDIS_URL: redis.url,
      OPS_PORT: '0',
      JOBS_PORT: '0',
    };
    await closeRounds(database.connection, 0, BACKLOG_MESSAGES);
    const jobs = await startServer(join(ROOT, 'src/jobs/main.ts'), env);
    stops.push(jobs.stop);
    const backlog = await measureBacklog(database.connection);
    const open = await measureOpen(database.connection, openSeconds);
    return { backlog, open, ...(await compareBooks(database)) };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

export function jobsTable({ backlog, open, bookedBets, playedBets }: JobsResult): string {
  const rows = [
    ['load', 'messages', 'rate/s', 'p50 ms', 'p99 ms', 'max ms'],
    ['all at once', whole(backlog.messages), whole(backlog.ratePerSecond), '', '', ''],
    [
      'open',
      whole(open.messages),
      whole(open.ratePerSecond),
      ms(open.delayMs.p50),
      ms(open.delayMs.p99),
      ms(open.delayMs.max),
    ],
  ];
  const books = bookedBets === playedBets ? 'books agree' : `books are WRONG: ${bookedBets} of ${playedBets} bets`;
  return `\njobs: from outbox to worker done\n${table(rows)}  ${books}\n`;
}

async function measureBacklog(connection: Connection): Promise<JobsResult['backlog']> {
  const startMs = performance.now();
  await nothingOwed(connection);
  const seconds = (performance.now() - startMs) / 1_000;
  return { messages: BACKLOG_MESSAGES, seconds, ratePerSecond: BACKLOG_MESSAGES / seconds };
}

async function measureOpen(connection: Connection, seconds: number): Promise<JobsResult['open']> {
  const atOnce = (OPEN_RATE_PER_SECOND * TICK_MS) / 1_000;
  const ticks = ((WARMUP_SECONDS + seconds) * 1_000) / TICK_MS;
  const startMs = performance.now();
  const fromMs = Date.now() + WARMUP_SECONDS * 1_000;
  for (let tick = 0; tick < ticks; tick += 1) {
    await closeRounds(connection, BACKLOG_MESSAGES + tick * atOnce, atOnce);
    await sleep(Math.max(0, startMs + (tick + 1) * TICK_MS - performance.now()));
  }
  const lastMs = performance.now() - startMs;
  await nothingOwed(connection);
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT s.summed_at_ms - r.closed_at_ms AS delay_ms FROM rounds r JOIN round_totals s ON s.player_id = r.player_id
       AND s.provider = r.provider AND s.round_id = r.round_id WHERE r.closed_at_ms >= ? ORDER BY delay_ms`,
    [fromMs],
  );
  const delays = rows.map((row) => Number(row.delay_ms));
  const at = (share: number): number => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  return {
    ratePerSecond: (ticks * atOnce * 1_000) / lastMs,
    messages: delays.length,
    delayMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

async function nothingOwed(connection: Connection): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT 1 FROM outbox LIMIT 1');
    if (rows.length === 0) return;
    if (performance.now() > giveUpAtMs) throw new Error('the jobs do not get done');
    await sleep(LOOK_MS);
  }
}

/** Rounds of a bet and a win each, closed now, and their messages; in one database transaction. */
async function closeRounds(connection: Connection, from: number, count: number): Promise<void> {
  const nowMs = Date.now();
  const rounds = Array.from({ length: count }, (_, index) => roundOf(from + index));
  await connection.beginTransaction();
  await insertRows(
    connection,
    'transactions',
    rounds.flatMap((round) => [
      ledgerRow(round, round.seq, 'bet', nowMs),
      ledgerRow(round, round.seq + 1, 'win', nowMs),
    ]),
  );
  await insertRows(
    connection,
    'rounds (player_id, provider, round_id, finished_at_ms, closed_at_ms)',
    rounds.map(({ playerId, roundId }) => [playerId, 'platform', roundId, nowMs, nowMs]),
  );
  await insertRows(
    connection,
    'outbox',
    rounds.map((round, index) => [from + index + 1, round.playerId, 'round-close', payloadOf(round), nowMs, nowMs]),
  );
  await connection.commit();
}

type Round = { playerId: number; userId: string; roundId: string; seq: number };

function roundOf(number: number): Round {
  const index = number % PLAYER_COUNT;
  return {
    playerId: index + 1,
    userId: userIdOf(index),
    roundId: `round-${number}`,
    // Behind the deposit.
    seq: 2 + 2 * Math.floor(number / PLAYER_COUNT),
  };
}

function ledgerRow({ playerId, roundId }: Round, seq: number, kind: 'bet' | 'win', nowMs: number): unknown[] {
  const [debit, credit] = kind === 'bet' ? ['player', 'games'] : ['games', 'player'];
  const context = '{"reason":"SPIN","rake":0.0328,"history_id":"h1"}';
  const id = `${roundId}-${kind}`;
  const row = [playerId, seq, OPERATOR_ID, 'platform', id, 0, kind, 'ok', '', AMOUNT_UNITS, CURRENCY_CODE];
  return [...row, debit, credit, 0, roundId, GAME_ID, context, '', nowMs, nowMs];
}

const payloadOf = ({ playerId, userId, roundId }: Round): string =>
  JSON.stringify({
    operatorId: OPERATOR_ID,
    userId,
    playerId: String(playerId),
    provider: 'platform',
    roundId,
    gameId: GAME_ID,
    requestId: roundId,
  });

async function compareBooks({ connection }: BenchDatabase): Promise<{ bookedBets: number; playedBets: number }> {
  const count = async (sql: string): Promise<number> => {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return Number(rows[0]?.count);
  };
  return {
    bookedBets: await count('SELECT SUM(bet_count) AS count FROM day_totals'),
    playedBets: await count("SELECT COUNT(*) AS count FROM transactions WHERE kind = 'bet'"),
  };
}
