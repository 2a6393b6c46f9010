import { RemoteError } from '../../adapter/outbound/remote-error.ts';
import { Fault } from '../../common/fault.ts';
import { codeOf } from '../wallet.ts';

/** Why something could not be asked or kept, in a line that people read beside it. */
export function reasonOf(error: unknown): string {
  if (error instanceof RemoteError || error instanceof Fault) return error.message;
  if (codeOf(error) !== undefined) return "the wallet can't be asked";
  return "the answer can't be kept: the log has more";
}
