/**
 * Why a call has no answer.
 * - `invalid_request`: the request breaks a rule of the document; nothing was sent. The message names field and rule.
 * - `not_sent`: breaker open, queue full, no connection: nothing was done.
 * - `unknown`: time-out, connection lost after sending, 5xx: it is not known whether it was done.
 * - `malformed`: the answer is not what the document says; it is not known whether it was done. `raw` has the answer.
 */
export type RemoteErrorKind = 'invalid_request' | 'not_sent' | 'unknown' | 'malformed';

/** A call that ended without an answer. Message and `raw` never have a secret. */
export class RemoteError extends Error {
  readonly kind: RemoteErrorKind;
  readonly operation: string;
  /** The answer as it came, secrets redacted, cut to a bounded length; of a malformed answer only. */
  readonly raw: string | null;

  constructor(
    kind: RemoteErrorKind,
    operation: string,
    message: string,
    options: { raw?: string; cause?: unknown } = {},
  ) {
    super(`${operation}: ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'RemoteError';
    this.kind = kind;
    this.operation = operation;
    this.raw = options.raw ?? null;
  }
}
