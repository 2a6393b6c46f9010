import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 45_000;
const PAUSE_MS = 20;

/** Waits for a fact: asks until the answer is neither undefined nor false, and fails with `what` where it never is. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  while (Date.now() < giveUpAtMs) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) {
      return answer;
    }
    await sleep(PAUSE_MS);
  }
  throw new Error(`it never came to pass that ${what}`);
}
