import { status } from '@grpc/grpc-js';
import { UnrecoverableError } from 'bullmq';
import { codeOf } from './wallet.ts';

const MARK = 'permanent: ';

/** What no further attempt can mend: the job fails at once and stays failed, for people to see. */
export const permanentFailure = (message: string): UnrecoverableError => new UnrecoverableError(MARK + message);

/** Whether a job failed for good, by the reason that is kept with it. */
export const isPermanent = (failedReason: string | null | undefined): boolean =>
  failedReason?.startsWith(MARK) === true;

/** Statuses that the same call gets again, however often it is made. */
const FINAL: readonly (status | undefined)[] = [status.NOT_FOUND, status.INVALID_ARGUMENT];

/** An error as the queue is to see it: permanent where the wallet's answer to this job can never be another. */
export function asJobError(error: unknown): unknown {
  return FINAL.includes(codeOf(error)) ? permanentFailure((error as Error).message) : error;
}
