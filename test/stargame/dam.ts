import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line to the wallet on which answers can be held back, and then lost. */
export type Dam = AsyncDisposable & {
  /** host:port */
  address: string;
  /** From now on what the wallet says does not arrive. */
  holdBack: () => void;
  /** Loses what was held back, and the connections with it; new ones flow. */
  lose: () => void;
};

export async function startDam(address: string): Promise<Dam> {
  const [host, port] = address.split(':');
  const open = new Set<Socket>();
  let isHolding = false;
  const server = createServer((client) => {
    const upstream = connect({ host: host ?? '127.0.0.1', port: Number(port) });
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
    client.on('data', (bytes) => upstream.write(bytes));
    upstream.on('data', (bytes) => {
      if (!isHolding) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroyAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    holdBack: () => {
      isHolding = true;
    },
    lose: () => {
      isHolding = false;
      destroyAll();
    },
    [Symbol.asyncDispose]: async () => {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
