import { randomUUID } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { readConfig } from '../../../src/common/config.ts';
import { createPool, type Pool, selectRows } from '../../../src/common/db.ts';
import { openServerStream } from '../../../src/common/grpc.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { walletChannels } from '../../../src/common/wallet-client.ts';
import { HallMode, HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService, Reason, type VerifySummary } from '../../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { type ReconcileConfig, reconcileConfig } from '../../../src/jobs/reconcile/config.ts';
import type { DiscrepancyRow } from '../../../src/jobs/reconcile/discrepancies.ts';
import { createReconcileMetrics } from '../../../src/jobs/reconcile/metrics.ts';
import { createReconciliation, type Reconciliation } from '../../../src/jobs/reconcile/run.ts';
import { JOBS_SCHEMA } from '../../../src/jobs/schema.ts';
import { createWallet, type Wallet } from '../../../src/jobs/wallet.ts';
import { createWorld, type World } from '../world.ts';

export const HALL = '1890';
export const TRANSFER_HALL = '1891';

/** Play is simulated in the past: long enough for a day, and settled. */
export const STARTS_AT_MS = Math.floor((Date.now() - 30 * 3_600_000) / 1000) * 1000;

export type ReconcileWorld = AsyncDisposable & {
  world: World;
  pool: Pool;
  wallet: Wallet;
  /** A process's part that reconciles, without the process. */
  reconciliation: (config?: Partial<ReconcileConfig>, recordsAtMost?: number) => Reconciliation;
  terminal: (uid: string, hallId?: string) => Promise<Terminal>;
  discrepancies: () => Promise<DiscrepancyRow[]>;
  verify: () => Promise<VerifySummary>;
};

export async function createReconcileWorld(): Promise<ReconcileWorld> {
  const world = await createWorld();
  await migrate(world.databaseUrl, JOBS_SCHEMA);
  const pool = createPool(world.databaseUrl, { connectionLimit: 10 });
  const channels = walletChannels({
    WALLET_URLS: [world.wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  const wallet = createWallet(channels, 20_000);
  const hall = { operatorId: 'casino', secret: 's3cret', pathSecret: 'pathsecret' };
  await world.call(HallService.method.createHall, { ...hall, hallId: HALL, mode: HallMode.SEAMLESS });
  await world.call(HallService.method.createHall, { ...hall, hallId: TRANSFER_HALL, mode: HallMode.TRANSFER });
  return {
    world,
    pool,
    wallet,
    reconciliation: (changes = {}, recordsAtMost = 20_000) => {
      const registry = new Registry();
      // A tolerance that is shorter than the pause between two spins: what is settled is then plain to see.
      const config = { ...readConfig(reconcileConfig, {}), RECONCILE_CLOCK_TOLERANCE_MS: 10_000, ...changes };
      const metrics = createReconcileMetrics(registry);
      const log = pino({ level: 'silent' });
      const deps = { pool, wallet, queues: world.queues, metrics, config, log, now: Date.now, recordsAtMost };
      return createReconciliation(deps, registry);
    },
    terminal: (uid, hallId = HALL) => createTerminal(world, pool, hallId, uid),
    discrepancies: () => selectRows<DiscrepancyRow>(pool, 'SELECT * FROM discrepancies ORDER BY discrepancy_id'),
    verify: () => verify(world.wallet.address),
    [Symbol.asyncDispose]: async () => {
      wallet.close();
      await pool.end();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** One terminal and its player, played at by the rules of the game server: it takes its balance from our answer to the bet. */
export type Terminal = {
  hallId: string;
  uid: string;
  userId: string;
  /** Time goes on from spin to spin. */
  nowMs: () => number;
  pass: (ms: number) => void;
  bet: (amountUnits: bigint) => Promise<Row>;
  /** `agoMs`: it was queued, and its notification came then. */
  win: (amountUnits: bigint, options?: { agoMs?: number; transactionId?: string }) => Promise<Row>;
  cancel: (transactionId: string) => Promise<void>;
  /** A record, now; gives its data id. */
  log: (record: { betUnits: bigint; winUnits: bigint; balanceUnits: bigint }) => Promise<bigint>;
  /** A spin as it should be. */
  play: (betUnits: bigint, winUnits: bigint) => Promise<bigint>;
  /** Writes the records, and that all up to now is harvested. */
  harvest: () => Promise<void>;
  balance: () => Promise<bigint>;
  ledger: () => Promise<{ transactionId: string; kind: string; amountUnits: bigint; context: string }[]>;
};

type Row = { transactionId: string; balanceUnits: bigint };

async function createTerminal(world: World, pool: Pool, hallId: string, uid: string): Promise<Terminal> {
  const names = { operatorId: 'casino', userId: `p${hallId}-${uid}` };
  const person = { ...names, userName: `p${uid}`, country: 'Germany', currencyCode: 'EUR' };
  await world.call(PlayerService.method.createPlayer, person);
  await world.call(HallService.method.linkTerminal, { ...names, hallId, uid });
  await world.call(MoneyService.method.deposit, { ...names, transactionId: `open-${uid}`, amountUnits: 1_000_000n });
  const context = JSON.stringify({ hall: hallId, terminal: uid });
  const subject = { ...names, provider: 'stargame' };
  let nowMs = STARTS_AT_MS;
  let lastDataId = 5_951_155_076n + BigInt(uid) * 1_000_000n;
  const unwritten: unknown[][] = [];

  const move = async (
    method: 'bet' | 'win',
    amountUnits: bigint,
    atMs: number,
    transactionId: string = randomUUID(),
  ) => {
    const request = { ...subject, transactionId, amountUnits, context, occurredAtMs: BigInt(atMs) };
    const { reason, balanceUnits } = await world.call(MoneyService.method[method], request);
    if (reason !== Reason.UNSPECIFIED) throw new Error(`${method} was refused: ${reason}`);
    return { transactionId, balanceUnits };
  };
  const log: Terminal['log'] = async ({ betUnits, winUnits, balanceUnits }) => {
    lastDataId += 1n;
    const playedAtMs = Math.floor(nowMs / 1000) * 1000;
    unwritten.push([
      hallId,
      uid,
      lastDataId,
      playedAtMs,
      '53',
      'Book',
      betUnits,
      winUnits,
      9,
      balanceUnits,
      Date.now(),
    ]);
    return lastDataId;
  };
  const terminal: Terminal = {
    hallId,
    uid,
    userId: names.userId,
    nowMs: () => nowMs,
    pass: (ms) => {
      nowMs += ms;
    },
    bet: (amountUnits) => move('bet', amountUnits, nowMs),
    win: (amountUnits, { agoMs = 0, transactionId } = {}) => move('win', amountUnits, nowMs - agoMs, transactionId),
    cancel: async (transactionId) => void (await world.call(MoneyService.method.cancel, { ...subject, transactionId })),
    log,
    play: async (betUnits, winUnits) => {
      nowMs += 20_000;
      const { balanceUnits } = await move('bet', betUnits, nowMs);
      const dataId = await log({ betUnits, winUnits, balanceUnits: balanceUnits + winUnits });
      nowMs += 300;
      if (winUnits > 0n) await move('win', winUnits, nowMs);
      return dataId;
    },
    harvest: async () => {
      nowMs += 60_000;
      const columns = 'hall_id, uid, data_id, played_at_ms, game_id, game_name, bet_units, win_units, line_count';
      const rows = unwritten.splice(0);
      if (rows.length > 0) {
        await pool.query(`INSERT INTO game_logs (${columns}, balance_units, harvested_at_ms) VALUES ?`, [rows]);
      }
      await pool.query(
        `INSERT INTO harvests (hall_id, uid, harvested_from_ms, harvested_until_ms, active_until_ms, failures, error, record_count)
         VALUES (?) ON DUPLICATE KEY UPDATE harvested_until_ms = ?`,
        [[hallId, uid, STARTS_AT_MS - 60_000, nowMs, nowMs, 0, '', 0], nowMs],
      );
    },
    balance: async () => (await world.call(MoneyService.method.getBalance, names)).balanceUnits,
    ledger: async () => {
      const { transactions } = await world.call(MoneyService.method.listPlay, { ...subject, limit: 10_000 });
      return transactions;
    },
  };
  return terminal;
}

async function verify(address: string): Promise<VerifySummary> {
  const client = new Client(address, credentials.createInsecure());
  try {
    for await (const { event } of openServerStream(client, MoneyService.method.verify, {}, { deadlineMs: 30_000 })) {
      if (event.case === 'summary') return event.value;
    }
    throw new Error('no summary');
  } finally {
    client.close();
  }
}
