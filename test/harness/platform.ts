import { createHash } from 'node:crypto';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

/** PLATFORM, as far as an operator meets it: signs requests and posts them, byte for byte as the test wrote them. */
export type PlatformClient = {
  /** Sends a signed command; `data` is JSON text, so that a 20-digit id or `3.0` goes out as it was written. */
  send: (command: string, data: string, overrides?: Overrides) => Promise<PlatformAnswer>;
  /** Posts any body with any headers to `path`; nothing is added but Content-Type and Content-Length where absent. */
  post: (path: string, body: string | Buffer, headers?: Record<string, string>) => Promise<PlatformAnswer>;
  get: (path: string, headers?: Record<string, string>) => Promise<PlatformAnswer>;
  close: () => void;
};

/** What to send in place of the correct value. A header that is null is left out. */
export type Overrides = {
  timestamp?: string;
  hash?: string;
  /** the last part of the path, where it is to differ from `command` */
  path?: string;
  headers?: Record<string, string | null>;
};

export type PlatformAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** the body as it came */
  text: string;
  /**
   * The body's `response`, null where the body has none. Numbers are given as the text that came in: a balance is '420.76',
   * a 20-digit id loses nothing. A test that means the difference between 3 and "3" looks at `text`.
   */
  response: PlatformResponse | null;
  /** `response.hash` is sha1(status + response_timestamp + secret) */
  isSigned: boolean;
};

export type PlatformResponse = {
  status: string;
  response_timestamp: string;
  hash: string;
  data: Record<string, unknown>;
};

export function createPlatformClient(options: {
  /** the adapter: http://127.0.0.1:port */
  url: string;
  operatorId?: string;
  secret?: string;
  now?: () => Date;
  maxSockets?: number;
}): PlatformClient {
  const { url, operatorId = 'examplecasino', secret = 'secret_key', now = () => new Date() } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: options.maxSockets ?? 256 });

  const call = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<PlatformAnswer> =>
    new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, url), { method, agent, headers }, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const response = parseResponse(text);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            response,
            isSigned: response !== null && response.hash === responseHash(response, secret),
          });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });

  const post: PlatformClient['post'] = (path, body, headers = {}) => {
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    return call(
      'POST',
      path,
      { 'content-type': 'application/json; charset=utf-8', 'content-length': String(bytes.length), ...headers },
      bytes,
    );
  };

  return {
    send: (command, data, overrides = {}) => {
      const timestamp = overrides.timestamp ?? formatTimestamp(now());
      const hash = overrides.hash ?? sha1(command + timestamp + secret);
      const headers = {
        'x-operator-id': operatorId,
        'x-authorization': sha1(command + secret),
        ...overrides.headers,
      };
      return post(
        `/platform/${overrides.path ?? command}`,
        requestBody(command, timestamp, hash, data),
        Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null)),
      );
    },
    post,
    get: (path, headers = {}) => call('GET', path, headers),
    close: () => agent.destroy(),
  };
}

export function requestBody(command: string, timestamp: string, hash: string, data: string): string {
  return `{"command":${JSON.stringify(command)},"request_timestamp":${JSON.stringify(timestamp)},"hash":${JSON.stringify(hash)},"data":${data}}`;
}

/** PLATFORM v2.49, Request: `Y-m-d H:i:s` in UTC. */
export function formatTimestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

export function sha1(text: string): string {
  return createHash('sha1').update(text, 'utf8').digest('hex');
}

function responseHash(response: PlatformResponse, secret: string): string {
  return sha1(response.status + response.response_timestamp + secret);
}

/** JSON.parse's reviver is given each number's source text: ids and amounts never pass through a JavaScript number here. */
function parseResponse(text: string): PlatformResponse | null {
  const keepSource = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' ? context.source : value;
  try {
    const body = JSON.parse(text, keepSource as (key: string, value: unknown) => unknown) as {
      response?: PlatformResponse;
    } | null;
    return body?.response ?? null;
  } catch {
    return null;
  }
}
