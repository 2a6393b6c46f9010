import { status } from '@grpc/grpc-js';

/**
 * A call that ends with a gRPC status other than OK. `message` goes to the caller as it is, so it says what to do about it and holds
 * no secret; `cause` is for the log only. Refusals of money operations are not faults: they are values, `Outcome.reason`.
 */
export class Fault extends Error {
  readonly code: status;

  constructor(code: status, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
  }
}

/** INVALID_ARGUMENT. `field` is the name in the proto, as "currency_code". */
export const invalidArgument = (field: string, problem: string): Fault =>
  new Fault(status.INVALID_ARGUMENT, `${field}: ${problem}`);

export const notFound = (what: string): Fault => new Fault(status.NOT_FOUND, `${what} not found`);

export const alreadyExists = (message: string): Fault => new Fault(status.ALREADY_EXISTS, message);

export const failedPrecondition = (message: string): Fault => new Fault(status.FAILED_PRECONDITION, message);

/** Nothing was done; it may be asked again at once elsewhere, or here later. */
export const unavailable = (message: string, cause: unknown): Fault =>
  new Fault(status.UNAVAILABLE, message, { cause });

/** It is not known whether it was done: ask again, with the same idempotency key. */
export const outcomeUnknown = (cause: unknown): Fault =>
  new Fault(status.UNKNOWN, 'the database was lost meanwhile: it is not known whether this was done, ask again', {
    cause,
  });
