import { connect, type Socket } from 'node:net';

// Bare sockets, as in generator/http-driver.ts: the generator shares the cores with what it measures.

const READ_BUFFER_BYTES = 8_192;
/** Far over the 50 ms that the game server waits, so that a late answer is seen to be late and not to be missing. */
const GIVE_UP_MS = 2_000;

/** `answer` is the whole HTTP answer; null: there was none, or (`wasSent` false) not even a connection to send on. */
type OnAnswer = (answer: string | null, wasSent: boolean) => void;

type Connection = {
  socket: Socket;
  isOpen: boolean;
  received: string;
  onAnswer: OnAnswer | null;
  giveUp: NodeJS.Timeout | null;
};

/** Keep-alive connections, one exchange at a time on each. */
export type Connections = {
  /** Sends at once: where no connection is idle, one is added. */
  send: (request: string, onAnswer: OnAnswer) => void;
  /** Those that were opened after the first ones. */
  added: () => number;
  inFlight: () => number;
  close: () => void;
};

export async function openConnections(target: { host: string; port: number }, count: number): Promise<Connections> {
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  let inFlight = 0;
  let added = 0;

  const settle = (connection: Connection, answer: string | null): void => {
    const { onAnswer } = connection;
    if (onAnswer === null) return;
    connection.onAnswer = null;
    connection.received = '';
    if (connection.giveUp !== null) clearTimeout(connection.giveUp);
    inFlight--;
    if (answer !== null) idle.push(connection);
    onAnswer(answer, connection.isOpen);
  };

  const open = (): Connection => {
    const socket = connect({
      ...target,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
        callback: (byteCount, buffer) => {
          connection.received += (buffer as Buffer).toString('latin1', 0, byteCount);
          if (isWhole(connection.received)) settle(connection, connection.received);
          return true;
        },
      },
    });
    const connection: Connection = { socket, isOpen: false, received: '', onAnswer: null, giveUp: null };
    all.add(connection);
    socket.on('connect', () => {
      connection.isOpen = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      all.delete(connection);
      const at = idle.indexOf(connection);
      if (at !== -1) idle.splice(at, 1);
      settle(connection, null);
    });
    return connection;
  };

  const first = Array.from({ length: count }, open);
  await Promise.all(first.map(({ socket }) => connected(socket)));
  idle.push(...first);

  return {
    send: (request, onAnswer) => {
      // First in, first out, so that no connection idles until the server closes it.
      let connection = idle.shift();
      if (connection === undefined) {
        added++;
        connection = open();
      }
      const { socket } = connection;
      connection.onAnswer = onAnswer;
      connection.giveUp = setTimeout(() => socket.destroy(), GIVE_UP_MS);
      inFlight++;
      socket.write(request);
    },
    added: () => added,
    inFlight: () => inFlight,
    close: () => {
      for (const { socket } of all) socket.destroy();
    },
  };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
}

function isWhole(answer: string): boolean {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1];
  return length !== undefined && answer.length >= headEnd + 4 + Number(length);
}
