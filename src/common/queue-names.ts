// Apart from what needs BullMQ, which takes long to load: the command line knows the names before it knows what it is to do.

/**
 * Every queue there is.
 *
 * | queue | what its jobs do | who adds them |
 * |---|---|---|
 * | void | cancel a bet whose answer could not be given in time | adapter |
 * | credit | credit a win that was not confirmed in time | adapter |
 * | round-close | write a closed round's totals | outbox relay |
 * | sweep | read the ledger on for the books | a schedule |
 * | stargame | carry transfers on, close sessions at StarGame | schedules |
 * | harvest | read StarGame's game logs | a schedule |
 * | reconcile | match game logs with the ledger, and correct | a schedule |
 * | catalogue | read PLATFORM's games and lobbies | a schedule |
 * | reports | pull PLATFORM's reports and limits, and compare | schedules |
 */
export const QUEUES = [
  'void',
  'credit',
  'round-close',
  'sweep',
  'stargame',
  'harvest',
  'reconcile',
  'catalogue',
  'reports',
] as const;

export type QueueName = (typeof QUEUES)[number];
