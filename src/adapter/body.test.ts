import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerUnread, readBody } from './body.ts';

const LIMIT_BYTES = 1_000;

let server: Server;
let port: number;

/** Echoes bodies within the limit; refuses the path /refused unread. */
beforeEach(async () => {
  server = createServer((incoming, response) => {
    if (incoming.url === '/refused') {
      answerUnread(incoming, response, 403, false);
      return;
    }
    readBody(
      incoming,
      LIMIT_BYTES,
      (body) => response.end(body),
      () => answerUnread(incoming, response, 413, true),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
});

function post(
  path: string,
  chunks: Buffer[],
): Promise<{ status: number; body: Buffer; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, path, method: 'POST', host: '127.0.0.1' }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          body: Buffer.concat(parts),
          connection: incoming.headers.connection,
        }),
      );
    });
    outgoing.on('error', reject);
    for (const chunk of chunks) outgoing.write(chunk);
    outgoing.end();
  });
}

/** All that comes back on a connection until the server closes it. */
function untilClosed(sent: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(sent);
  });
}

describe('readBody', () => {
  it('gives the body, in however many chunks it comes', async () => {
    const body = Buffer.alloc(LIMIT_BYTES, 'é');
    expect((await post('/', [body])).body).toEqual(body);
    const inChunks = await post('/', [body.subarray(0, 7), body.subarray(7, 500), body.subarray(500)]);
    expect(inChunks.body).toEqual(body);
    expect((await post('/', [])).body).toHaveLength(0);
  });

  it.each([
    ['announces', `Content-Length: ${LIMIT_BYTES + 1}\r\n\r\n${'x'.repeat(LIMIT_BYTES + 1)}`],
    ['streams', `Transfer-Encoding: chunked\r\n\r\n800\r\n${'x'.repeat(0x800)}\r\n0\r\n\r\n`],
    ['announces and never sends', 'Content-Length: 99999999999\r\n\r\n'],
  ])('answers 413 to who %s more, and closes the connection', async (_how, rest) => {
    const received = await untilClosed(`POST / HTTP/1.1\r\nHost: x\r\n${rest}`);
    expect(received).toMatch(/^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/s);
    expect(received.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('lets the peer see the 413 although it is still sending', async () => {
    const { status, connection } = await post(
      '/',
      Array.from({ length: 8 }, () => Buffer.alloc(64 * 1024)),
    );
    expect({ status, connection }).toEqual({ status: 413, connection: 'close' });
  });
});

describe('answerUnread', () => {
  it('answers before the body has come, and keeps the connection for the next request', async () => {
    const sent = `POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello`;
    const next = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnext';
    expect(await untilClosed(sent + next)).toMatch(/^HTTP\/1\.1 403 .*HTTP\/1\.1 200 .*\r\n\r\nnext$/s);
  });

  it('ends a connection that sends on and on', async () => {
    const endless = Buffer.concat([
      Buffer.from('POST /refused HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'),
      Buffer.alloc(2 * 1024 * 1024, 'x'),
    ]);
    expect(await untilClosed(endless)).toMatch(/^HTTP\/1\.1 403 /);
  });
});
