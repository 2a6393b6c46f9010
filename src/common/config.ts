import { z } from 'zod';

/** Environment variables by name; each variable's schema carries its default, and `.describe()` its line in docs/configuration.md. */
export type ConfigTable = Record<string, z.ZodType>;

/** Thrown with every mistake listed at once, so that a start fails once and not once a variable. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`Configuration:\n${mistakes.map((mistake) => `  - ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/**
 * Reads the variables of `table` from `env`. An empty variable counts as absent, as in most shells' idea of "unset".
 * Values are never part of a message: some are secrets.
 */
export function readConfig<T extends ConfigTable>(
  table: T,
  env: Record<string, string | undefined>,
): { [K in keyof T]: z.output<T[K]> } {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = z.object(table).safeParse(present);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  return parsed.data as { [K in keyof T]: z.output<T[K]> };
}

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

export const milliseconds = (fallback: number, min = 1, max = 600_000) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

export const count = (fallback: number, min = 1, max = 1_000_000) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

export const flag = (fallback: boolean) =>
  z
    .enum(['0', '1'], { error: 'must be 0 or 1' })
    .default(fallback ? '1' : '0')
    .transform((value) => value === '1');

/** A comma-separated list; empty entries are dropped. */
export const list = (fallback = '') =>
  z
    .string()
    .default(fallback)
    .transform((value) =>
      value
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    );

/** What every process reads. */
export const commonConfig = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('`production` refuses demo data, default logins and plain text off loopback'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('pino level'),
  SHUTDOWN_TIMEOUT_MS: milliseconds(10_000).describe(
    'how long a stopping process may drain before it is forced to exit',
  ),
} satisfies ConfigTable;
