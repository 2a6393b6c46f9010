import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLink } from '../../../src/wallet/lanes/link.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { track } from '../../harness/leaks.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** What happens to what the server sends; `fromServer` counts its bytes so far, `turn` how often it has sent something. */
type Meddler = (client: Socket, bytes: Buffer, so: { fromServer: number; turn: number }) => void;

const passOn: Meddler = (client, bytes) => void client.write(bytes);

/** A way to the database on which connections can be meddled with, and be made to fall silent. */
async function startRoad(meddle: Meddler = passOn) {
  const target = new URL(database.url);
  const sockets = new Set<Socket>();
  let silent = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const so = { fromServer: 0, turn: 0 };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (bytes) => !silent.has(client) && upstream.write(bytes));
    upstream.on('data', (bytes) => {
      if (silent.has(client)) return;
      so.fromServer += bytes.length;
      so.turn += 1;
      meddle(client, bytes, so);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = new URL(database.url);
  url.host = `127.0.0.1:${address.port}`;
  const end = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const untrack = track('road', end);
  return {
    url: url.href,
    /** From now on nothing comes through on the connections of now: as when the machine at the other end has vanished. */
    fallSilent: () => {
      silent = new Set(sockets);
    },
    [Symbol.asyncDispose]: async () => {
      untrack();
      await end();
    },
  };
}

describe('statements', () => {
  test('of one round trip give a result each, BIGINT as text', async () => {
    const link = createLink(database.url, { statementTimeoutMs: 5_000 });
    await link.ready();
    expect(await link.run(['SELECT 9223372036854775807, NULL', "SELECT 'a', 'b'"])).toEqual([
      [['9223372036854775807', null]],
      [['a', 'b']],
    ]);
    expect(await link.run(["SELECT 'c'"])).toEqual([[['c']]]);
    expect(link.threadId()).toBeGreaterThan(0);
    await link.close();
  });

  test('stop at the first that fails', async () => {
    const link = createLink(database.url, { statementTimeoutMs: 5_000 });
    await link.ready();
    await link.run(['CREATE TABLE stops_at (n INT PRIMARY KEY)']);
    const statements = [
      'INSERT INTO stops_at VALUES (1)',
      'INSERT INTO stops_at VALUES (1)',
      'INSERT INTO stops_at VALUES (2)',
    ];
    await expect(link.run(statements)).rejects.toMatchObject({ errno: 1062 });
    expect(await link.run(['SELECT n FROM stops_at'])).toEqual([[[expect.anything()]]]);
    await link.close();
  });

  test('run as the lanes need them: READ COMMITTED, strict, and with a short wait for locks', async () => {
    const link = createLink(database.url, { statementTimeoutMs: 5_000 });
    await link.ready();
    const [rows] = await link.run([
      'SELECT @@SESSION.innodb_lock_wait_timeout, @@SESSION.wait_timeout, @@SESSION.time_zone, @@SESSION.sql_mode',
    ]);
    expect(rows).toEqual([['1', '60', '+00:00', expect.stringContaining('STRICT_ALL_TABLES')]]);
    await link.close();
  });
});

describe('a link', () => {
  test('that is not open says so, and opens again after it was dropped', async () => {
    const link = createLink(database.url, { statementTimeoutMs: 5_000 });
    expect(link.threadId()).toBeNull();
    await expect(link.run(['SELECT 1'])).rejects.toThrow(/not open/);
    await link.ready();
    const first = link.threadId();
    link.drop();
    expect(link.threadId()).toBeNull();
    await link.ready();
    expect(link.threadId()).not.toBe(first);
    await link.close();
    await link.close();
  });

  test('to a server that is not there rejects, and can be tried again', async () => {
    const nowhere = new URL(database.url);
    nowhere.port = '1';
    const link = createLink(nowhere.href, { statementTimeoutMs: 5_000 });
    await expect(link.ready()).rejects.toThrow();
    await expect(link.ready()).rejects.toThrow();
    await link.close();
  });

  test('that gets no answer gives up, and so does everything that stood behind it once it is dropped', async () => {
    await using road = await startRoad();
    const link = createLink(road.url, { statementTimeoutMs: 100 });
    await link.ready();
    road.fallSilent();
    const first = link.run(['SELECT 1']);
    let settled = false;
    const second = link.run(['SELECT 2']).finally(() => {
      settled = true;
    });
    second.catch(() => {});
    await expect(first).rejects.toThrow();
    link.drop();
    // Another connection comes and goes meanwhile: time enough for whoever is told at all.
    await link.ready();
    await link.run(['SELECT 3']);
    await link.close();
    expect(settled).toBe(true);
  });

  test('cut anywhere while it opens rejects, and opens at the next try', async () => {
    // A connection takes a few hundred bytes to open; wherever it breaks, the process goes on.
    for (let at = 1; at <= 400; at += 9) {
      let cutAt = at;
      await using road = await startRoad((client, bytes, { fromServer }) => {
        client.write(bytes);
        if (fromServer < cutAt) return;
        cutAt = Number.POSITIVE_INFINITY;
        client.destroy();
      });
      const link = createLink(road.url, { statementTimeoutMs: 5_000 });
      const ask = async (): Promise<unknown> => {
        await link.ready();
        return link.run(["SELECT 'a'"]);
      };
      const answer = await ask().catch(() => {
        link.drop();
        return ask();
      });
      expect(answer).toEqual([[['a']]]);
      await link.close();
    }
  });

  test('that is told of its end right after it opened does not take the process along', async () => {
    // As MySQL says it when it shuts down: an error that nobody asked for. It comes with the last answer of the opening.
    const shutdown = Buffer.from('\x1c\0\0\0\xff\x1d\x04#08S01Server shutdown now.', 'latin1');
    shutdown.writeUIntLE(shutdown.length - 4, 0, 3);
    const told: unknown[] = [];
    const note = (error: unknown) => void told.push(error);
    process.on('uncaughtException', note);
    let sent = 0;
    // Greeting, login, and the answer to what each connection is prepared with.
    await using road = await startRoad((client, bytes, { turn }) => {
      if (turn === 3) sent += 1;
      client.write(turn === 3 ? Buffer.concat([bytes, shutdown]) : bytes);
    });
    const link = createLink(road.url, { statementTimeoutMs: 1_000 });
    await link.ready().catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', note);
    expect(sent).toBe(1);
    expect(told).toEqual([]);
    link.drop();
  });
});
