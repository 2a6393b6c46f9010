import { Counter, type Registry } from 'prom-client';
import { change, loggable, type Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import type { Operation, Outcome } from '../../gen/wallet/v1/money_pb.ts';
import { usedSession } from '../core/play.ts';
import type { State } from '../core/state.ts';

/**
 * When sessions that end by being idle were last used. Written now and then, beside the money and never in its transactions, so that
 * a bet doesn't wait for it. What this process has not written yet it knows, and decides by it.
 *
 * A process that dies, or a second wallet that reads before the first has written, takes a session for idle too early: by an
 * eighth of its time-out (at most a minute) and a flush. The player launches the game again, and no money is at stake; to
 * end late would be the worse mistake. Wallets' clocks differ by so little that the same holds for them.
 */
export type SessionTouches = {
  /** Puts what is not written yet into a loaded state. */
  freshen: (state: State) => void;
  /** Remembers that a decided operation used its session, where it did and the session can be idle. */
  note: (state: State, operation: Operation, outcome: Outcome, nowMs: number) => void;
  /** Writes what is left, as far as the database takes it. */
  close: () => Promise<void>;
};

export type SessionTouchesDeps = { pool: Pool; log: Logger; registry: Registry };

/** Short, because the shortest time-outs are: at most four small statements a second, and none while nobody plays. */
const FLUSH_AFTER_MS = 250;
const RETRY_AFTER_MS = 1_000;
/** Sessions whose use is not written yet; more only while the database is away. */
const PENDING_MAX = 20_000;
const STATEMENT_MAX = 500;

/** Uses of a session that are not written yet: the first and the last of them. */
type Uses = { token: string; firstMs: number; lastMs: number };

export function createSessionTouches({ pool, log, registry }: SessionTouchesDeps): SessionTouches {
  /** By token. */
  const pending = new Map<string, Uses>();
  let timer: NodeJS.Timeout | null = null;
  let flushing: Promise<boolean> | null = null;
  let closed = false;
  const written = new Counter({
    name: 'croupier_wallet_session_uses_written_total',
    help: 'Times at which sessions were used that were written, for their idle time-outs',
    registers: [registry],
  });
  const failed = new Counter({
    name: 'croupier_wallet_session_uses_failed_total',
    help: 'Statements about the use of sessions that failed, and uses that there was no room for',
    registers: [registry],
  });

  const schedule = (afterMs: number): void => {
    if (timer !== null || flushing !== null || closed) return;
    timer = setTimeout(() => {
      timer = null;
      flushing = flush();
    }, afterMs);
  };

  const flush = async (): Promise<boolean> => {
    const done = await writeAll();
    flushing = null;
    if (pending.size > 0) schedule(done ? FLUSH_AFTER_MS : RETRY_AFTER_MS);
    return done;
  };

  /** False where a statement failed: what it was to write stays. */
  const writeAll = async (): Promise<boolean> => {
    const uses = [...pending.values()];
    for (let from = 0; from < uses.length; from += STATEMENT_MAX) {
      const chunk = uses.slice(from, from + STATEMENT_MAX);
      try {
        await writeUses(pool, chunk);
      } catch (error) {
        failed.inc();
        log.warn({ err: loggable(error), sessions: pending.size }, 'could not write when sessions were used');
        return false;
      }
      written.inc(chunk.length);
      for (const each of chunk) if (pending.get(each.token) === each) pending.delete(each.token);
    }
    return true;
  };

  return {
    freshen: ({ sessions }) => {
      if (pending.size === 0) return;
      for (const [token, session] of sessions) {
        if (session.idleTimeoutMs === 0) continue;
        session.usedAtMs = Math.max(session.usedAtMs, pending.get(token)?.lastMs ?? 0);
      }
    },

    note: (state, operation, outcome, nowMs) => {
      const session = usedSession(state, operation, outcome, nowMs);
      const token = operation.sessionToken;
      if (session === null || token === undefined) return;
      const earlier = pending.get(token);
      if (earlier === undefined && pending.size >= PENDING_MAX) {
        failed.inc();
        return;
      }
      // The rest of the batch needn't say it again.
      session.usedAtMs = nowMs;
      pending.set(token, { token, firstMs: earlier?.firstMs ?? nowMs, lastMs: nowMs });
      schedule(FLUSH_AFTER_MS);
    },

    close: async () => {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      // A stop doesn't wait for a database that is away twice.
      if ((await flushing) !== false) await writeAll();
    },
  };
}

/**
 * By the tokens in their order, so that two wallets don't lock each other out. A time never goes back, and a session that was closed, or
 * had become idle before the first of these uses, stays ended.
 */
async function writeUses(pool: Pool, uses: readonly Uses[]): Promise<void> {
  const sorted = [...uses].sort((a, b) => (a.token < b.token ? -1 : 1));
  const timeOfToken = `CASE token ${'WHEN ? THEN ? '.repeat(sorted.length)}END`;
  await change(
    pool,
    `UPDATE sessions FORCE INDEX (by_token) SET used_at_ms = GREATEST(used_at_ms, ${timeOfToken})
     WHERE token IN (?) AND closed_at_ms IS NULL AND used_at_ms + idle_timeout_ms > ${timeOfToken}`,
    [
      ...sorted.flatMap(({ token, lastMs }) => [token, lastMs]),
      sorted.map(({ token }) => token),
      ...sorted.flatMap(({ token, firstMs }) => [token, firstMs]),
    ],
  );
}
