import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** More than a tick of the adapter's pauses. */
const MOMENT_MS = 10;

/**
 * The time, by `performance.now()`, and then a tick of the adapter's pauses and a look at the sockets: no pause that begins later, be
 * it the machine's own, makes bytes that come from now on count from before that time.
 */
export async function aMoment(): Promise<number> {
  const nowMs = performance.now();
  await sleep(MOMENT_MS);
  await nextTurn();
  return nowMs;
}
