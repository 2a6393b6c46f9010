import { type Reading, readMetrics } from './metrics-reading.ts';
import type { Target } from './targets.ts';

export type Scraped = {
  target: Target;
  state: 'up' | 'not ready' | 'down';
  detail: string;
  /** Null where the process is down. */
  reading: Reading | null;
  atMs: number;
};

const TIMEOUT_MS = 1_500;
const METRICS_MAX_BYTES = 8 * 1024 * 1024;

/** Asks a process how it is and what it counted. Never throws. */
export async function scrape(target: Target, now: () => number): Promise<Scraped> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const [ready, metrics] = await Promise.all([
      fetch(`${target.url}/readyz`, { signal, redirect: 'error' }).then(async (answer) => ({
        isReady: answer.ok,
        text: (await answer.text()).trim().slice(0, 200),
      })),
      fetch(`${target.url}/metrics.json`, { signal, redirect: 'error' }).then(readBody),
    ]);
    const state = ready.isReady ? 'up' : 'not ready';
    return { target, state, detail: ready.isReady ? '' : ready.text, reading: readMetrics(metrics), atMs: now() };
  } catch (error) {
    return { target, state: 'down', detail: describe(error), reading: null, atMs: now() };
  }
}

async function readBody(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`/metrics.json answers ${answer.status}`);
  const text = await answer.text();
  if (text.length > METRICS_MAX_BYTES) throw new Error('/metrics.json is too long');
  return JSON.parse(text);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS} ms`;
  const cause = error.cause instanceof Error && 'code' in error.cause ? String(error.cause.code) : '';
  return cause === 'ECONNREFUSED' ? 'nothing listens there' : cause || error.message.slice(0, 200);
}
