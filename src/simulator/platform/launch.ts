import { randomBytes } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { decimalText } from '../decimal.ts';
import type { Random } from '../random.ts';
import { readDecimal } from './amounts.ts';
import { errorPage, gamePage, type Links, lobbyPage } from './game-page.ts';
import type { Game } from './games.ts';
import { type Launch, languageOf, readLaunch } from './launch-parameters.ts';
import type { Play } from './play.ts';
import { drawKind, drawWin } from './rounds.ts';
import type { Operator, State } from './state.ts';
import { codeText, type Language, TEXTS } from './texts.ts';

/** A window in which a player plays. */
type Session = {
  id: string;
  operator: Operator;
  launch: Launch;
  language: Language;
  links: Links;
  player: { userId: string; token: string } | null;
  currency: string;
  balanceUnits: bigint;
  isBusy: boolean;
};

const SESSIONS_MAX = 10_000;
const FUN_UNITS = 100_000n;
const BETS = [20n, 50n, 100n, 200n, 500n, 1_000n, 2_500n, 10_000n];

/** The launch host: v2.49, Game and lobby launch. Opens a toy game, or a lobby's tables, and plays there. */
export function createLaunchHost(deps: { state: State; play: Play; random: Random }): Router {
  const { state, play, random } = deps;
  const sessions = new Map<string, Session>();
  const router = Router();
  router.get('/', (request, response) => show(request, response));
  router.get('/table', (request, response) => showTable(request, response));
  router.post('/spin', express.json({ limit: '4kb' }), async (request, response) => {
    response.json(await spin(request.body));
  });

  async function show(request: Request, response: Response): Promise<void> {
    const read = readLaunch(request.query);
    if ('mistakes' in read) {
      return sendError(response, 400, { language: 'en', message: TEXTS.en.broken, details: read.mistakes });
    }
    const { launch } = read;
    const language = languageOf(launch.language);
    const links = linksOf(launch);
    const refuse = (status: number, message: string, details: string[] = []): void =>
      sendError(response, status, { language, links, message, details });

    const operator = state.operators.get(launch.operator_id);
    if (operator === undefined) return refuse(403, TEXTS[language].broken, ['operator_id: not known']);
    const problem = findProblem(operator, launch, language);
    if (problem !== null) return refuse(404, problem);
    const session = await openSession(operator, launch, language, links);
    if ('code' in session) return refuse(403, codeText(language, session.code, TEXTS[language].broken), [session.code]);
    if (launch.mode === 'real' && launch.lobby_id !== undefined) {
      return sendLobby(request, response, session, launch.lobby_id);
    }
    return sendGame(request, response, session, operator.games.get(Number(launch.game_id)));
  }

  /** Why there is nothing to play; null: there is. */
  function findProblem(operator: Operator, launch: Launch, language: Language): string | null {
    if (launch.mode === 'real') {
      if (!operator.currencies.includes(launch.currency)) return codeText(language, 'OP_30', '');
      if (launch.lobby_id !== undefined) {
        const isKnown = operator.lobbies.some(({ lobby_id }) => lobby_id === launch.lobby_id);
        return isKnown ? null : TEXTS[language].unavailable;
      }
    }
    const game = operator.games.get(Number(launch.game_id));
    if (game === undefined || game.enabled === 0) return TEXTS[language].unavailable;
    return launch.mode === 'fun' && game.fun_mode === 0 ? TEXTS[language].noFun : null;
  }

  /** Fun mode never asks the operator. */
  async function openSession(
    operator: Operator,
    launch: Launch,
    language: Language,
    links: Links,
  ): Promise<Session | { code: string }> {
    const opened = {
      id: randomBytes(18).toString('base64url'),
      operator,
      launch,
      language,
      links,
      isBusy: false,
    };
    if (launch.mode === 'fun') {
      return keep({ ...opened, player: null, currency: launch.currency, balanceUnits: FUN_UNITS });
    }
    const identity = await play.authenticate(operator.operatorId, launch.token);
    if ('code' in identity) return identity;
    // The launch is for one currency, and the player has another.
    if (identity.currencyCode !== launch.currency) return { code: 'OP_30' };
    const player = { userId: identity.userId, token: launch.token };
    return keep({ ...opened, player, currency: identity.currencyCode, balanceUnits: identity.balanceUnits });
  }

  function keep(session: Session): Session {
    sessions.set(session.id, session);
    const oldest = sessions.keys().next();
    if (sessions.size > SESSIONS_MAX && !oldest.done) sessions.delete(oldest.value);
    return session;
  }

  /** One of a lobby's tables, with the lobby's own token. */
  async function showTable(request: Request, response: Response): Promise<void> {
    const session = sessions.get(text(request.query.session));
    if (session === undefined) {
      return sendError(response, 403, { language: 'en', message: TEXTS.en.closed, details: [] });
    }
    const table = tablesOf(session).find(({ id }) => String(id) === text(request.query.game_id));
    if (table === undefined) {
      const { language, links } = session;
      return sendError(response, 404, { language, links, message: TEXTS[language].unavailable, details: [] });
    }
    await refresh(session);
    return sendGame(request, response, session, table);
  }

  async function refresh(session: Session): Promise<void> {
    const { operator, player, currency } = session;
    if (player === null) return;
    const units = await play.balance(operator.operatorId, { ...player, currencyCode: currency });
    session.balanceUnits = units ?? session.balanceUnits;
  }

  function sendLobby(request: Request, response: Response, session: Session, lobbyId: string): void {
    const { language, links, operator } = session;
    const vendor = operator.lobbies.find(({ lobby_id }) => lobby_id === lobbyId)?.vendor ?? '';
    const tables = tablesOf(session).map(({ id, title }) => ({
      title,
      url: `${request.baseUrl}/table?${new URLSearchParams({ session: session.id, game_id: String(id) })}`,
    }));
    sendPage(response, 200, (nonce) =>
      lobbyPage({ nonce, language, links, vendor, title: lobbyId.replaceAll('_', ' '), tables }),
    );
  }

  function sendGame(request: Request, response: Response, session: Session, game: Game | undefined): void {
    const { language, links, currency, balanceUnits, player } = session;
    if (game === undefined) throw new Error('no game to show');
    sendPage(response, 200, (nonce) =>
      gamePage({
        nonce,
        language,
        links,
        title: game.title,
        vendor: game.vendor,
        isFun: player === null,
        balance: decimalText(balanceUnits),
        bets: BETS.map(decimalText),
        currency,
        spinUrl: `${request.baseUrl}/spin`,
        session: { session: session.id, gameId: game.id },
      }),
    );
  }

  /** One round, as the page asks for it; what the page shows of it. */
  async function spin(body: unknown): Promise<Shown> {
    const { session: id, gameId, bet } = Object(body) as Record<string, unknown>;
    const session = sessions.get(text(id));
    if (session === undefined) return notPlayed(TEXTS.en.closed, { isOver: true });
    const { language } = session;
    const betUnits = readDecimal(text(bet));
    const game = gameIn(session, gameId);
    if (game === undefined || betUnits === null || !BETS.includes(betUnits)) return notPlayed(TEXTS[language].refused);
    if (session.isBusy) return notPlayed(TEXTS[language].busy);
    session.isBusy = true;
    try {
      return session.player === null
        ? spinFun(session, betUnits)
        : await spinReal(session, session.player, game, betUnits);
    } finally {
      session.isBusy = false;
    }
  }

  function spinFun(session: Session, betUnits: bigint): Shown {
    if (session.balanceUnits < betUnits) return notPlayed(codeText(session.language, 'OP_31', ''));
    const winUnits = drawWin(random, betUnits);
    session.balanceUnits += winUnits - betUnits;
    return shown('spin', winUnits, session.balanceUnits);
  }

  async function spinReal(
    session: Session,
    player: { userId: string; token: string },
    game: Game,
    betUnits: bigint,
  ): Promise<Shown> {
    const { operator, currency, language } = session;
    const kind = drawKind(random);
    const round = await play.playRound({
      operatorId: operator.operatorId,
      ...player,
      gameId: game.id,
      currencyCode: currency,
      betUnits,
      kind,
    });
    if (round.balanceUnits !== null) session.balanceUnits = round.balanceUnits;
    const balance = round.balanceUnits === null ? null : decimalText(round.balanceUnits);
    if (round.status === 'played') return { ...shown(kind, round.winUnits, session.balanceUnits), balance };
    if (round.status !== 'refused') return notPlayed(TEXTS[language][round.status], { balance: null });
    const code = round.code ?? '';
    return notPlayed(codeText(language, code, TEXTS[language].refused), { isOver: code === 'OP_21' });
  }

  return router;
}

/** What the page is told of a round; amounts are decimals. `isOver`: nothing more can be played in this window. */
type Shown = {
  status: 'played' | 'not_played';
  kind: string;
  isWin: boolean;
  win: string;
  balance: string | null;
  message: string;
  isOver: boolean;
};

const shown = (kind: string, winUnits: bigint, balanceUnits: bigint): Shown => ({
  status: 'played',
  kind,
  isWin: winUnits > 0n,
  win: decimalText(winUnits),
  balance: decimalText(balanceUnits),
  message: '',
  isOver: false,
});

const notPlayed = (message: string, more: Partial<Shown> = {}): Shown => ({
  status: 'not_played',
  kind: 'spin',
  isWin: false,
  win: '0.00',
  balance: null,
  message,
  isOver: false,
  ...more,
});

/** The tables of a lobby's vendor, for the player's kind of device. */
function tablesOf({ operator, launch }: Session): Game[] {
  if (launch.mode !== 'real' || launch.lobby_id === undefined) return [];
  const { lobby_id: lobbyId, device = 'desktop' } = launch;
  const vendor = operator.lobbies.find(({ lobby_id }) => lobby_id === lobbyId)?.vendor;
  const games = [...operator.games.values()];
  return games.filter((game) => game.vendor === vendor && game.enabled === 1 && game.platform === device);
}

/** The game that the session may play under this id. */
function gameIn(session: Session, gameId: unknown): Game | undefined {
  const { launch, operator } = session;
  const isLobby = launch.mode === 'real' && launch.lobby_id !== undefined;
  if (isLobby) return tablesOf(session).find(({ id }) => id === gameId);
  return String(gameId) === String(Number(launch.game_id)) ? operator.games.get(Number(gameId)) : undefined;
}

function linksOf(launch: Launch): Links {
  return {
    homeUrl: launch.home_url ?? launch.lobby_url ?? null,
    depositUrl: launch.mode === 'real' ? (launch.deposit_url ?? null) : null,
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const NO_LINKS: Links = { homeUrl: null, depositUrl: null };

function sendError(
  response: Response,
  status: number,
  {
    language,
    links = NO_LINKS,
    message,
    details,
  }: { language: Language; links?: Links; message: string; details: string[] },
): void {
  sendPage(response, status, (nonce) =>
    errorPage({ nonce, language, links, title: TEXTS[language].broken, vendor: '', message, details }),
  );
}

function sendPage(response: Response, status: number, render: (nonce: string) => string): void {
  const nonce = randomBytes(16).toString('base64');
  response.status(status).set({
    'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  });
  response.type('html').send(render(nonce));
}
