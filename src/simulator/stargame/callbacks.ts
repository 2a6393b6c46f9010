import type { Logger } from '../../common/log.ts';
import { formBody, type Signed } from './answer-forms.ts';

const TIMEOUT_MS = 10_000;
const UNDER_WAY_MAX = 1_000;

export type Callbacks = ReturnType<typeof createCallbacks>;

/** Answers that are posted to a `response_url`: once each, whatever comes of it, and no redirect is followed. */
export function createCallbacks(log: Logger) {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  /** `reg_xml` and `reg_sign`, as a request has them. The URL is the caller's secret: it is in no log line. */
  function send(url: string, signed: Signed): void {
    if (underWay.size >= UNDER_WAY_MAX) {
      log.warn('too many callbacks: one is dropped');
      return;
    }
    const sent = post(url, signed).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }

  async function post(url: string, signed: Signed): Promise<void> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: formBody(signed),
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (!response.ok) log.warn({ status: response.status }, 'a callback was not taken');
    } catch (error) {
      log.warn({ reason: error instanceof Error ? error.name : String(error) }, 'a callback got no answer');
    }
  }

  return {
    send,
    /** Resolves once what is under way has been answered or has failed. */
    async settled(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close(): Promise<void> {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
