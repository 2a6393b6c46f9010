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

const TIMEOUT_MS = 5_000;
/** As the link itself ends what waits. */
const DROPPED = { code: 'CONNECTION_DROPPED' };

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
    const link = createLink(database.url);
    await link.ready();
    expect(await link.run(['SELECT 9223372036854775807, NULL', "SELECT 'a', 'b'"], TIMEOUT_MS)).toEqual([
      [['9223372036854775807', null]],
      [['a', 'b']],
    ]);
    expect(await link.run(["SELECT 'c'"], TIMEOUT_MS)).toEqual([[['c']]]);
    expect(link.threadId()).toBeGreaterThan(0);
    await link.close();
  });

  test('stop at the first that fails', async () => {
    const link = createLink(database.url);
    await link.ready();
    await link.run(['CREATE TABLE stops_at (n INT PRIMARY KEY)'], TIMEOUT_MS);
    const statements = [
      'INSERT INTO stops_at VALUES (1)',
      'INSERT INTO stops_at VALUES (1)',
      'INSERT INTO stops_at VALUES (2)',
    ];
    await expect(link.run(statements, TIMEOUT_MS)).rejects.toMatchObject({ errno: 1062 });
    expect(await link.run(['SELECT n FROM stops_at'], TIMEOUT_MS)).toEqual([[[expect.anything()]]]);
    await link.close();
  });

  test('run as the lanes need them: READ COMMITTED, strict, and with a short wait for locks', async () => {
    const link = createLink(database.url);
    await link.ready();
    const asked =
      'SELECT @@SESSION.innodb_lock_wait_timeout, @@SESSION.wait_timeout, @@SESSION.time_zone, @@SESSION.sql_mode';
    const [rows] = await link.run([asked], TIMEOUT_MS);
    expect(rows).toEqual([['1', '60', '+00:00', expect.stringContaining('STRICT_ALL_TABLES')]]);
    await link.close();
  });
});

describe('a link', () => {
  test('that is not open says so, and opens again after it was dropped', async () => {
    const link = createLink(database.url);
    expect(link.threadId()).toBeNull();
    await expect(link.run(['SELECT 1'], TIMEOUT_MS)).rejects.toThrow(/not open/);
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
    const link = createLink(nowhere.href);
    await expect(link.ready()).rejects.toThrow();
    await expect(link.ready()).rejects.toThrow();
    await link.close();
  });

  test('that gets no answer in time is dropped, and everything that stood behind it rejects', async () => {
    await using road = await startRoad();
    const link = createLink(road.url);
    await link.ready();
    road.fallSilent();
    const answers = await Promise.allSettled([
      link.run(['SELECT 1'], 100),
      link.run(['SELECT 2'], TIMEOUT_MS),
      link.run(['SELECT 3'], TIMEOUT_MS),
    ]);
    expect(answers).toEqual(Array(3).fill({ status: 'rejected', reason: expect.objectContaining(DROPPED) }));
    expect(link.threadId()).toBeNull();
    await link.ready();
    expect(await link.run(["SELECT 'a'"], TIMEOUT_MS)).toEqual([[['a']]]);
    await link.close();
  });

  test('that is dropped rejects everything that waits, and what did not wait long is forgotten', async () => {
    const link = createLink(database.url);
    await link.ready();
    // Its time must not run on and end the connection of somebody else.
    await link.run(["SELECT 'a'"], 150);
    const waiting = link.run(["SELECT CONCAT('', SLEEP(0.3))"], TIMEOUT_MS);
    expect(await waiting).toEqual([[['0']]]);
    const doomed = expect(link.run(['SELECT SLEEP(5)'], TIMEOUT_MS)).rejects.toMatchObject(DROPPED);
    link.drop();
    await doomed;
  });

  test('that falls silent before it is ready gives up, and opens at the next try', async () => {
    let silent = true;
    // Greeting and login come through; the answer to what the connection is prepared with does not.
    await using road = await startRoad((client, bytes, { turn }) => {
      if (turn < 3 || !silent) client.write(bytes);
    });
    const link = createLink(road.url);
    await expect(link.ready()).rejects.toThrow();
    silent = false;
    await link.ready();
    expect(await link.run(["SELECT 'a'"], TIMEOUT_MS)).toEqual([[['a']]]);
    await link.close();
  }, 10_000);

  test('cut anywhere while it opens rejects, and opens at the next try', async () => {
    // A connection takes some hundred bytes to open, and its first answer some more; wherever it breaks, the process goes on.
    for (let at = 1; at <= 240; at += 12) {
      let cutAt = at;
      await using road = await startRoad((client, bytes, { fromServer }) => {
        client.write(bytes);
        if (fromServer < cutAt) return;
        cutAt = Number.POSITIVE_INFINITY;
        client.destroy();
      });
      const link = createLink(road.url);
      const ask = async (): Promise<unknown> => {
        await link.ready();
        return link.run(["SELECT 'a'"], TIMEOUT_MS);
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
    const link = createLink(road.url);
    await link.ready().catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtException', note);
    expect(sent).toBe(1);
    expect(told).toEqual([]);
    link.drop();
  });
});
