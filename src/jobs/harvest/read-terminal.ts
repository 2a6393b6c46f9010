import type { Gate } from '../../adapter/outbound/gate.ts';
import { RemoteError } from '../../adapter/outbound/remote-error.ts';
import { remotecabGameHistory } from '../../adapter/stargame/remote/operations/remotecab-game-history.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import type { HarvestMetrics } from './metrics.ts';
import { type GameRecord, RecordError, recordsOf } from './record.ts';
import { storeWindow, type TerminalId } from './store.ts';
import type { Plan, Window } from './windows.ts';

/** StarGame as a whole can't be asked at the moment: of this terminal nothing is known by it. */
export class StargameAway extends Error {
  constructor(cause: unknown) {
    super("StarGame can't be asked", { cause });
    this.name = 'StargameAway';
  }
}

/** This terminal's log can't be read; others' can. The message has no secret. */
export class TerminalFailure extends Error {
  /** Whether StarGame calls the password wrong. */
  readonly isWrongPassword: boolean;

  constructor(message: string, isWrongPassword = false) {
    super(message);
    this.name = 'TerminalFailure';
    this.isWrongPassword = isWrongPassword;
  }
}

export type ReadDeps = {
  pool: Pool;
  remote: Remote;
  /** Paces the requests of this process. */
  gate: Gate;
  metrics: HarvestMetrics;
  log: Logger;
  now: () => number;
};

export type ReadRequest = {
  terminal: TerminalId;
  password: string;
  zone: string;
  plan: Plan;
  /** False where a span is read again, whatever comes before it. */
  movesWatermark: boolean;
  signal: AbortSignal;
};

export type ReadCounts = { read: number; fresh: number };

/** A request waits for its turn behind those of other terminals. */
const TURN_MAX_MS = 600_000;

/**
 * Reads a terminal's windows, oldest first; each is kept before the next is asked for. Throws StargameAway, TerminalFailure, an AbortError
 * once the signal has come, and what the database has to say.
 */
export async function readTerminal(deps: ReadDeps, request: ReadRequest): Promise<ReadCounts> {
  const { pool, metrics, log, now } = deps;
  const { terminal, plan, zone } = request;
  const counts: ReadCounts = { read: 0, fresh: 0 };
  for (const [index, window] of plan.windows.entries()) {
    const records = await readWindow(deps, request, window);
    const gap = index === 0 ? plan.gap : null;
    const stored = await storeWindow(pool, terminal, {
      records,
      harvestedUntilMs: request.movesWatermark ? window.untilMs : null,
      gap,
      zone,
      nowMs: now(),
    });
    counts.read += records.length;
    counts.fresh += stored.fresh;
    metrics.records.inc({ result: 'new' }, stored.fresh);
    metrics.records.inc({ result: 'differs' }, stored.differing.length);
    metrics.records.inc({ result: 'known' }, records.length - stored.fresh - stored.differing.length);
    if (gap !== null) log.error({ ...terminal, ...gap }, 'game logs that StarGame may no longer have: a gap');
    if (stored.differing.length > 0) {
      log.warn(
        { ...terminal, dataIds: stored.differing.slice(0, 20).map(String) },
        'game logs that were told otherwise',
      );
    }
  }
  return counts;
}

async function readWindow(
  { remote, gate }: ReadDeps,
  { terminal, password, zone, signal }: ReadRequest,
  window: Window,
): Promise<GameRecord[]> {
  signal.throwIfAborted();
  try {
    const leave = await gate.enter(TURN_MAX_MS, signal);
    try {
      const result = await remote.call(
        remotecabGameHistory,
        {
          user_id: terminal.uid,
          user_password: password,
          use_hash: 0,
          operation: 'list',
          period_start: window.periodStart,
          period_end: window.periodEnd,
        },
        { type: 'user', password },
        { signal },
      );
      if (result.status === 'failure') throw new TerminalFailure(result.code, result.code === 'wrong_user_pass');
      return recordsOf(result.answer.logs, zone, window.fromMs);
    } finally {
      leave();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw asFailure(error);
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof RecordError) return new TerminalFailure(`remotecab_game_history: ${error.message}`);
  if (!(error instanceof RemoteError)) return error;
  return error.kind === 'not_sent' ? new StargameAway(error) : new TerminalFailure(error.message);
}
