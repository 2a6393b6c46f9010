import { Agent as HttpAgent, get as httpGet, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { z } from 'zod';

/** What the casino said, with the player's currency, where it named one; lost: nothing that could be understood, in time. */
export type Notified =
  | { status: 'success'; cashUnits: bigint; currencyName: string | null }
  | { status: 'fail' }
  | { status: 'lost' };

const ANSWER_BYTES_MAX = 65_536;
const LOST = { status: 'lost' } as const;

const answerSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('success'), cash: z.number().int(), currencyname: z.string().optional() }),
  z.object({ status: z.literal('fail') }),
]);

export type Notifier = ReturnType<typeof createNotifier>;

/**
 * StarGame, Game Notifications API: GET requests to a casino's notify server, which has `timeoutMs` for the whole exchange, connecting
 * included. Connections are kept. Never rejects.
 */
export function createNotifier(timeoutMs: number) {
  const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

  function send(notifyUrl: string, parameters: Record<string, string>): Promise<Notified> {
    const url = `${notifyUrl}?${new URLSearchParams(parameters)}`;
    return new Promise((resolve) => {
      const options: RequestOptions = { agent: url.startsWith('https:') ? agents.https : agents.http };
      const request = url.startsWith('https:') ? httpsGet(url, options) : httpGet(url, options);
      const timer = setTimeout(() => request.destroy(), timeoutMs);
      const end = (notified: Notified): void => {
        clearTimeout(timer);
        resolve(notified);
      };
      let text = '';
      request.on('response', (response) => {
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (text.length > ANSWER_BYTES_MAX) request.destroy();
        });
        response.on('end', () => end(response.statusCode === 200 ? read(text) : LOST));
      });
      // Also after an error, and where the answer was cut off.
      request.on('error', () => end(LOST));
      request.on('close', () => end(LOST));
    });
  }

  return {
    getBalance: (notifyUrl: string, uid: string, foo: number) =>
      send(notifyUrl, { cmd: 'getBalance', uid, foo: String(foo) }),
    writeBet: (notifyUrl: string, uid: string, betUnits: bigint, winUnits: bigint) =>
      send(notifyUrl, { cmd: 'writeBet', uid, bet: String(betUnits), win: String(winUnits) }),
    close(): void {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function read(text: string): Notified {
  const parsed = answerSchema.safeParse(parseJson(text));
  if (!parsed.success) return LOST;
  if (parsed.data.status === 'fail') return parsed.data;
  const { cash, currencyname } = parsed.data;
  return { status: 'success', cashUnits: BigInt(cash), currencyName: currencyname ?? null };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
