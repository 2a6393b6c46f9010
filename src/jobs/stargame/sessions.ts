import { status } from '@grpc/grpc-js';
import { remotecabSession } from '../../adapter/stargame/remote/operations/remotecab-session.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { SessionService } from '../../gen/wallet/v1/sessions_pb.ts';
import { codeOf, type Wallet } from '../wallet.ts';
import type { Credentials } from './credentials.ts';
import { createKeyedLock } from './keyed-lock.ts';
import {
  dueTerminals,
  findOpenSession,
  forgetClosed,
  lookAgainAt,
  markClosed,
  markClosing,
  openSessions,
  type TerminalKey,
  type TerminalSession,
} from './session-rows.ts';

/**
 * Closes sessions at StarGame whose session of ours has ended. StarGame closes all sessions of a terminal at once, so that is done only
 * where none of ours goes on there. One at a time for each terminal within a process; of two processes one may close what the other has
 * just opened, and the player has to launch again.
 */
export type Sessions = {
  /** Closes ours now, and StarGame's where it answers. Gives whether nothing is left to do. Throws the wallet's ServiceError. */
  close(token: string, requestId: string): Promise<boolean>;
  /** Looks at what is due. */
  runDue(): Promise<void>;
  /** Runs `work` while nobody else here opens or closes sessions of the terminal. */
  alone<T>(key: TerminalKey, work: () => Promise<T>): Promise<T>;
};

export type SessionsDeps = {
  pool: Pool;
  wallet: Wallet;
  remote: Remote;
  credentials: Credentials;
  log: Logger;
  now: () => number;
  /** How often a session of ours that goes on is looked at, at most, and what StarGame did not close is tried again. */
  lookEveryMs: number;
};

/** StarGame has long forgotten it. */
const GIVE_UP_MS = 24 * 3_600_000;
/** Closed ones are kept so long, for people who ask. */
const KEEP_MS = 30 * 24 * 3_600_000;
const FORGOTTEN_A_RUN = 1_000;
/** A job tries again: whoever closes one by hand doesn't wait for long. */
const CLOSE_OPTIONS = { attempts: 1, timeoutMs: 5_000 };
const TERMINALS_A_LOOK = 100;
const AT_A_TIME = 4;
/** A run ends; what is left is the next one's. */
const LOOKS_A_RUN = 20;

export function createSessions(deps: SessionsDeps): Sessions {
  const { pool, wallet, remote, credentials, log, now, lookEveryMs } = deps;
  const alone = createKeyedLock();
  const keyOf = ({ hallId, uid }: TerminalKey): string => `${hallId}/${uid}`;

  /** When ours ends at the latest; null where it has. */
  async function endsAtMs(session: TerminalSession, requestId: string): Promise<number | null> {
    if (session.closingAtMs !== null) return null;
    try {
      const ours = await wallet.call(SessionService.method.getSession, { token: session.token }, requestId);
      const expiresAtMs = Number(ours.expiresAtMs);
      return ours.closedAtMs !== 0n || expiresAtMs <= now() ? null : expiresAtMs;
    } catch (error) {
      if (codeOf(error) === status.NOT_FOUND) return null;
      throw error;
    }
  }

  /** Whether StarGame has closed the terminal's sessions. */
  async function closeTheirs({ hallId, uid }: TerminalKey): Promise<boolean> {
    const password = (await credentials.terminals(hallId, [uid])).get(uid);
    if (password === undefined) return false;
    const request = { operation: 'close', user_id: uid, user_password: password } as const;
    const result = await remote.call(remotecabSession, request, { type: 'user', password }, CLOSE_OPTIONS);
    if (result.status === 'success') return true;
    if (result.code === 'wrong_user_data') credentials.distrust(hallId, uid);
    log.warn({ hall: hallId, terminal: uid, code: result.code }, "StarGame doesn't close a terminal's sessions");
    return false;
  }

  async function look(key: TerminalKey, requestId: string): Promise<void> {
    const sessions = await openSessions(pool, key);
    const ended: TerminalSession[] = [];
    const goingOn: TerminalSession[] = [];
    let nextLookAtMs = now() + lookEveryMs;
    for (const session of sessions) {
      const endMs = await endsAtMs(session, requestId);
      (endMs === null ? ended : goingOn).push(session);
      if (endMs !== null) nextLookAtMs = Math.min(nextLookAtMs, endMs);
    }
    const endedTokens = ended.map(({ token }) => token);
    await markClosing(pool, endedTokens, now());
    await lookAgainAt(
      pool,
      goingOn.map(({ token }) => token),
      nextLookAtMs,
    );
    if (ended.length === 0) return;
    if (goingOn.length > 0 || (await closeTheirs(key)) || ended.every(isGivenUp)) {
      await markClosed(pool, endedTokens, now());
      return;
    }
    await lookAgainAt(pool, endedTokens, now() + lookEveryMs);
  }

  const isGivenUp = ({ closingAtMs }: TerminalSession): boolean =>
    closingAtMs !== null && closingAtMs < now() - GIVE_UP_MS;

  /** What fails is due again; rejects only where not even that can be written. */
  async function lookAt(key: TerminalKey, requestId: string): Promise<void> {
    try {
      await alone(keyOf(key), () => look(key, requestId));
    } catch (error) {
      log.warn({ err: error, hall: key.hallId, terminal: key.uid, requestId }, "can't see to a terminal's sessions");
      const tokens = (await openSessions(pool, key)).map(({ token }) => token);
      await lookAgainAt(pool, tokens, now() + lookEveryMs);
    }
  }

  return {
    alone: (key, work) => alone(keyOf(key), work),
    close: async (token, requestId) => {
      const session = await findOpenSession(pool, token);
      await wallet.call(SessionService.method.closeSession, { token }, requestId);
      if (session === null) return true;
      // Should we die on the way, it is due.
      await lookAgainAt(pool, [token], now());
      await lookAt(session, requestId);
      return (await findOpenSession(pool, token)) === null;
    },
    runDue: async () => {
      await forgetClosed(pool, now() - KEEP_MS, FORGOTTEN_A_RUN);
      for (let looks = 0; looks < LOOKS_A_RUN; looks += 1) {
        const due = await dueTerminals(pool, now(), TERMINALS_A_LOOK);
        for (let at = 0; at < due.length; at += AT_A_TIME) {
          await Promise.all(due.slice(at, at + AT_A_TIME).map((key) => lookAt(key, 'sessions')));
        }
        if (due.length < TERMINALS_A_LOOK) return;
      }
    },
  };
}
