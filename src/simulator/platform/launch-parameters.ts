import { z } from 'zod';

const matching = (pattern: RegExp, error: string) => z.string().regex(pattern, error);
// PLATFORM v2.49, Important Notes, 5: no string has a |.
const text = (max: number) =>
  matching(new RegExp(`^[^|]{1,${max}}$`, 'u'), `must have 1 to ${max} characters, without |`);
const pageUrl = text(500).refine(
  (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
  'must be a whole http or https URL',
);

const common = {
  operator_id: text(20),
  language: z.string().max(5, 'must have at most 5 characters').default('en'),
  device: z.enum(['desktop', 'mobile'], { error: 'must be desktop or mobile' }).optional(),
  home_url: pageUrl.optional(),
  /** What home_url was called before v2.16, and still is in the template of a fun launch. */
  lobby_url: pageUrl.optional(),
};

/** PLATFORM v2.49, Game in REAL mode. Beside lobby_id, game_id is ignored. */
const real = z
  .object({
    ...common,
    mode: z.literal('real'),
    game_id: matching(/^\d{1,6}$/, 'must be a number of up to 6 digits').optional(),
    lobby_id: text(64).optional(),
    token: matching(/^[A-Za-z0-9]{20,50}$/, 'must have 20 to 50 letters or digits'),
    currency: text(4),
    deposit_url: pageUrl.optional(),
    group: matching(/^[A-Za-z0-9]{1,14}$/, 'must have 1 to 14 letters or digits').optional(),
    clientName: text(14).optional(),
  })
  .refine(({ game_id, lobby_id }) => game_id !== undefined || lobby_id !== undefined, {
    path: ['game_id'],
    error: 'is needed, or lobby_id',
  });

/** PLATFORM v2.49, Game in FUN/DEMO mode. */
const fun = z.object({
  ...common,
  mode: z.literal('fun'),
  game_id: matching(/^\d{1,6}$/, 'must be a number of up to 6 digits'),
  currency: text(4).default('FUN'),
});

const launchSchema = z.discriminatedUnion('mode', [real, fun], { error: 'mode: must be real or fun' });

export type Launch = z.output<typeof launchSchema>;

/** The GET parameters of a launch, or what is wrong with which; never their values, one of which is a token. */
export function readLaunch(query: unknown): { launch: Launch } | { mistakes: string[] } {
  const parsed = launchSchema.safeParse(query);
  if (parsed.success) return { launch: parsed.data };
  return { mistakes: parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) };
}

/** The languages that the game has; English for all others. */
export const languageOf = (tag: string): 'en' | 'ru' => (/^ru\b/i.test(tag.replace('_', '-')) ? 'ru' : 'en');
