import { hash } from 'node:crypto';
import { z } from 'zod';

/** Every mistake, each with field and rule, and never with a value: some are a player's keys. */
export type Mistakes = { mistakes: string[] };

/** StarGame, DEMO mode: for players who need no terminal; wins are not kept. */
export const DEMO_SESSION = { sid: '777', key1: '777', key2: '777' } as const;

const BASE_URL = 'https://apiserver.solutions';

const digits = z.string({ error: 'must be a string of digits' }).regex(/^\d{1,20}$/, 'must be 1 to 20 digits');
const session = { sid: digits, key1: digits, key2: digits };

const showgame = z.strictObject({
  gameid: digits,
  ...session,
  lang: z.enum(['en', 'ru'], { error: 'must be en or ru' }).optional(),
});

/** The window with the game. StarGame, API for working with HTML5 games, step 3; sid is what the sessions call sessionid. */
export function showgameUrl(parameters: z.input<typeof showgame>, baseUrl = BASE_URL): { url: string } | Mistakes {
  return checked(showgame, parameters, ({ gameid, sid, key1, key2, lang }) => ({
    url: `${baseUrl}/showgame?${new URLSearchParams({ gameid, sid, key1, key2, ...(lang ? { lang } : {}) })}`,
  }));
}

const toteOpbetting = z.strictObject({
  gameid: digits,
  /** The terminal. */
  ulogin: digits,
  /** The terminal's password, in the clear: the link has its md5 digest. */
  password: z.string({ error: 'must be a string' }).min(1, 'must not be empty'),
  /** A random number, against caches. */
  x: z.string({ error: 'must be a string of digits' }).regex(/^\d+(\.\d+)?$/, 'must be a number'),
});

/** The link with the terminal's own login. StarGame, Games display on webpage, Using HTML5. */
export function toteOpbettingUrl(
  parameters: z.input<typeof toteOpbetting>,
  baseUrl = BASE_URL,
): { url: string } | Mistakes {
  return checked(toteOpbetting, parameters, ({ gameid, ulogin, password, x }) => ({
    url: `${baseUrl}/tote_opbetting3?${new URLSearchParams({ gameid, ulogin, upass: hash('md5', password), x })}`,
  }));
}

const SIZE_RULE = 'must be 1 to 10000 pixels as a number, or 1% to 100%';
const size = z.union(
  [z.int(SIZE_RULE).min(1, SIZE_RULE).max(10_000, SIZE_RULE), z.string().regex(/^([1-9]|[1-9]\d|100)%$/, SIZE_RULE)],
  { error: SIZE_RULE },
);

const functionName = z
  .string({ error: 'must be the name of a function' })
  .regex(/^[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,3}$/, 'must be the name of a JavaScript function');

const starconfigParameters = z.strictObject({
  hallId: digits,
  hallSecret: z.string({ error: 'must be a string' }).min(1, 'must not be empty'),
  /** The terminal. */
  login: digits,
  gameid: digits,
  width: size.optional(),
  height: size.optional(),
  /** Called with the player's balance. */
  balanceChange: functionName.optional(),
  closeWindow: functionName.optional(),
  logo: z
    .string({ error: 'must be a string' })
    .regex(/^[\p{L}\p{N} ]{1,20}$/u, 'must be 1 to 20 letters, digits and spaces')
    .optional(),
  logoword: z
    .string({ error: 'must be a string' })
    .regex(/^[A-Za-z]{1,9}$/, 'must be 1 to 9 Latin letters')
    .optional(),
});

/** What embed.js reads, in the document's order. Numbers as in the sample. */
export type Starconfig = {
  login: number | string;
  hash: string;
  gameid: number | string;
  width?: number | string;
  height?: number | string;
  balanceChange?: string;
  closeWindow?: string;
  logo?: string;
  logoword?: string;
};

/**
 * StarGame, Fast integration: the object, and the statement that a page has between `<script>` and `</script>` before it loads
 * embed.js. Nothing in it can end the script or a string.
 */
export function starconfig(
  parameters: z.input<typeof starconfigParameters>,
): { config: Starconfig; script: string } | Mistakes {
  return checked(starconfigParameters, parameters, ({ hallId, hallSecret, login, gameid, ...optional }) => {
    const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    const config: Starconfig = {
      login: numeric(login),
      hash: starconfigHash(hallId, hallSecret, login),
      gameid: numeric(gameid),
      ...given,
    };
    return { config, script: `var starconfig = ${scriptSafe(JSON.stringify(config))};` };
  });
}

/** md5 of hall number, secret word and user id. StarGame, Fast integration. */
export function starconfigHash(hallId: string, hallSecret: string, login: string): string {
  return hash('md5', hallId + hallSecret + login);
}

const flash = z.strictObject({
  ...session,
  gameid: digits,
  config: z
    .url({ protocol: /^https?$/, error: 'must be a whole http or https URL' })
    .regex(/^[^&"'<>\s]*$/, 'must have no &, quotes, angle brackets and blanks')
    .optional(),
});

/** For the flash loader: the movie, and what its page has as flashvars. StarGame, Direct integration. */
export function flashParameters(
  parameters: z.input<typeof flash>,
  baseUrl = BASE_URL,
): { movie: string; flashvars: string } | Mistakes {
  return checked(flash, parameters, ({ sid, key1, key2, gameid, config = `${baseUrl}/flashconfig.php` }) => ({
    movie: `${baseUrl}/public/tote/GameLoader.swf`,
    flashvars: `SID=${sid}&KEY1=${key1}&KEY2=${key2}&gameid=${gameid}&config=${config}`,
  }));
}

function checked<Schema extends z.ZodType, T>(
  schema: Schema,
  parameters: z.input<Schema>,
  make: (parameters: z.output<Schema>) => T,
): T | Mistakes {
  const parsed = schema.safeParse(parameters);
  return parsed.success ? make(parsed.data) : { mistakes: parsed.error.issues.map(describeIssue) };
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')}: not a parameter`;
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** A number where it can be one. */
const numeric = (text: string): number | string => (String(Number(text)) === text ? Number(text) : text);

const scriptSafe = (json: string): string =>
  json.replace(/[<>&'\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
