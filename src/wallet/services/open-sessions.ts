import { change, isDuplicateKey, type Pool, type SqlValue, selectRows } from '../../common/db.ts';
import { alreadyExists, Fault, failedPrecondition, unavailable } from '../../common/fault.ts';
import { userKey } from '../core/keys.ts';
import { playerNotFound } from './player-rows.ts';
import { SESSION_COLUMNS, type SessionRow } from './session-rows.ts';

/** A session that is asked for; its fields are checked, and its token is chosen. */
export type WantedSession = {
  operator_id: string;
  user_id: string;
  game_id: string;
  lobby_id: string;
  ttl_seconds: number;
  idle_timeout_seconds: number;
  token: string;
};

/** Who may get a session. */
export type SessionPlayer = {
  player_id: bigint;
  operator_id: string;
  user_id: string;
  blocked_at_ms: bigint | null;
  currency_code: string;
  language: string;
  player_group: string;
};

export type OpenedSession = { session: SessionRow; player: SessionPlayer };

/** What is there already, for a batch of wanted sessions. */
export type KnownSessions = { players: ReadonlyMap<string, SessionPlayer>; sessions: ReadonlyMap<string, SessionRow> };

/** The session or the refusal of each that is wanted, in their order, and which of the sessions must be written. */
export type Opened = { answers: (OpenedSession | Fault)[]; rows: SessionRow[] };

/** Each try finds the tokens that were taken meanwhile, so that a second one is rare. */
const ATTEMPTS = 5;

/**
 * Opens sessions, all in one INSERT. Gives each wanted one its session, or its Fault: NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION,
 * and UNAVAILABLE or UNKNOWN of the database.
 */
export async function openSessions(
  pool: Pool,
  wanted: readonly WantedSession[],
  now: () => number,
): Promise<readonly (OpenedSession | Error)[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { answers, rows } = decideOpens(wanted, await selectKnown(pool, wanted), BigInt(now()));
      return await written(pool, answers, rows);
    } catch (error) {
      // Another wallet has opened one of them first: the next look finds it.
      if (isDuplicateKey(error)) {
        if (attempt === ATTEMPTS) throw unavailable('the tokens are busy', error);
        continue;
      }
      if (error instanceof Fault || wanted.length === 1) throw error;
      // One that the database won't take must not harm its neighbours.
      return Promise.all(wanted.map((each) => openAlone(pool, each, now)));
    }
  }
}

async function openAlone(pool: Pool, wanted: WantedSession, now: () => number): Promise<OpenedSession | Error> {
  try {
    const [answer] = await openSessions(pool, [wanted], now);
    return answer ?? new Error('no answer to a wanted session');
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * A session that is there under the token is given again, its times as they were first; the rest is new. Of the same token twice, the
 * second is a repeat of the first.
 */
export function decideOpens(
  wanted: readonly WantedSession[],
  { players, sessions }: KnownSessions,
  nowMs: bigint,
): Opened {
  const opened = new Map<string, SessionRow>();
  const answers = wanted.map((each) => {
    const player = players.get(userKey(each.operator_id, each.user_id));
    if (player === undefined) return playerNotFound(each.operator_id, each.user_id);
    const existing = sessions.get(each.token) ?? opened.get(each.token);
    if (existing !== undefined) return sameSession(existing, each, player);
    if (player.blocked_at_ms !== null) return failedPrecondition(`player ${each.user_id} is blocked`);
    const row = newSession(each, player.player_id, nowMs);
    opened.set(row.token, row);
    return { session: row, player };
  });
  return { answers, rows: [...opened.values()] };
}

function sameSession(session: SessionRow, wanted: WantedSession, player: SessionPlayer): OpenedSession | Fault {
  const names = ['operator_id', 'user_id', 'game_id', 'lobby_id'] as const;
  if (names.every((name) => session[name] === wanted[name])) return { session, player };
  return alreadyExists('token: another session has it');
}

function newSession(wanted: WantedSession, playerId: bigint, nowMs: bigint): SessionRow {
  const { ttl_seconds, idle_timeout_seconds, ...named } = wanted;
  return {
    ...named,
    player_id: playerId,
    created_at_ms: nowMs,
    expires_at_ms: nowMs + BigInt(ttl_seconds) * 1_000n,
    closed_at_ms: null,
    idle_timeout_ms: BigInt(idle_timeout_seconds) * 1_000n,
    used_at_ms: nowMs,
  };
}

/** The answers once the rows are written. Where it fails, only those that needed the write fail with it. */
async function written(
  pool: Pool,
  answers: readonly (OpenedSession | Fault)[],
  rows: readonly SessionRow[],
): Promise<readonly (OpenedSession | Fault)[]> {
  if (rows.length === 0) return answers;
  try {
    await insertSessions(pool, rows);
    return answers;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const lost = new Set(rows);
    return answers.map((answer) => (!(answer instanceof Fault) && lost.has(answer.session) ? error : answer));
  }
}

async function insertSessions(pool: Pool, rows: readonly SessionRow[]): Promise<void> {
  await change(
    pool,
    `INSERT INTO sessions (player_id, token, game_id, lobby_id, created_at_ms, expires_at_ms, closed_at_ms, idle_timeout_ms,
     used_at_ms) VALUES ?`,
    [
      rows.map((row) => [
        ...[row.player_id, row.token, row.game_id, row.lobby_id, row.created_at_ms, row.expires_at_ms],
        ...[row.closed_at_ms, row.idle_timeout_ms, row.used_at_ms],
      ]),
    ],
  );
}

type KnownRow = SessionRow & SessionPlayer;

const PLAYER_COLUMNS = 'p.blocked_at_ms, p.currency_code, p.language, p.player_group';

/** The sessions under the tokens, and the players (rows with an empty token), in one round trip. */
async function selectKnown(pool: Pool, wanted: readonly WantedSession[]): Promise<KnownSessions> {
  const users = new Map<string, string[]>();
  for (const { operator_id, user_id } of wanted) {
    const ofOperator = users.get(operator_id);
    if (ofOperator === undefined) users.set(operator_id, [user_id]);
    else ofOperator.push(user_id);
  }
  const ofUsers = Array.from(users, () => '(p.operator_id = ? AND p.user_id IN (?))');
  const values: SqlValue[] = [wanted.map(({ token }) => token), ...[...users].flat()];
  const rows = await selectRows<KnownRow>(
    pool,
    `SELECT ${SESSION_COLUMNS}, ${PLAYER_COLUMNS} FROM sessions s JOIN players p ON p.player_id = s.player_id
     WHERE s.token IN (?)
     UNION ALL
     SELECT p.player_id, p.operator_id, p.user_id, '', '', '', 0, 0, NULL, 0, 0, ${PLAYER_COLUMNS} FROM players p
     WHERE ${ofUsers.join(' OR ')}`,
    values,
  );
  const players = new Map<string, SessionPlayer>();
  const sessions = new Map<string, SessionRow>();
  for (const row of rows) {
    if (row.token === '') players.set(userKey(row.operator_id, row.user_id), row);
    else sessions.set(row.token, row);
  }
  return { players, sessions };
}
