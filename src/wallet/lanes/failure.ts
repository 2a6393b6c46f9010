import { errnoOf, isDuplicateKey, isLost, isPassing } from '../../common/db.ts';

/**
 * What stopped a batch.
 * passing: nothing was done, and again may do: a deadlock, a snapshot conflict, a lock wait, or an id that another lane wrote
 *   first (the next load sees it).
 * killed: the statement was ended, by the watchdog of a deadline.
 * lost: the connection is gone or can't be trusted; what was in flight may have been done.
 * bad: the server refuses the statements themselves.
 */
export type Failure = 'passing' | 'killed' | 'lost' | 'bad';

const INTERRUPTED = 1317;
/** This server has turned read-only, and will not do it now. */
const READ_ONLY: ReadonlySet<number> = new Set([1290, 1836]);

/** Whether a write that ended with this may have been committed all the same: its connection went, or its server was going. */
export function leavesCommitOpen(error: unknown): boolean {
  return isLost(error) || errnoOf(error) === INTERRUPTED;
}

export function failureOf(error: unknown): Failure {
  if (isPassing(error) || isDuplicateKey(error)) return 'passing';
  const errno = errnoOf(error);
  if (errno === INTERRUPTED) return 'killed';
  if (isLost(error) || (errno !== null && READ_ONLY.has(errno))) return 'lost';
  return 'bad';
}
