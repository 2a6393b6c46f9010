import { setTimeout as delay } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { decimalText } from '../decimal.ts';
import { phpNumber } from './amounts.ts';
import type { ApiOperation, Faults } from './faults.ts';
import type { Game, Lobby } from './games.ts';
import { ExactNumber, type Json, printJson } from './json.ts';
import { balanceLimitsAnswer, ggrLimitsAnswer } from './limits.ts';
import { pictureUrls } from './pictures.ts';
import type { Row } from './report-book.ts';
import { apiAuthorization, isSame } from './signatures.ts';
import type { Operator, State } from './state.ts';
import { isDay, previousDay } from './times.ts';

/** JSON text, or what is wrong with the request. */
type Answer = { json: Json } | { mistake: string };
type Asked = { operator: Operator; request: Request; baseUrl: string };

/** PLATFORM's own APIs: v2.49, Games and Lobbies list API to Hand history API. */
export function createApi({ state, faults }: { state: State; faults: Faults }): Router {
  const router = Router();

  const serve = (path: string, operation: ApiOperation, answer: (asked: Asked) => Answer): void => {
    router.get(path, async (request, response) => {
      const operator = authorized(state, operation, request);
      if (operator === undefined) sendDenied(response);
      else
        await send(faults, operation, request, response, () =>
          answer({ operator, request, baseUrl: baseUrlOf(request) }),
        );
    });
  };

  serve('/games/list/all', 'games', ({ operator, baseUrl }) => ({
    json: { games: [...operator.games.values()].map((game) => gameEntry(game, baseUrl)) },
  }));
  serve('/lobbies/list/all', 'lobbies', ({ operator, baseUrl }) => ({
    json: { lobbies: operator.lobbies.map((lobby) => lobbyEntry(lobby, baseUrl)) },
  }));
  serve('/businessReport', 'businessReport', ({ operator, request }) => {
    const { date } = request.query;
    if (typeof date !== 'string' || !isDay(date)) return { mistake: 'date must be yyyy-mm-dd' };
    const calledDay = faults.take('businessReport', 'another_day');
    const day = calledDay === undefined ? date : (calledDay.day ?? previousDay(date));
    return { json: state.book.rowsOf(operator.operatorId, date).map((row) => reportEntry({ ...row, day })) };
  });
  serve('/balanceLimits', 'balanceLimits', ({ operator, request }) => {
    const { currencies } = request.query;
    const asked = typeof currencies === 'string' ? currencies.split(',') : [];
    const ggr = state.ggrSince(operator.operatorId, operator.balanceBaseline);
    return { json: balanceLimitsAnswer(operator.balanceLimits, ggr, asked) };
  });
  serve('/ggrLimits', 'ggrLimits', ({ operator }) => ({
    json: ggrLimitsAnswer(operator.ggrLimits, state.ggrSince(operator.operatorId, operator.ggrBaseline)),
  }));
  serve('/handHistory/:transactionId/:historyId', 'handHistory', ({ operator, request }) => {
    const { transactionId = '', historyId = '' } = request.params as Record<string, string>;
    const history = state.findHandHistory({ operatorId: operator.operatorId, transactionId, historyId });
    if (history === undefined || history.vendor !== request.get('x-vendor-id')) {
      return { json: { success: false, message: 'Hand history not found' } };
    }
    const data = history.type === 'json' ? new ExactNumber(history.body) : history.body;
    return { json: { success: true, data, type: history.type } };
  });
  return router;
}

/** The operator, where the request is signed as its own. */
function authorized(state: State, operation: ApiOperation, request: Request): Operator | undefined {
  const operator = state.operators.get(request.get('x-operator-id') ?? '');
  if (operator === undefined) return undefined;
  const expected = apiAuthorization(operation, operator.operatorId, operator.secret);
  if (!isSame(request.get('x-authorization'), expected)) return undefined;
  const needsVendor = operation === 'handHistory';
  return needsVendor && !request.get('x-vendor-id') ? undefined : operator;
}

const PROXY_DENIES = `<html>
<head><title>403 Forbidden</title></head>
<body><center><h1>403 Forbidden</h1></center><hr><center>nginx</center></body>
</html>
`;
const PROXY_CHECKS =
  '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>';

const sendDenied = (response: Response): void => void response.status(403).type('html').send(PROXY_DENIES);

/** The answer, or what is due to go wrong in its place. */
async function send(
  faults: Faults,
  operation: ApiOperation,
  request: Request,
  response: Response,
  answer: () => Answer,
): Promise<void> {
  const slow = faults.take(operation, 'slow');
  if (slow !== undefined) await delay(slow.ms);
  if (faults.take(operation, 'drop') !== undefined) return void request.socket.destroy();
  if (faults.take(operation, 'status_403') !== undefined) return sendDenied(response);
  if (faults.take(operation, 'html') !== undefined) return void response.type('html').send(PROXY_CHECKS);
  if (faults.take(operation, 'empty') !== undefined) return void response.status(200).end();
  if (faults.take(operation, 'status_500') !== undefined) {
    return void response.status(500).type('html').send('<h1>Internal Server Error</h1>');
  }
  const busy = faults.take(operation, 'status_429');
  if (busy !== undefined) {
    return void response
      .status(429)
      .set('retry-after', String(busy.retryAfterSeconds))
      .type('text')
      .send('Too Many Requests');
  }
  const answered = answer();
  if ('mistake' in answered) return void response.status(400).json({ error: answered.mistake });
  const text = printJson(answered.json);
  const isTruncated = faults.take(operation, 'truncated') !== undefined;
  return void response.type('json').send(isTruncated ? text.slice(0, Math.floor((text.length * 2) / 3)) : text);
}

/** Where this simulator is to whoever asks. */
const baseUrlOf = (request: Request): string =>
  `${request.protocol}://${request.get('host') ?? 'localhost'}${request.baseUrl.replace(/\/api\/generic$/, '')}`;

const gameEntry = ({ details, ...game }: Game, baseUrl: string): Json => ({
  ...game,
  details: { thumbnails: pictureUrls(baseUrl, 'games', String(game.id)), ...details } as Json,
});

const lobbyEntry = ({ details, ...lobby }: Lobby, baseUrl: string): Json => ({
  ...lobby,
  details: { thumbnails: pictureUrls(baseUrl, 'lobbies', lobby.lobby_id), ...details } as Json,
});

/** Sums are numbers, but the GGR is a string, as in PLATFORM's sample. */
const reportEntry = ({ operatorId, vendor, currencyCode, day, figures }: Row): Json => ({
  entity_name: operatorId,
  vendor,
  currency_code: currencyCode,
  bets_sum: phpNumber(figures.bets_sum),
  bets_count: figures.bets_count,
  wins_count: figures.wins_count,
  wins_sum: phpNumber(figures.wins_sum),
  freespins_sum: phpNumber(figures.freespins_sum),
  freespins_count: figures.freespins_count,
  jackpots_count: figures.jackpots_count,
  jackpots_sum: phpNumber(figures.jackpots_sum),
  gross_gaming_revenue: decimalText(figures.gross_gaming_revenue),
  date: day,
});
