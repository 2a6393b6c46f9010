import { randomBytes } from 'node:crypto';
import {
  DEMO_SESSION,
  flashParameters,
  type Mistakes,
  showgameUrl,
  starconfig,
} from '../../adapter/stargame/launch.ts';
import { remotecabSession } from '../../adapter/stargame/remote/operations/remotecab-session.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import { failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import type { Logger } from '../../common/log.ts';
import { type Player, PlayerService } from '../../gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../gen/wallet/v1/sessions_pb.ts';
import { StopScope, StopService } from '../../gen/wallet/v1/stops_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { Credentials, HallSecrets } from './credentials.ts';
import { refusedByStargame } from './faults.ts';
import type { RegisterTerminal } from './registration.ts';
import { insertSession, lookAgainAt, markClosing, type TerminalKey } from './session-rows.ts';
import type { Sessions } from './sessions.ts';

export type LaunchForm = 'showgame' | 'starconfig' | 'flash';
export type LaunchLanguage = 'en' | 'ru';

/** What opens the game; all but one of url, html and parameters are empty, and of flash, which has a movie and its parameters. */
export type Launched = { url: string; html: string; parameters: string; token: string; uid: string };

export type LaunchRequest = {
  hallId: string;
  userId: string;
  gameId: string;
  /** 0: an hour. */
  ttlSeconds: number;
  /** Null: the player's, where StarGame has it. */
  language: LaunchLanguage | null;
  form: LaunchForm;
};

export type Launch = {
  /**
   * Registers where needed, opens a session of ours and, except for starconfig, which does that by itself, one of StarGame's. Should that
   * fail, ours is closed again. Throws a Fault, a RemoteError, or the wallet's ServiceError.
   */
  play(request: LaunchRequest, call: { requestId: string; deadlineAtMs: number }): Promise<Launched>;
  /** Demo credits, for nobody. Throws INVALID_ARGUMENT. */
  demo(request: Pick<LaunchRequest, 'gameId' | 'language' | 'form'>): Launched;
};

export type LaunchDeps = {
  pool: Pool;
  wallet: Wallet;
  remote: Remote;
  credentials: Credentials;
  register: RegisterTerminal;
  sessions: Sessions;
  log: Logger;
  now: () => number;
  /** When a session is looked at first, at the latest. */
  lookEveryMs: number;
  /** Of StarGame's API, which has its games as well. */
  baseUrl: string;
};

type StargameSession = { sid: string; key1: string; key2: string };

/** StarGame, Fast integration; the sample has it without TLS, which pages with TLS refuse. */
const EMBED_URL = 'https://stargame.solutions/embed/embed.js';
const TOKEN_BYTES = 24;

export function createLaunch(deps: LaunchDeps): Launch {
  const { pool, wallet, credentials, register, sessions, log, now, lookEveryMs, baseUrl } = deps;

  async function mayPlay({ userId, gameId }: LaunchRequest, operatorId: string, requestId: string): Promise<Player> {
    const player = await wallet.call(PlayerService.method.getPlayer, { operatorId, userId }, requestId);
    if (player.blocked) throw failedPrecondition('the player is blocked');
    const { stops } = await wallet.call(StopService.method.listStops, {}, requestId);
    const isStopped = stops.some(
      ({ scope, scopeId }) =>
        scope === StopScope.ALL ||
        (scope === StopScope.OPERATOR && scopeId === operatorId) ||
        (scope === StopScope.GAME && scopeId === `stargame:${gameId}`),
    );
    if (isStopped) throw failedPrecondition('play is stopped');
    return player;
  }

  /** Ours, the row that has StarGame's closed some day, and then StarGame's. */
  async function open(
    request: LaunchRequest,
    hall: HallSecrets,
    key: TerminalKey,
    requestId: string,
  ): Promise<{ token: string; session: StargameSession | null }> {
    const { userId, gameId, ttlSeconds } = request;
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const ours = { operatorId: hall.operatorId, userId, gameId, ttlSeconds, token };
    const { expiresAtMs } = await wallet.call(SessionService.method.openSession, ours, requestId);
    try {
      const lookAtMs = Math.min(now() + lookEveryMs, Number(expiresAtMs));
      await insertSession(pool, { token, ...key }, now(), lookAtMs);
      return { token, session: request.form === 'starconfig' ? null : await openTheirs(deps, key) };
    } catch (error) {
      await closeAgain(token, key, requestId);
      throw error;
    }
  }

  /** Where that fails, too, it expires by itself, and StarGame's is closed then. */
  async function closeAgain(token: string, { hallId, uid }: TerminalKey, requestId: string): Promise<void> {
    try {
      await wallet.call(SessionService.method.closeSession, { token }, requestId);
      await markClosing(pool, [token], now());
      await lookAgainAt(pool, [token], now());
    } catch (error) {
      log.warn({ err: error, hall: hallId, terminal: uid, requestId }, "can't close a session again");
    }
  }

  return {
    play: async (request, call) => {
      const { hallId, userId, gameId, form } = request;
      const hall = await credentials.hall(hallId);
      if (hall === null) throw notFound('hall');
      const player = await mayPlay(request, hall.operatorId, call.requestId);
      const language = request.language ?? (/^ru\b/.test(player.language) ? 'ru' : 'en');
      // Before anything is opened: a mistake in the request is found by making it up with a session of nobody's.
      opening({ form, gameId, language, baseUrl, hall, uid: '0', session: DEMO_SESSION });
      const { uid } = await register({ hallId, userId, phone: '' }, call);
      const key = { hallId, uid };
      const { token, session } = await sessions.alone(key, () => open(request, hall, key, call.requestId));
      return {
        ...opening({ form, gameId, language, baseUrl, hall, uid, session: session ?? DEMO_SESSION }),
        token,
        uid,
      };
    },
    demo: ({ gameId, language, form }) => {
      if (form === 'starconfig') throw invalidArgument('form', 'starconfig has no demo');
      const made = opening({
        form,
        gameId,
        language: language ?? 'en',
        baseUrl,
        hall: null,
        uid: '',
        session: DEMO_SESSION,
      });
      return { ...made, token: '', uid: '' };
    },
  };
}

/** A session at StarGame. A password that it calls wrong is looked for once more. */
async function openTheirs({ remote, credentials }: LaunchDeps, { hallId, uid }: TerminalKey): Promise<StargameSession> {
  for (let tried = 1; ; tried += 1) {
    const password = (await credentials.terminals(hallId, [uid])).get(uid);
    if (password === undefined) throw failedPrecondition("the terminal's password is not known");
    const request = { operation: 'set', user_id: uid, user_password: password } as const;
    const result = await remote.call(remotecabSession, request, { type: 'user', password });
    if (result.status === 'success') {
      const { sessionid = '', key1 = '', key2 = '' } = result.answer;
      return { sid: sessionid, key1, key2 };
    }
    if (result.code !== 'wrong_user_data' || tried > 1) throw refusedByStargame(result.code);
    credentials.distrust(hallId, uid);
  }
}

type Opening = {
  form: LaunchForm;
  gameId: string;
  language: LaunchLanguage;
  baseUrl: string;
  hall: HallSecrets | null;
  uid: string;
  session: StargameSession;
};

/** Throws INVALID_ARGUMENT. */
function opening({ form, gameId: gameid, language: lang, baseUrl, hall, uid, session }: Opening) {
  const nothing = { url: '', html: '', parameters: '' };
  switch (form) {
    case 'showgame':
      return { ...nothing, url: made(showgameUrl({ gameid, ...session, lang }, baseUrl)).url };
    case 'flash': {
      const { movie, flashvars } = made(flashParameters({ gameid, ...session }, baseUrl));
      return { ...nothing, url: movie, parameters: flashvars };
    }
    case 'starconfig': {
      const { hallId = '', secret: hallSecret = '' } = hall ?? {};
      const { script } = made(starconfig({ hallId, hallSecret, login: uid, gameid }));
      return { ...nothing, html: `<script>${script}</script>\n<script src="${EMBED_URL}"></script>` };
    }
  }
}

function made<T extends object>(result: T | Mistakes): T {
  if (!('mistakes' in result)) return result;
  throw invalidArgument('game_id', result.mistakes.map((mistake) => mistake.replace(/^gameid: /, '')).join('; '));
}
