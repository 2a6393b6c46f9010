import { Agent as HttpAgent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

const ANSWER_BYTES_MAX = 262_144;

export type Poster = { timeoutMs: number; http: HttpAgent; https: HttpsAgent };

/** Connections are kept until `closePoster`. `timeoutMs`: for a whole exchange. */
export const createPoster = (timeoutMs: number): Poster => ({
  timeoutMs,
  http: new HttpAgent({ keepAlive: true }),
  https: new HttpsAgent({ keepAlive: true }),
});

export function closePoster({ http, https }: Poster): void {
  http.destroy();
  https.destroy();
}

/** The body of an answer with status 200; null for any other, and where there was none in time. Never rejects. */
export function post(
  { timeoutMs, http, https }: Poster,
  url: string,
  headers: OutgoingHttpHeaders,
  body: string,
): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
    const request = url.startsWith('https:')
      ? httpsRequest(url, { ...options, agent: https })
      : httpRequest(url, { ...options, agent: http });
    const timer = setTimeout(() => request.destroy(), timeoutMs);
    const end = (text: string | null): void => {
      clearTimeout(timer);
      resolve(text);
    };
    let text = '';
    request.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
        if (text.length > ANSWER_BYTES_MAX) request.destroy();
      });
      response.on('end', () => end(response.statusCode === 200 ? text : null));
      response.on('error', () => end(null));
    });
    request.on('error', () => end(null));
    // Also where the answer was cut off.
    request.on('close', () => end(null));
    request.end(body);
  });
}
