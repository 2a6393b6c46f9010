import { z } from 'zod';
import type { ConfigTable } from '../../common/config.ts';
import { isBaseUrl, withoutTrailingSlash } from '../outbound/base-url.ts';

const HOST = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?$/;
const hostMistake =
  'must be a host, with a port where it is not 443, or an https:// URL, or http:// on loopback, without user, query and fragment';

/** A host, or a base URL where launches have a path or are on this machine. */
const isLaunchHost = (text: string): boolean => (HOST.test(text) ? isBaseUrl(`https://${text}`) : isBaseUrl(text));

const vendorHosts = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .pipe(
    z
      .array(z.string().regex(/^[^=]+=[^=]+$/, 'must be vendor=host pairs, separated by commas'))
      .transform(
        (entries) => new Map(entries.map((entry) => entry.split('=').map((part) => part.trim()) as [string, string])),
      ),
  )
  .refine((hosts) => [...hosts.values()].every(isLaunchHost), { error: hostMistake })
  .transform((hosts) => new Map([...hosts].map(([vendor, host]) => [vendor, withoutTrailingSlash(host)])));

/** PLATFORM gives each operator its launch hosts; they differ by vendor. */
export const launchConfig = {
  GAME_LAUNCH_HOST: z
    .string()
    .refine(isLaunchHost, { error: hostMistake })
    .transform(withoutTrailingSlash)
    .optional()
    .describe('host of game and lobby launch URLs, given by PLATFORM, or a whole URL, as https://host/path'),
  GAME_LAUNCH_HOSTS: vendorHosts.describe(
    'launch hosts of vendors with one of their own: `vendor=host`, comma-separated',
  ),
} satisfies ConfigTable;

export type LaunchHosts = {
  GAME_LAUNCH_HOST?: string | undefined;
  GAME_LAUNCH_HOSTS: ReadonlyMap<string, string>;
};

/** The host, or base URL, to launch a vendor's games on; undefined where none is configured. */
export function launchHost(hosts: LaunchHosts, vendor: string): string | undefined {
  return hosts.GAME_LAUNCH_HOSTS.get(vendor) ?? hosts.GAME_LAUNCH_HOST;
}

const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, error);

// "None of the STRING type parameters should contain the symbol |" (PLATFORM v2.49, Important Notes, 5).
const text = (maxLength: number) =>
  matching(
    new RegExp(`^[^|\\p{Cc}\\p{Cs}]{1,${maxLength}}$`, 'u'),
    `must have 1 to ${maxLength} characters, without | and control characters`,
  );

const pageUrl = text(500).pipe(z.url({ protocol: /^https?$/, error: 'must be a whole http or https URL' }));

const common = {
  operator_id: text(20),
  language: matching(/^[A-Za-z]{2,3}(-[A-Za-z]{2})?$/, 'must be an IETF language tag of at most 5 characters, as en-US')
    .max(5, 'must have at most 5 characters')
    .default('en'),
  home_url: pageUrl.optional(),
  device: z.enum(['desktop', 'mobile'], { error: 'must be desktop or mobile' }).optional(),
};

const gameId = matching(/^\d{1,6}$/, 'must be a number of at most 6 digits');
const currency = matching(/^[A-Za-z0-9]{1,4}$/, 'must have 1 to 4 letters or digits');

/** PLATFORM v2.49, "Game in REAL mode". The document has no format for lobby ids: the bound is the wallet's. */
const real = z
  .strictObject({
    ...common,
    mode: z.literal('real'),
    game_id: gameId.optional(),
    lobby_id: text(64).optional(),
    token: matching(/^[A-Za-z0-9]{20,50}$/, 'must have 20 to 50 letters or digits'),
    currency,
    deposit_url: pageUrl.optional(),
    group: matching(/^[A-Za-z0-9]{1,14}$/, 'must have 1 to 14 letters or digits').optional(),
    clientName: text(14).optional(),
  })
  // PLATFORM ignores game_id beside lobby_id: whoever gives both expects something else.
  .refine((launch) => (launch.game_id === undefined) !== (launch.lobby_id === undefined), {
    path: ['game_id'],
    error: 'give either game_id or lobby_id',
  });

/**
 * PLATFORM v2.49, "Game in FUN/DEMO mode". Its template says lobby_url, its table home_url, to which v2.16 renamed it "for FUN and REAL
 * mode": home_url is sent under both names, so that the way back works whichever one a launch host reads. currency is in the
 * template only: sent where it is given.
 */
const fun = z.strictObject({ ...common, mode: z.literal('fun'), game_id: gameId, currency: currency.optional() });

const launchParameters = z.discriminatedUnion('mode', [real, fun]);

/** The GET parameters of a launch, under PLATFORM's names. Absent `language` is English. */
export type LaunchParameters = z.input<typeof launchParameters>;

/** In the order of the document's examples. */
const ORDER = [
  'operator_id',
  'mode',
  'game_id',
  'lobby_id',
  'device',
  'token',
  'currency',
  'language',
  'home_url',
  'lobby_url',
  'deposit_url',
  'group',
  'clientName',
] as const;

/**
 * The URL that shows a game or lobby to a player (PLATFORM v2.49, "Game and lobby launch"). `host` is one of launchHost.
 * Fails with what is wrong with which parameters; never with their values, one of which is the player's token.
 */
export function buildLaunchUrl(host: string, parameters: LaunchParameters): { url: string } | { mistakes: string[] } {
  const parsed = launchParameters.safeParse(parameters);
  if (!parsed.success) {
    return { mistakes: parsed.error.issues.map(describeIssue) };
  }
  const query = new URLSearchParams();
  const { mode, home_url } = parsed.data;
  const launch: Partial<Record<(typeof ORDER)[number], string | undefined>> = {
    ...parsed.data,
    lobby_url: mode === 'fun' ? home_url : undefined,
  };
  for (const name of ORDER) {
    const value = launch[name];
    if (value !== undefined) {
      query.set(name, value);
    }
  }
  return { url: `${host.includes('://') ? host : `https://${host}`}/?${query}` };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `${issue.keys.join(', ')}: not a parameter of this mode`;
  }
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** A profile may have anything. */
const MAX_TAG_CHARS = 100;

/**
 * The language tag of at most 5 characters that says best what `text` says, as a browser or a player's profile has it: `en_US` is
 * en-US, `zh-Hans-CN` zh-CN, `eng` en, `fil-PH` fil. English where it is no tag, as PLATFORM falls back itself.
 */
export function languageTag(text: string): string {
  const known = knownTags.get(text);
  if (known !== undefined) return known;
  const tag = readTag(text);
  if (knownTags.size < KNOWN_TAGS_MAX) knownTags.set(text, tag);
  return tag;
}

/** Players have few languages between them, and Intl takes its time with each. */
const knownTags = new Map<string, string>();
const KNOWN_TAGS_MAX = 1_000;

function readTag(text: string): string {
  // Without the character set of en_US.UTF-8, and without the weight and the other languages of a list.
  const [tag = ''] = text
    .trim()
    .slice(0, MAX_TAG_CHARS)
    .split(/[.@;,\s]/);
  const [language = '', ...rest] = tag.replaceAll('_', '-').split('-');
  if (!/^[A-Za-z]{2,3}$/.test(language)) return 'en';
  // After a single letter come private words, among which two letters are no country.
  const end = rest.findIndex((part) => part.length === 1);
  const region = (end === -1 ? rest : rest.slice(0, end)).find((part) => /^[A-Za-z]{2}$/.test(part));
  const locale = new Intl.Locale(region === undefined ? language : `${language}-${region}`);
  return locale.baseName.length <= 5 ? locale.baseName : locale.language;
}

/** How a page opens a game or lobby. */
export type OpenAs = 'frame' | 'redirect' | 'new_tab';

/**
 * PLATFORM v2.49: mobile games "should NOT be opened in an <iframe>", and Live168 works in a tab of its own only. `platform` is what the
 * games list says of the game, `device` what the launch asks for; `newTabLobbies` are lobbies or vendors. Empty: not known.
 */
export function openAs(launch: {
  platform: string;
  device: string;
  lobbyId: string;
  vendor: string;
  newTabLobbies: readonly string[];
}): OpenAs {
  const newTab = new Set(launch.newTabLobbies.map(plain));
  newTab.delete('');
  if (newTab.has(plain(launch.lobbyId)) || newTab.has(plain(launch.vendor))) return 'new_tab';
  return plain(launch.device) === 'mobile' || isMobileOnly(launch.platform) ? 'redirect' : 'frame';
}

const plain = (text: string): string => text.trim().toLowerCase();

const isMobileOnly = (platform: string): boolean => /mobile/i.test(platform) && !/desktop/i.test(platform);
