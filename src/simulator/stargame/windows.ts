import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { decimalText } from '../decimal.ts';
import type { Random } from '../random.ts';
import { findGame, gameName } from './games.ts';
import { drawWin, type Play } from './play.ts';
import type { Session, State, Terminal } from './state.ts';
import { windowPage } from './window-page.ts';

/** StarGame, DEMO mode: the one session that anybody may play with, for credits that come by themselves. */
const DEMO_KEY = '777';
const DEMO_UNITS = 100_000n;
const BET_UNITS = 10n;
const LINES = 5;

export type Windows = ReturnType<typeof createWindows>;

/** The game itself: a window in which a launched game can be opened and played. */
export function createWindows(deps: { state: State; play: Play; random: Random }) {
  const { state, play, random } = deps;
  let demoUnits = DEMO_UNITS;

  /** `GET /showgame?gameid&sid&key1&key2&lang`: StarGame, API for working with HTML5 games, step 3. */
  async function show(request: Request, response: Response): Promise<void> {
    const session = readSession(request.query);
    const player = findPlayer(session);
    if (player === undefined) sendDenied(response);
    else await sendWindow(request, response, session, player);
  }

  /** `GET /tote_opbetting3?gameid&ulogin&upass`: StarGame, Using HTML5. `upass` is md5 of the password. */
  async function showByPassword(request: Request, response: Response): Promise<void> {
    const terminal = state.terminals.get(text(request.query.ulogin));
    if (terminal === undefined || terminal.passwordMd5 !== text(request.query.upass)) {
      sendDenied(response);
      return;
    }
    await sendWindow(request, response, terminal.session ?? state.openSession(terminal), terminal);
  }

  /** `POST /spin`, JSON as the window sends it: one round. */
  async function spin(request: Request, response: Response): Promise<void> {
    const body: Record<string, unknown> = request.body ?? {};
    const player = findPlayer(readSession(body));
    const gameId = readGameId(body.gameid);
    if (player === undefined || gameId === null) response.status(403).json({ status: 'closed' });
    else if (player === 'demo') response.json(spinDemo());
    else response.json(await spinAt(player, gameId));
  }

  function spinDemo(): object {
    if (demoUnits < BET_UNITS) demoUnits = DEMO_UNITS;
    const winUnits = drawWin(random, BET_UNITS);
    demoUnits += winUnits - BET_UNITS;
    return played(winUnits, demoUnits);
  }

  async function spinAt(terminal: Terminal, gameId: number): Promise<object> {
    const round = await play.playRound(terminal, { betUnits: BET_UNITS, gameId, lines: LINES });
    if (round.status !== 'played') return { status: round.status };
    return played(round.winUnits, round.balanceUnits);
  }

  function findPlayer(session: Session): Terminal | 'demo' | undefined {
    const isDemo = [session.sessionId, session.key1, session.key2].every((key) => key === DEMO_KEY);
    return isDemo ? 'demo' : state.findSession(session);
  }

  async function sendWindow(
    request: Request,
    response: Response,
    session: Session,
    player: Terminal | 'demo',
  ): Promise<void> {
    const gameId = readGameId(request.query.gameid);
    if (gameId === null || findGame(gameId) === undefined) {
      response.status(404).type('text').send('There is no such game.');
      return;
    }
    // Asked first: with the balance comes the currency.
    const balanceUnits = player === 'demo' ? demoUnits : await play.logIn(player);
    const nonce = randomBytes(16).toString('base64');
    response.set({
      'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; connect-src 'self'`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    response.type('html').send(
      windowPage({
        nonce,
        language: request.query.lang === 'ru' ? 'ru' : 'en',
        name: gameName(gameId),
        betUnits: BET_UNITS,
        balanceUnits,
        currency: player === 'demo' ? 'DEMO' : (player.currencyName ?? player.hall.currencyName),
        spinUrl: `${request.baseUrl}/spin`,
        session: { gameid: gameId, sid: session.sessionId, key1: session.key1, key2: session.key2 },
      }),
    );
  }

  return { show, showByPassword, spin };
}

/** What the window shows of a round: amounts are decimals. */
const played = (winUnits: bigint, balanceUnits: bigint): object => ({
  status: 'played',
  isWin: winUnits > 0n,
  win: decimalText(winUnits),
  balance: decimalText(balanceUnits),
});

function sendDenied(response: Response): void {
  response.status(403).type('text').send('This session is closed.');
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const readSession = (from: Record<string, unknown>): Session => ({
  sessionId: text(from.sid),
  key1: text(from.key1),
  key2: text(from.key2),
});

function readGameId(value: unknown): number | null {
  const digits = String(value);
  return /^\d{1,9}$/.test(digits) ? Number(digits) : null;
}
