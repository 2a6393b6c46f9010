import { type ServiceError, status } from '@grpc/grpc-js';
import { RemoteError } from '../../adapter/outbound/remote-error.ts';
import { Fault } from '../../common/fault.ts';
import { codeOf } from '../wallet.ts';

/** Nothing was done, or what was done is known, with these; of any other it is not known. */
const KNOWN: ReadonlySet<status> = new Set([
  status.NOT_FOUND,
  status.INVALID_ARGUMENT,
  status.FAILED_PRECONDITION,
  status.ALREADY_EXISTS,
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
]);

/** StarGame's definite no, with its code. */
export const refusedByStargame = (code: string): Fault =>
  new Fault(status.FAILED_PRECONDITION, `StarGame refuses: ${code}`);

/** What a caller of ours is told of an error of the wallet or of StarGame; others stay what they are. */
export function callerFault(error: unknown): unknown {
  if (error instanceof RemoteError) return remoteFault(error);
  const code = codeOf(error);
  if (code === undefined) return error;
  if (KNOWN.has(code)) return new Fault(code, (error as ServiceError).details, { cause: error });
  if (code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED) {
    return new Fault(status.UNAVAILABLE, "the wallet doesn't let the jobs do that: WALLET_TOKEN", { cause: error });
  }
  return new Fault(status.UNKNOWN, 'the wallet did not say whether it was done: ask again', { cause: error });
}

function remoteFault(error: RemoteError): Fault {
  switch (error.kind) {
    case 'invalid_request':
      return new Fault(status.INVALID_ARGUMENT, error.message, { cause: error });
    case 'not_sent':
      return new Fault(status.UNAVAILABLE, "StarGame can't be reached: nothing was done", { cause: error });
    case 'unknown':
    case 'malformed':
      return new Fault(status.UNKNOWN, 'StarGame did not say whether it was done: look before you ask again', {
        cause: error,
      });
  }
}
