import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { createArrivals } from '../../src/adapter/arrivals.ts';
import { createServer } from '../../src/adapter/server.ts';
import { aMoment } from './moment.ts';
import { GO, REQUEST, SENT, type SenderData } from './sender.ts';

/** What comes while the process stands still counts from before that, and nothing else does. */

const BLOCKED_MS = 200;
const CONNECTIONS = 10;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test.each(['in a timer', 'while the sockets are looked at', 'in an immediate'])(
  'the process stands still %s: what comes meanwhile counts from before',
  async (where) => {
    const { server, atMs } = await start();
    const { state } = await startSender(server);
    await aMoment();
    // A first request on a connection that lives on, as those of the thread.
    const bystander = await ask(server);
    await expect.poll(() => atMs.length, { interval: 1 }).toBe(1);

    const beforeMs = await aMoment();
    const pause = Promise.withResolvers<number>();
    const stand = (): void => {
      const beganAtMs = performance.now();
      Atomics.store(state, GO, 1);
      Atomics.notify(state, GO);
      // The kernel has them all, long before this ends.
      while (Atomics.load(state, SENT) < 2 * CONNECTIONS || performance.now() < beganAtMs + BLOCKED_MS);
      pause.resolve(beganAtMs);
    };
    if (where === 'in a timer') setTimeout(stand, 1);
    else if (where === 'in an immediate') setImmediate(stand);
    else {
      server.prependOnceListener('request', stand);
      bystander.write(REQUEST);
    }
    const beganAtMs = await pause.promise;
    const requests = 2 * CONNECTIONS + (where === 'while the sockets are looked at' ? 2 : 1);
    await expect.poll(() => atMs.length, { interval: 1, timeout: 20_000 }).toBe(requests);
    for (const firstByteAtMs of atMs.slice(1)) {
      expect(firstByteAtMs).toBeGreaterThanOrEqual(beforeMs);
      expect(firstByteAtMs).toBeLessThanOrEqual(beganAtMs);
    }

    const afterMs = await aMoment();
    bystander.write(REQUEST);
    await ask(server);
    await expect.poll(() => atMs.length, { interval: 1, timeout: 20_000 }).toBe(requests + 2);
    for (const firstByteAtMs of atMs.slice(requests)) expect(firstByteAtMs).toBeGreaterThanOrEqual(afterMs);
  },
);

/** A server that answers at once, and tells when each request arrived. */
async function start() {
  const arrivals = createArrivals();
  const atMs: number[] = [];
  const server = createServer(
    (request, response) => {
      atMs.push(arrivals.firstByteAtMs(request));
      response.end();
    },
    { tls: null, maxConnections: 100, requestTimeoutMs: 60_000 },
  );
  arrivals.watch(server, 60_000);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
    arrivals.closeIdle();
  });
  return { server, atMs };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function startSender(server: Server): Promise<SenderData> {
  const state = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const data: SenderData = { port: portOf(server), connections: CONNECTIONS, state };
  const worker = new Worker(new URL('./sender.ts', import.meta.url), { workerData: data });
  cleanups.push(() => worker.terminate());
  await once(worker, 'message');
  return data;
}

/** Sends a request on a new connection. */
async function ask(server: Server) {
  const socket = connect(portOf(server), '127.0.0.1');
  await once(socket, 'connect');
  cleanups.push(() => socket.destroy());
  socket.resume();
  socket.write(REQUEST);
  return socket;
}
