import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * A thread that sends requests while the test's own stands still. It says when `connections` connections stand, then waits until
 * `state[GO]` is 1, sends a request on each of these and on as many new ones, and counts in `state[SENT]` what the kernel took.
 */

export type SenderData = { port: number; connections: number; state: Int32Array<SharedArrayBuffer> };
export const GO = 0;
export const SENT = 1;
export const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

if (parentPort !== null) send(workerData as SenderData, parentPort.postMessage.bind(parentPort));

function send({ port, connections, state }: SenderData, say: (text: string) => void): void {
  const request = (socket: Socket): void => {
    socket.write(REQUEST, () => {
      Atomics.add(state, SENT, 1);
    });
  };
  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
    });
  void Promise.all(Array.from({ length: connections }, open)).then((sockets) => {
    say('connected');
    Atomics.wait(state, GO, 0);
    for (const socket of sockets) request(socket);
    for (let count = 0; count < connections; count++) void open().then(request);
  });
}
