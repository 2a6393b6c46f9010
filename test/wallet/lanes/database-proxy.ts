import { connect, createServer, type Server, type Socket } from 'node:net';
import { track } from '../../harness/leaks.ts';

/** Stands between an engine and the database, byte for byte, until a test has it do harm to a COMMIT or take the database away. */
export type DatabaseProxy = {
  /** The database, through the proxy. */
  url: string;
  /** What happens to the next COMMIT; resolves when it has come this far. */
  nextCommit: (fate: CommitFate) => Promise<HeldCommit>;
  /** Holds back the next statement that contains `text`; resolves when it has come this far, with what lets it go on. */
  holdNext: (text: string) => Promise<() => void>;
  /** As a database that is away: connections are closed as soon as they are opened, and those that are open now are cut. */
  away: () => void;
  back: () => void;
  close: () => Promise<void>;
};

/**
 * lost before: never reaches the server, and the connection is cut. lost after: the server has it, nothing that it answers comes
 * through, and the connection stays until the test cuts it. late: the connection is cut, and what it carried is still on its way.
 */
export type CommitFate = 'lost before' | 'lost after' | 'late';

export type HeldCommit = {
  /** Cuts the engine's connection. */
  cut: () => void;
  /** Lets a late COMMIT arrive. */
  arrive: () => void;
  /** Ends the server's side of a late one before it arrived: it is rolled back. */
  vanish: () => void;
};

type Plan = { fate: CommitFate; reached: (held: HeldCommit) => void };
type Hold = { text: string; reached: (release: () => void) => void };

const COM_QUERY = 3;

export async function createDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let plan: Plan | null = null;
  let hold: Hold | null = null;
  let isAway = false;

  const server: Server = createServer((client) => {
    if (isAway) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    remember(clients, client);
    remember(upstreams, upstream);
    let linked = true;
    client.on('close', () => linked && upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (bytes) => linked && client.write(bytes));

    forEachPacket(client, (packet) => {
      if (hold !== null && packet.includes(hold.text)) {
        const { reached } = hold;
        hold = null;
        reached(() => upstream.write(packet));
        return;
      }
      const next = plan;
      if (next === null || !isCommit(packet)) {
        upstream.write(packet);
        return;
      }
      plan = null;
      linked = next.fate === 'lost before';
      if (next.fate === 'lost after') upstream.write(packet);
      if (next.fate !== 'lost after') client.destroy();
      next.reached({
        cut: () => client.destroy(),
        arrive: () => upstream.write(packet),
        vanish: () => upstream.destroy(),
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(databaseUrl);
  url.host = `127.0.0.1:${address.port}`;

  const end = async (): Promise<void> => {
    for (const socket of [...clients, ...upstreams]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const untrack = track('database proxy', end);
  return {
    url: url.href,
    nextCommit: (fate) =>
      new Promise((reached) => {
        plan = { fate, reached };
      }),
    holdNext: (text) =>
      new Promise((reached) => {
        hold = { text, reached };
      }),
    away: () => {
      isAway = true;
      for (const client of clients) client.destroy();
    },
    back: () => {
      isAway = false;
    },
    close: async () => {
      untrack();
      await end();
    },
  };
}

function remember(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.once('close', () => sockets.delete(socket));
}

/** MySQL's packets: three bytes of length, one of sequence, and so many of payload. */
function forEachPacket(socket: Socket, take: (packet: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUIntLE(0, 3)) {
      const end = 4 + rest.readUIntLE(0, 3);
      take(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  });
}

function isCommit(packet: Buffer): boolean {
  return packet[4] === COM_QUERY && packet.subarray(-6).toString('latin1') === 'COMMIT';
}
