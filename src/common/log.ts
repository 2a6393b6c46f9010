import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

const SECRET_FIELDS = [
  'secret',
  'token',
  'sessionToken',
  'password',
  'hash',
  'signature',
  'authorization',
  'pathSecret',
];

/** What is kept for a reader that does not read; beyond it, lines are dropped: a stuck log must not take the process with it. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/**
 * A process's logger: JSON lines on stdout, written asynchronously in chunks so that a log line never holds up a request.
 * Fields that are named like a secret are censored at the top and one and two levels down, as a second line of defence: the
 * first is that nobody logs one.
 */
export function createLog(name: string, level: string): Logger {
  return pino(
    {
      name,
      level,
      timestamp: stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: '[redacted]',
      },
    },
    destination({ dest: 1, sync: false, minLength: 12_288, maxLength: MAX_BUFFERED_BYTES, periodicFlush: 100 }),
  );
}
