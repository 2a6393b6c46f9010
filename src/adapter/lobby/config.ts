import { z } from 'zod';
import { type ConfigTable, flag, list } from '../../common/config.ts';
import { lobbyLinkConfig } from '../../common/lobby-link.ts';
import { isLoopback } from '../../common/loopback.ts';

const operatorId = z.string().regex(/^[A-Za-z0-9_.-]{1,20}$/, 'must be 1 to 20 of A-Z a-z 0-9 _ . -');

const origins = () =>
  list().refine(
    (entries) => entries.every(isOrigin),
    'must be origins, as https://games.example.com or http://127.0.0.1:8070',
  );

/** `operator/currency=hall`: StarGame's halls have one currency each, and amounts come without it. */
const hallsByCurrency = list().transform((entries, context) => {
  const halls = new Map<string, string>();
  for (const entry of entries) {
    const [, key = '', hall] = /^([A-Za-z0-9_.-]{1,20}\/[A-Z0-9]{1,10})=(\d{1,20})$/.exec(entry) ?? [];
    if (hall === undefined) {
      context.addIssue({ code: 'custom', message: 'must be operator/currency=hall, as casino/EUR=1890' });
    } else if (halls.has(key)) context.addIssue({ code: 'custom', message: `has two halls for ${key}` });
    else halls.set(key, hall);
  }
  return halls;
});

export const hallKey = (operatorId: string, currencyCode: string): string => `${operatorId}/${currencyCode}`;

/** The lobby page, in the table of the adapter. It is there where LOBBY_SECRET or LOBBY_OPERATOR is set. */
export const lobbyConfig = {
  ...lobbyLinkConfig,
  LOBBY_OPERATOR: operatorId
    .or(z.literal(''))
    .default('')
    .describe('whose games the lobby shows to guests, who play for fun; empty: it has no guests'),
  LOBBY_NAME: z.string().max(60).default('').describe("the casino's name, above the lobby; empty: the operator's id"),
  LOBBY_LOGIN_URL: z
    .url({ protocol: /^https?$/, error: 'must be a whole http or https URL' })
    .or(z.literal(''))
    .default('')
    .describe("the casino's own login, where the lobby sends guests who want to play for money"),
  LOBBY_DEMO: flag(false).describe(
    '1: guests of the lobby may become one of the demo players of LOBBY_OPERATOR; refused in production, and where the adapter listens off loopback',
  ),
  LOBBY_HALLS: hallsByCurrency.describe(
    "StarGame hall in which an operator's players of a currency, which must be the hall's, are registered when they first play, as `casino/EUR=1890`, comma-separated",
  ),
  LOBBY_PICTURE_ORIGINS: origins().describe(
    'origins that the lobby may load pictures from, besides any https, comma-separated',
  ),
  LOBBY_FRAME_ORIGINS: origins().describe(
    'origins that the lobby may frame games from, besides any https, comma-separated',
  ),
  LOBBY_FRAME_ANCESTORS: origins().describe(
    "origins whose pages may frame the lobby, comma-separated; they must share the lobby's site, or players are not known there",
  ),
  PLATFORM_NEW_TAB_LOBBIES: list('live168').describe(
    'lobbies, or vendors, that only work in a tab of their own; comma-separated',
  ),
} satisfies ConfigTable;

export type LobbyConfig = { [K in keyof typeof lobbyConfig]: z.output<(typeof lobbyConfig)[K]> };

export const isLobbyOn = (config: Pick<LobbyConfig, 'LOBBY_SECRET' | 'LOBBY_OPERATOR'>): boolean =>
  config.LOBBY_SECRET !== '' || config.LOBBY_OPERATOR !== '';

export function lobbyMistakes(config: LobbyConfig & { NODE_ENV: string; ADAPTER_HOST: string }): string[] {
  const mistakes: string[] = [];
  if (config.LOBBY_DEMO && config.NODE_ENV === 'production') {
    mistakes.push('LOBBY_DEMO: not in production, where it would let anybody play for the demo players');
  }
  if (config.LOBBY_DEMO && !isLoopback(config.ADAPTER_HOST)) {
    mistakes.push('LOBBY_DEMO: not where ADAPTER_HOST is off loopback, whence anybody could play for the demo players');
  }
  if (config.LOBBY_DEMO && (config.LOBBY_SECRET === '' || config.LOBBY_OPERATOR === '')) {
    mistakes.push('LOBBY_DEMO: needs LOBBY_SECRET and LOBBY_OPERATOR');
  }
  if (isLobbyOn(config) && config.LOBBY_URL === '' && config.NODE_ENV === 'production') {
    mistakes.push('LOBBY_URL: needed in production where there is a lobby: games lead back there');
  }
  return mistakes;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text;
}
