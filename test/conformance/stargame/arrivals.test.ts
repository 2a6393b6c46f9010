import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createArrivals } from '../../../src/adapter/arrivals.ts';
import { createServer, type TlsFiles } from '../../../src/adapter/server.ts';
import { aMoment } from '../../stargame/moment.ts';
import { createCertificate } from '../platform/certificate.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Seen = { firstByteAtMs: number; response: ServerResponse };

/** A server that tells of requests as they are handed out, and of bytes as they come in; requests wait for the test's answer. */
async function start(tls: TlsFiles | null = null, idleMs = 60_000) {
  const arrivals = createArrivals();
  const seen: Seen[] = [];
  const server = createServer(
    (request: IncomingMessage, response: ServerResponse) => {
      request.resume();
      seen.push({ firstByteAtMs: arrivals.firstByteAtMs(request), response });
    },
    { tls, maxConnections: 10, requestTimeoutMs: 60_000 },
  );
  arrivals.watch(server, idleMs);
  const sockets: Socket[] = [];
  let sentBytes = 0;
  server.on(tls === null ? 'connection' : 'secureConnection', (socket: Socket) => {
    // Not by listening to the bytes, which would be to do what is tested.
    sockets.push(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as AddressInfo).port;
  const socket = tls === null ? connect(port, '127.0.0.1') : connectTls({ port, rejectUnauthorized: false });
  await once(socket, tls === null ? 'connect' : 'secureConnect');
  cleanups.push(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  let answers = '';
  socket.on('data', (bytes: Buffer) => {
    answers += bytes.toString();
  });
  return {
    seen,
    arrivals,
    sockets,
    send: async (text: string): Promise<void> => {
      sentBytes += text.length;
      socket.write(text);
      await expect.poll(() => sockets[0]?.bytesRead, { interval: 1, timeout: 20_000 }).toBe(sentBytes);
    },
    answer: async (index: number): Promise<void> => {
      const count = answers.split('HTTP/1.1').length;
      seen[index]?.response.end();
      await expect.poll(() => answers.split('HTTP/1.1').length, { interval: 1, timeout: 20_000 }).toBe(count + 1);
    },
  };
}

async function createTlsFiles(): Promise<TlsFiles> {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-'));
  cleanups.push(() => rm(dir, { recursive: true }));
  const { certificate, key } = createCertificate();
  const files = { certificate: join(dir, 'cert.pem'), key: join(dir, 'key.pem') };
  await writeFile(files.certificate, certificate);
  await writeFile(files.key, key);
  return files;
}

describe('a connection on which nothing comes', () => {
  it('is closed when the server stops, and one with a request under way is not', async () => {
    const { seen, send, answer, arrivals, sockets } = await start();
    await expect.poll(() => sockets.length, { interval: 1, timeout: 20_000 }).toBe(1);
    await send(GET);
    arrivals.closeIdle();
    await expect.poll(() => seen.length, { interval: 1, timeout: 20_000 }).toBe(1);
    await answer(0);

    const { arrivals: others, sockets: silent } = await start();
    await expect.poll(() => silent.length, { interval: 1, timeout: 20_000 }).toBe(1);
    others.closeIdle();
    expect(silent[0]?.destroyed).toBe(true);
  });

  it('is closed after a while', async () => {
    const { sockets } = await start(null, 50);
    await expect.poll(() => sockets[0]?.destroyed, { interval: 1, timeout: 20_000 }).toBe(true);
  });
});

describe('the first byte', () => {
  it.each(['HTTP', 'HTTPS'])('counts where a request dribbles in over %s', async (protocol) => {
    const { seen, send } = await start(protocol === 'HTTPS' ? await createTlsFiles() : null);
    await send(GET.slice(0, 1));
    const afterFirstMs = performance.now();
    for (const byte of GET.slice(1)) await send(byte);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.firstByteAtMs).toBeLessThanOrEqual(afterFirstMs);
  });

  it('is not that of the connection, nor of the request before', async () => {
    const { seen, send, answer } = await start();
    const atMs: number[] = [];
    for (let index = 0; index < 3; index++) {
      atMs.push(await aMoment());
      await send(GET);
      await answer(index);
    }
    for (const [index, { firstByteAtMs }] of seen.entries()) {
      expect(firstByteAtMs).toBeGreaterThanOrEqual(atMs[index] ?? Number.NaN);
    }
  });

  it('is not that of the body before', async () => {
    const { seen, send, answer } = await start();
    await send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n12');
    await send('3');
    await answer(0);
    await send('4');
    const beforeMs = await aMoment();
    await send(GET);
    expect(seen).toHaveLength(2);
    expect(seen[1]?.firstByteAtMs).toBeGreaterThanOrEqual(beforeMs);
  });

  it('of a request that came in the middle of another is when it was handed out', async () => {
    const { seen, send, answer } = await start();
    await send(GET);
    await send(GET.slice(0, 5));
    const beforeMs = await aMoment();
    await send(GET.slice(5));
    expect(seen).toHaveLength(2);
    expect(seen[1]?.firstByteAtMs).toBeGreaterThanOrEqual(beforeMs);
    await answer(0);
    await answer(1);
    const beforeThirdMs = await aMoment();
    await send(GET);
    expect(seen[2]?.firstByteAtMs).toBeGreaterThanOrEqual(beforeThirdMs);
  });
});
