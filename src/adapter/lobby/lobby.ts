import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { Counter, type Registry } from 'prom-client';
import { z } from 'zod';
import { loadAssets } from '../../common/assets.ts';
import { type LobbyPlayer, verifyLobbyToken } from '../../common/lobby-link.ts';
import type { Logger } from '../../common/log.ts';
import { isLoopback } from '../../common/loopback.ts';
import type { WalletCalls } from '../wallet-calls.ts';
import { createLobbyCatalogue, type Shelf } from './catalogue.ts';
import type { LobbyConfig } from './config.ts';
import { pageOf } from './games.ts';
import { clearCookie, isFromLobby, isOverTls, readCookie, securityHeaders, setCookie } from './guards.ts';
import { createLobbyHalls } from './halls.ts';
import type { JobsCalls } from './jobs-calls.ts';
import { launchGame } from './launch.ts';
import { createPeople, DEMO_USERS, nameOf } from './people.ts';
import { Problem, problemOf } from './problems.ts';
import { addressGroup, createRateLimit, type RateLimit } from './rate-limit.ts';
import { createLobbySessions, type LobbySession } from './sessions.ts';
import { createTurns } from './turns.ts';
import type { GamesView, LaunchView, SessionView } from './view.ts';

export type LobbyDeps = {
  config: LobbyConfig;
  calls: WalletCalls;
  jobs: JobsCalls;
  registry: Registry;
  log: Logger;
  newRequestId: () => string;
  now: () => number;
};

const PUBLIC = join(import.meta.dirname, 'public');
const FILES = Object.fromEntries(
  [
    'lobby.css',
    'lobby.svg',
    'lobby.ts',
    'api.ts',
    'dom.ts',
    'games.ts',
    'messages.ts',
    'notices.ts',
    'player.ts',
    'window.ts',
    'home.ts',
  ].map((name) => [name, PUBLIC]),
);

const BODY_MAX_BYTES = 2_048;
const PAGE_MAX = 1_000;
const DEMO_SESSION_MS = 12 * 3_600_000;

const launchBody = z.object({
  key: z.string().max(100),
  mode: z.enum(['real', 'fun']),
  device: z.enum(['mobile', '']).default(''),
});
const demoBody = z.object({ userId: z.string() });

/** Whose lobby it is that somebody sees; null: nobody's, they have to log in. */
type Visitor = { operatorId: string | null; session: LobbySession | null };

/** The page for players, at /lobby and below. It holds nobody's session: that is in their cookie. */
export function createLobby(deps: LobbyDeps): Router {
  const { config, calls, jobs, log, now } = deps;
  const assets = loadAssets({
    files: FILES,
    pages: { dir: PUBLIC, names: ['lobby.html', 'home.html'] },
    compressed: true,
  });
  const sessions = config.LOBBY_SECRET === '' ? null : createLobbySessions(config.LOBBY_SECRET, now);
  const catalogue = createLobbyCatalogue({ jobs, tabs: config.PLATFORM_NEW_TAB_LOBBIES, now });
  const search = createTurns();
  const halls = createLobbyHalls({ calls, registerIn: config.LOBBY_HALLS, now });
  const people = createPeople(calls, now);
  const mayAsk = createRateLimit({ burst: 60, refillMs: 150, now });
  const mayLaunch = createRateLimit({ burst: 10, refillMs: 3_000, now });
  const launches = new Counter({
    name: 'croupier_lobby_launches_total',
    help: "Games that the lobby was asked to open, by outcome (ok, or the problem's code)",
    labelNames: ['provider', 'mode', 'outcome'],
    registers: [deps.registry],
  });

  async function visitor(request: Request, response: Response): Promise<Visitor> {
    const session = (await sessions?.open(readCookie(request))) ?? null;
    if (session === null || sessions === null) return { operatorId: config.LOBBY_OPERATOR || null, session: null };
    if (sessions.isWorn(session)) await remember(request, response, session, session.untilMs);
    return { operatorId: session.operatorId, session };
  }

  async function remember(request: Request, response: Response, player: LobbyPlayer, untilMs: number): Promise<void> {
    if (sessions === null) throw new Problem('refused');
    const { value, maxAgeMs } = await sessions.seal(player, untilMs);
    setCookie(response, value, maxAgeMs, isOverTls(config, request));
  }

  async function shelfFor({ operatorId, session }: Visitor): Promise<{ shelf: Shelf; hallId: string | null }> {
    if (operatorId === null) throw new Problem('login');
    // Games of the other provider are to be had also while the wallet is away.
    const hallId = session === null ? null : await halls.hallOf(session).catch(() => null);
    const hasStargame = session === null ? await halls.hasStargame(operatorId).catch(() => false) : hallId !== null;
    return { shelf: await catalogue(operatorId, hasStargame), hallId };
  }

  async function enter(request: Request, response: Response, token: string): Promise<void> {
    const verified = config.LOBBY_SECRET === '' ? null : await verifyLobbyToken(config.LOBBY_SECRET, token, now());
    if (verified === null) {
      log.info({ lobby: 'enter', outcome: 'refused', address: request.ip }, 'lobby');
      // Whoever was here before is not whom the link was made for.
      clearCookie(response, isOverTls(config, request));
      response.redirect(303, '/lobby?notice=link');
      return;
    }
    const { player, stayUntilMs } = verified;
    await remember(request, response, player, stayUntilMs);
    log.info({ lobby: 'enter', outcome: 'ok', operator: player.operatorId, user: player.userId }, 'lobby');
    response.redirect(303, '/lobby');
  }

  async function sessionView({ operatorId, session }: Visitor): Promise<SessionView> {
    const player = session === null ? null : await people.player(session);
    return {
      who: session !== null ? 'player' : operatorId === null ? 'nobody' : 'guest',
      casino: casinoName(config, operatorId),
      player:
        player === null || session === null
          ? null
          : { name: nameOf(player), balance: await people.balance(session), blocked: player.blocked },
      homeUrl: session?.homeUrl ?? '',
      depositUrl: session?.depositUrl ?? '',
      loginUrl: config.LOBBY_LOGIN_URL,
      demoPlayers: config.LOBBY_DEMO ? await people.demoPlayers(config.LOBBY_OPERATOR) : [],
    };
  }

  async function gamesView(visitor: Visitor, query: URLSearchParams): Promise<GamesView> {
    const page = Number(query.get('page') ?? '0');
    const wanted = {
      query: query.get('query') ?? '',
      category: query.get('category') ?? '',
      page: Number.isInteger(page) && page >= 0 && page <= PAGE_MAX ? page : 0,
    };
    const { shelf } = await shelfFor(visitor);
    const { games, categories } = shelf.on[query.get('device') === 'mobile' ? 'mobile' : ''];
    const found = await search(pageOf(games, wanted));
    return wanted.page === 0 ? { ...found, categories } : found;
  }

  async function launch(request: Request, visitor: Visitor): Promise<LaunchView> {
    const read = launchBody.safeParse(request.body);
    if (!read.success) throw new Problem('unknown_game');
    const { key, mode, device } = read.data;
    const { operatorId, session } = visitor;
    const requestId = deps.newRequestId();
    const said = { lobby: 'launch', operator: operatorId, user: session?.userId ?? '', game: key, mode, requestId };
    const count = (outcome: string): void => {
      const provider = /^(platform|stargame):/.exec(key)?.[1] ?? 'unknown';
      launches.inc({ provider, mode, outcome });
    };
    try {
      const { shelf, hallId } = await shelfFor(visitor);
      const game = shelf.byKey.get(key);
      if (game === undefined || operatorId === null) throw new Problem('unknown_game');
      if (mode === 'real' && session === null) throw new Problem('login');
      const player = session === null ? null : await people.player(session);
      if (mode === 'real' && player?.blocked === true) throw new Problem('blocked');
      const lobbyUrl = ownUrl(config, request);
      const answer = await launchGame(jobs, {
        game,
        mode,
        device,
        operatorId,
        session,
        currencyCode: player?.currencyCode ?? '',
        hallId,
        homeUrl: `${lobbyUrl}/home`,
        lobbyOrigin: new URL(lobbyUrl).origin,
        requestId,
      });
      count('ok');
      log.info({ ...said, outcome: 'ok', openAs: answer.openAs }, 'lobby');
      return answer;
    } catch (error) {
      const problem = problemOf(error);
      count(problem.code);
      const cause = problem.cause === undefined ? {} : { reason: String(problem.cause) };
      log.info({ ...said, outcome: problem.code, ...cause }, 'lobby');
      throw problem;
    }
  }

  const router = Router({ caseSensitive: true, strict: true });
  router.use(securityHeaders(config));
  router.get('/', async (request, response) => {
    const token = queryOf(request).get('token');
    if (token !== null) return enter(request, response, token);
    const { operatorId } = await visitor(request, response);
    response.type('html').send(assets.page('lobby.html', { casino: casinoName(config, operatorId) }));
  });
  router.get('/home', (_request, response) => {
    response.type('html').send(assets.page('home.html', {}));
  });
  router.get('/assets/:name', assets.serve);

  /** An answer in JSON, to somebody who does not ask too often. */
  const answer =
    (limit: RateLimit, what: (request: Request, visitor: Visitor, response: Response) => Promise<object>) =>
    async (request: Request, response: Response): Promise<void> => {
      const who = await visitor(request, response);
      const waitMs = limit(
        who.session === null ? addressGroup(`${request.ip}`) : `${who.session.operatorId}/${who.session.userId}`,
      );
      if (waitMs > 0) {
        response.set('Retry-After', String(Math.ceil(waitMs / 1000)));
        throw new Problem('too_fast');
      }
      response.json(await what(request, who, response));
    };
  const ownPageOnly: express.RequestHandler = (request, _response, next) =>
    next(isFromLobby(config, request) ? undefined : new Problem('refused'));
  const json = express.json({ limit: BODY_MAX_BYTES });

  router.get(
    '/api/session',
    answer(mayAsk, (_request, who) => sessionView(who)),
  );
  router.get(
    '/api/games',
    answer(mayAsk, (request, who) => gamesView(who, queryOf(request))),
  );
  router.get(
    '/api/balance',
    answer(mayAsk, async (_request, { session }) => {
      if (session === null) throw new Problem('expired');
      return people.balance(session);
    }),
  );
  router.post('/api/launch', ownPageOnly, json, answer(mayLaunch, launch));
  router.post(
    '/api/leave',
    ownPageOnly,
    answer(mayAsk, async (request, _who, response) => {
      clearCookie(response, isOverTls(config, request));
      return {};
    }),
  );
  if (config.LOBBY_DEMO) {
    router.post(
      '/api/demo',
      ownPageOnly,
      json,
      answer(mayAsk, async (request, _who, response) => {
        // A page elsewhere can have its own name lead to this machine.
        if (!isLoopback(request.hostname)) throw new Problem('refused');
        const read = demoBody.safeParse(request.body);
        if (!read.success || !DEMO_USERS.includes(read.data.userId)) throw new Problem('refused');
        const subject = { operatorId: config.LOBBY_OPERATOR, userId: read.data.userId };
        await people.player(subject);
        const player = { ...subject, homeUrl: '', depositUrl: '', language: '' };
        await remember(request, response, player, now() + DEMO_SESSION_MS);
        return {};
      }),
    );
  }
  router.use((_request, response) => void response.status(404).type('text/plain').send('not found\n'));
  router.use(onError(log));
  return router;
}

/** What failed is told as a player can understand it. The path has no token: /lobby itself asks nobody. */
const onError = (log: Logger): ErrorRequestHandler => {
  return (error, request, response, _next) => {
    if (response.headersSent) {
      response.end();
      return;
    }
    // What express can't read: a body that is no JSON or too large, or a path.
    const code = (error as { status?: unknown }).status;
    const isUnread = !(error instanceof Problem) && typeof code === 'number' && code >= 400 && code < 500;
    const problem = isUnread ? new Problem('refused') : problemOf(error);
    if (problem.code === 'unavailable' && problem.cause !== undefined && request.path !== '/api/launch') {
      log.warn({ lobby: request.path, reason: String(problem.cause) }, 'the lobby could not answer');
    }
    response.status(isUnread ? code : problem.httpStatus).json(problem.view);
  };
};

const casinoName = (config: LobbyConfig, operatorId: string | null): string =>
  config.LOBBY_NAME || operatorId || 'Casino';

/** express parses no queries on this port. */
const queryOf = (request: Request): URLSearchParams => new URLSearchParams(request.url.split('?')[1] ?? '');

const ownUrl = (config: LobbyConfig, request: Request): string =>
  config.LOBBY_URL || `${request.protocol}://${request.host}/lobby`;
