import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to the database that can be cut at the worst moment. */
export type CuttableLine = AsyncDisposable & {
  /** The database's URL through this line. */
  url: string;
  /**
   * Cuts the next connection that sends a COMMIT, when the server's answer to it is here and before it is passed on: the server has
   * done it, and its client can't know. `thenDown`: and all others with it, and none gets through until `restore`. Resolves when
   * that has happened.
   */
  cutAtCommit: (options: { thenDown: boolean }) => Promise<void>;
  /** Lets connections through again after a cut that left the line down. */
  restore: () => void;
};

const COMMIT = Buffer.from(';COMMIT');

export async function startCuttableLine(databaseUrl: string): Promise<CuttableLine> {
  const target = new URL(databaseUrl);
  const open = new Set<Socket>();
  let armed: (() => void) | null = null;
  let down = false;

  const destroyAll = (): void => {
    for (const socket of open) socket.destroy();
  };

  const server = createServer((client) => {
    if (down) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: target.hostname, port: Number(target.port) });
    let cut: (() => void) | null = null;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        open.delete(socket);
        end();
      });
    }
    client.on('data', (bytes) => {
      if (armed !== null && bytes.includes(COMMIT)) {
        cut = armed;
        armed = null;
      }
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (cut === null) {
        client.write(bytes);
        return;
      }
      end();
      cut();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutAtCommit: ({ thenDown }) =>
      new Promise((resolve) => {
        armed = () => {
          down = thenDown;
          if (thenDown) destroyAll();
          resolve();
        };
      }),
    restore: () => {
      down = false;
    },
    [Symbol.asyncDispose]: async () => {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
