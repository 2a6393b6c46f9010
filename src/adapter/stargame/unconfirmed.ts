import type { Registry } from 'prom-client';
import { z } from 'zod';
import { ConfigError } from '../../common/config.ts';
import type { Logger } from '../../common/log.ts';
import type { UnconfirmedPayload } from '../../common/unconfirmed-payload.ts';
import type { Operation } from '../../gen/wallet/v1/money_pb.ts';
import type { WalletStream } from '../wallet-stream.ts';
import { createEnqueuer } from './enqueuer.ts';
import { type Settled, settleWithWallet } from './settle.ts';
import { createSpool, type OperationRecord, type SpoolRecord, type UnresolvedRecord } from './spool.ts';
import type { Terminal, Terminals } from './terminals.ts';
import { createUnconfirmedMetrics } from './unconfirmed-metrics.ts';

/** void: cancel a bet that was answered `fail`; credit: credit a win. */
export type UnconfirmedKind = 'void' | 'credit';

/** A win whose player could not be looked up. */
export type UnresolvedWin = {
  hallId: string;
  /** Of the terminal. */
  uid: string;
  winUnits: bigint;
  transactionId: string;
  requestId: string;
  /** When its notification came in. */
  occurredAtMs: number;
};

/** Operations whose outcome was not known when their answer had to go out, until the wallet has said what became of each. */
export type Unconfirmed = {
  /** Takes over an operation as it was asked of the wallet. Never throws and returns at once. `why` is for people, in a few words. */
  owe: (kind: UnconfirmedKind, operation: Operation, why: string) => void;
  /** Takes over a win before it is known whose it is: finds that out, and goes on with it as with any other. Never throws either. */
  oweUnresolved: (win: UnresolvedWin, why: string) => void;
  /** Whether what is handed over now would be kept somewhere durable. Where it would not, ask nothing that may have to be. */
  isSafe: () => boolean;
  /** How many operations the wallet has not settled yet. */
  outstanding: () => number;
  /** Takes the spool's folder and goes on with what it holds. Throws a ConfigError where the folder is of no use. */
  start: () => Promise<void>;
  /** Keeps what is still owed in the spool. To be closed after the wallet stream, whose last outcomes may be handed over. */
  close: () => Promise<void>;
};

export type UnconfirmedDeps = {
  wallet: Pick<WalletStream, 'ask' | 'isUp'>;
  terminals: Pick<Terminals, 'find' | 'load'>;
  /** A folder of this process's own. */
  spoolDir: string;
  redisUrl: string;
  /** Gets its metrics: croupier_adapter_unconfirmed…, …_enqueue_failures_total, …_spool_failures_total. */
  registry: Registry;
  log: Logger;
  /** After how long the wallet is asked what became of a job that Redis has taken. */
  confirmAfterMs?: number;
  /** From so many unconfirmed operations on it is not safe to go on. */
  outstandingMax?: number;
};

const CONFIRM_AFTER_MS = 3000;
const TICK_MS = 100;
const ASKED_MAX = 64;
const OUTSTANDING_MAX = 50_000;
const RETRY_MIN_MS = 250;
const RETRY_MAX_MS = 5000;

/** One operation that is owed. Times by `performance.now()`. */
type Owed = SpoolRecord & {
  /** When the wallet is asked next. */
  dueAtMs: number;
  state: 'due' | 'asked' | 'refused';
  failures: number;
};

/**
 * Three places keep each record, so that the loss of any one costs nothing: this process's memory, its spool on disk, and a job in Redis.
 * The job is what normally gets it done. But Redis may be emptied, so a record leaves memory and spool only when the wallet itself
 * has answered this process: what it is asked is the same idempotent operation, so it does no harm where the job was faster.
 */
export function createUnconfirmed(deps: UnconfirmedDeps): Unconfirmed {
  const { wallet, terminals, log, confirmAfterMs = CONFIRM_AFTER_MS, outstandingMax = OUTSTANDING_MAX } = deps;
  /** In order of arrival. */
  const owed = new Map<string, Owed>();
  const counts = { void: 0, credit: 0 };
  let asked = 0;
  let isStarted = false;
  let isTickDue = false;
  let tickTimer: NodeJS.Timeout | undefined;

  const metrics = createUnconfirmedMetrics(deps.registry, {
    count: (kind) => counts[kind],
    oldestAgeMs: () => {
      const [oldest] = owed.values();
      return oldest === undefined ? 0 : ageMs(oldest);
    },
  });
  const spool = createSpool({ dir: deps.spoolDir, log, onFailure: metrics.countSpoolFailure });
  const enqueuer = createEnqueuer({
    redisUrl: deps.redisUrl,
    log,
    isOwed: (id) => owed.has(id),
    onTaken: (id) => {
      const record = owed.get(id);
      // The failed job shows it to people from now on.
      if (record?.state === 'refused') forget(record);
    },
    onFailed: metrics.countEnqueueFailures,
    onDelayed: (id) => hurry(id),
  });

  /** Nobody else sees to it for now. */
  const hurry = (id: string): void => {
    const record = owed.get(id);
    if (record !== undefined && record.failures === 0) record.dueAtMs = performance.now();
  };

  const keep = (record: SpoolRecord, dueAtMs: number): void => {
    owed.set(record.id, { ...record, dueAtMs, state: 'due', failures: 0 });
    counts[kindOf(record)]++;
    if (record.kind !== 'unresolved') enqueuer.add(record);
  };

  const forget = (record: Owed): void => {
    owed.delete(record.id);
    counts[kindOf(record)]--;
    spool.done(record.id);
  };

  const tick = (): void => {
    if (!isStarted || asked >= ASKED_MAX || owed.size === 0 || !wallet.isUp()) return;
    const nowMs = performance.now();
    for (const record of owed.values()) {
      if (record.state !== 'due' || record.dueAtMs > nowMs) continue;
      if (record.kind === 'unresolved') void resolve(record);
      else ask(record);
      if (asked >= ASKED_MAX) return;
    }
  };

  const resolve = async (record: Owed & UnresolvedRecord): Promise<void> => {
    const { hallId, uid } = record.payload;
    record.state = 'asked';
    asked++;
    const terminal = await load(terminals, hallId, uid);
    asked--;
    if (!isStarted) return;
    if (terminal === 'unknown') retry(record);
    else if (terminal === null) {
      refuse(record, 'no such terminal');
      forget(record);
    } else becomeCredit(record, terminal);
    tickSoon();
  };

  /** In the place of what it was, under the same id: a process that dies meanwhile leaves one of the two. */
  const becomeCredit = (win: UnresolvedRecord, terminal: Terminal): void => {
    const record = creditOf(win, terminal);
    log.info(describe(record), 'the player of an unconfirmed win is known');
    counts.credit--;
    keep(record, performance.now() + confirmAfterMs);
    spool.owe(record);
  };

  const ask = (record: Owed & OperationRecord): void => {
    record.state = 'asked';
    asked++;
    settleWithWallet(wallet, record, (settled) => {
      asked--;
      // Once closed, what the spool holds is the next process's.
      if (!isStarted) return;
      settle(record, settled);
      tickSoon();
    });
  };

  /** Once for all that are settled by then: there may be thousands of records to look through. */
  const tickSoon = (): void => {
    if (isTickDue || !isStarted) return;
    isTickDue = true;
    setImmediate(() => {
      isTickDue = false;
      tick();
    });
  };

  const settle = (record: Owed & OperationRecord, { verdict, reason }: Settled): void => {
    if (verdict === 'done') {
      forget(record);
      metrics.countSettled(record.kind);
      log.info({ ...describe(record), ageMs: ageMs(record), reason }, 'unconfirmed operation settled');
      return;
    }
    if (verdict === 'refused') {
      refuse(record, reason);
      if (enqueuer.hasTaken(record.id)) forget(record);
      return;
    }
    retry(record);
  };

  const refuse = (record: Owed, reason: string): void => {
    record.state = 'refused';
    metrics.countRefused(kindOf(record));
    const fields = { ...describe(record), ageMs: ageMs(record), reason };
    log.error(fields, 'unconfirmed operation refused for good: a person must look');
  };

  const retry = (record: Owed): void => {
    record.state = 'due';
    record.dueAtMs = performance.now() + Math.min(RETRY_MIN_MS * 2 ** record.failures, RETRY_MAX_MS);
    record.failures = Math.min(record.failures + 1, 10);
  };

  const owe = (record: SpoolRecord, dueAtMs: number): void => {
    if (owed.has(record.id)) return;
    keep(record, dueAtMs);
    spool.owe(record);
    metrics.countOwed(kindOf(record));
    log.warn({ ...describe(record), why: record.payload.why }, 'outcome unconfirmed');
  };

  /** What Redis has not taken is kept, also where it is settled. */
  const kept = (): number => Math.max(owed.size, enqueuer.untaken());

  return {
    owe: (kind, operation, why) => {
      const record = { id: operation.transactionId, kind, payload: payloadOf(operation, why) };
      owe(record, performance.now() + confirmAfterMs);
    },
    oweUnresolved: ({ winUnits, ...win }, why) => {
      const payload = { ...win, winUnits: String(winUnits), why, answeredAtMs: Date.now() };
      owe({ id: win.transactionId, kind: 'unresolved', payload }, performance.now());
    },
    isSafe: () => isStarted && kept() < outstandingMax && (!spool.isFailing() || enqueuer.isUp()),
    outstanding: () => owed.size,
    start: async () => {
      const left = await openSpool(spool.open, deps.spoolDir);
      for (const record of left) keep(record, performance.now());
      if (left.length > 0) log.warn({ operations: left.length }, 'the spool holds unconfirmed operations: going on');
      enqueuer.start();
      tickTimer = setInterval(tick, TICK_MS);
      isStarted = true;
    },
    close: async () => {
      isStarted = false;
      clearInterval(tickTimer);
      await enqueuer.close();
      await spool.close();
    },
  };
}

async function openSpool(open: () => Promise<SpoolRecord[]>, dir: string): Promise<SpoolRecord[]> {
  try {
    return await open();
  } catch (error) {
    throw new ConfigError([`SPOOL_DIR: can't use ${dir}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function payloadOf(operation: Operation, why: string): UnconfirmedPayload {
  const { operatorId, userId, provider, transactionId, amountUnits, winUnits, context, requestId } = operation;
  return {
    operatorId,
    userId,
    provider,
    transactionId,
    amountUnits: String(amountUnits),
    winUnits: String(winUnits),
    context,
    requestId,
    why,
    answeredAtMs: Date.now(),
    occurredAtMs: Number(operation.occurredAtMs),
  };
}

function creditOf({ id, payload }: UnresolvedRecord, { operatorId, userId, context }: Terminal): OperationRecord {
  const { winUnits, uid: _uid, hallId: _hallId, ...kept } = payload;
  const player = { operatorId, userId, provider: 'stargame', context };
  return { id, kind: 'credit', payload: { ...kept, ...player, amountUnits: winUnits, winUnits: '0' } };
}

async function load(terminals: UnconfirmedDeps['terminals'], hallId: string, uid: string) {
  try {
    return terminals.find(hallId, uid) ?? (await terminals.load(hallId, uid));
  } catch {
    return 'unknown';
  }
}

/** As it is counted, and as people know it. */
const kindOf = ({ kind }: SpoolRecord): UnconfirmedKind => (kind === 'void' ? 'void' : 'credit');

function describe(record: SpoolRecord) {
  if (record.kind === 'unresolved') return describeUnresolved(record);
  const { kind, payload } = record;
  const { operatorId, userId, provider, transactionId, amountUnits, winUnits, context, requestId } = payload;
  const names = { operator: operatorId, player: userId, ...placeOf(context), provider, transaction: transactionId };
  return { kind, ...names, amountUnits, winUnits, requestId };
}

function describeUnresolved({ payload }: UnresolvedRecord) {
  const { hallId: hall, uid: terminal, transactionId: transaction, winUnits: amountUnits, requestId } = payload;
  return { kind: 'credit', hall, terminal, provider: 'stargame', transaction, amountUnits, requestId };
}

const placeSchema = z.object({ hall: z.string(), terminal: z.string() });

/** The hall and the terminal that an operation of ours names in its context. */
function placeOf(context: string): Partial<z.output<typeof placeSchema>> {
  try {
    return placeSchema.parse(JSON.parse(context));
  } catch {
    return {};
  }
}

/** The clock may have been set back. */
const ageMs = (record: SpoolRecord): number => Math.max(0, Date.now() - record.payload.answeredAtMs);
