import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  CURRENCY_CODE,
  GAME_ID,
  OPERATOR_ID,
  OPERATOR_SECRET,
  playerIndexOf,
  roundIdOf,
  tokenOf,
  transactionIdOf,
  userIdOf,
} from '../requests.ts';
import type { Driver, DriverOptions } from './driver.ts';

// The generator shares the cores with what it measures, so it must cost little: bare sockets, one ready-made request a
// connection in which only the ids are overwritten, and just enough parsing to check every answer.

const READ_BUFFER_BYTES = 16_384;

type Connection = {
  socket: Socket | null;
  request: Buffer;
  /** The second that the request's timestamp and hash are of. */
  second: number;
  /** What has arrived of the answer; latin1, so that characters are bytes. */
  received: string;
  inFlight: boolean;
};

/** PLATFORM v2.49, changebalance: BETs over HTTP/1.1 with keep-alive, one connection a slot. */
export async function createHttpDriver(
  target: { host: string; port: number },
  { slots, players, onAnswer }: DriverOptions,
): Promise<Driver> {
  let template = requestTemplate(target, currentSecond());
  let closing = false;

  const open = (slot: number, connection: Connection): Socket => {
    const socket = connect({
      ...target,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BUFFER_BYTES),
        callback: (byteCount, buffer) => {
          connection.received += (buffer as Buffer).toString('latin1', 0, byteCount);
          const fault = faultOfAnswer(connection.received);
          if (fault === undefined) return true;
          connection.received = '';
          connection.inFlight = false;
          onAnswer(slot, fault);
          return true;
        },
      },
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (connection.socket === socket) connection.socket = null;
      connection.received = '';
      if (closing || !connection.inFlight) return;
      connection.inFlight = false;
      onAnswer(slot, 'connection closed');
    });
    return socket;
  };

  const connections = Array.from({ length: slots }, (): Connection => {
    return {
      socket: null,
      request: Buffer.from(template.bytes),
      second: template.second,
      received: '',
      inFlight: false,
    };
  });
  await Promise.all(connections.map((connection, slot) => opened(connection, open(slot, connection))));

  return {
    send: (slot, number) => {
      const connection = connections[slot] as Connection;
      const second = currentSecond();
      if (second !== template.second) template = requestTemplate(target, second);
      if (connection.second !== second) {
        connection.request.set(template.bytes);
        connection.second = second;
      }
      const playerIndex = playerIndexOf(number, players);
      const { request } = connection;
      writeDigits(request, template.at.transactionId, transactionIdOf(number));
      writeDigits(request, template.at.roundId, roundIdOf(number));
      writeDigits(request, template.at.userId, Number(userIdOf(playerIndex)));
      writeDigits(request, template.at.token, Number(userIdOf(playerIndex)));
      connection.inFlight = true;
      connection.socket ??= open(slot, connection);
      connection.socket.write(request);
    },
    close: async () => {
      closing = true;
      for (const { socket } of connections) socket?.destroy();
    },
  };
}

function opened(connection: Connection, socket: Socket): Promise<void> {
  connection.socket = socket;
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
}

const currentSecond = (): number => Math.floor(Date.now() / 1000);
const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

type Template = {
  second: number;
  bytes: Buffer;
  /** Where each id ends, exclusively. */
  at: { transactionId: number; roundId: number; userId: number; token: number };
};

function requestTemplate(target: { host: string; port: number }, second: number): Template {
  const timestamp = new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const body = JSON.stringify({
    command: 'changebalance',
    request_timestamp: timestamp,
    hash: sha1(`changebalance${timestamp}${OPERATOR_SECRET}`),
    data: {
      transaction_type: 'BET',
      reason: 'SPIN',
      amount: 1,
      currency_code: CURRENCY_CODE,
      transaction_id: transactionIdOf(0),
      transaction_timestamp: timestamp,
      round_id: roundIdOf(0),
      round_finished: false,
      game_id: Number(GAME_ID),
      user_id: userIdOf(0),
      token: tokenOf(0),
      context: { reason: 'SPIN', history_id: '1' },
    },
  });
  const head = [
    'POST /platform/changebalance HTTP/1.1',
    `Host: ${target.host}:${target.port}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Operator-Id: ${OPERATOR_ID}`,
    `X-Authorization: ${sha1(`changebalance${OPERATOR_SECRET}`)}`,
  ].join('\r\n');
  const text = `${head}\r\n\r\n${body}`;
  const endOf = (part: string): number => text.indexOf(part) + part.length;
  return {
    second,
    bytes: Buffer.from(text, 'latin1'),
    at: {
      transactionId: endOf(`"transaction_id":${transactionIdOf(0)}`),
      roundId: endOf(`"round_id":${roundIdOf(0)}`),
      userId: endOf(`"user_id":"${userIdOf(0)}`),
      token: endOf(tokenOf(0)),
    },
  };
}

/** Overwrites the digits that end before `end` with those of `value`, which has as many. */
function writeDigits(bytes: Buffer, end: number, value: number): void {
  let rest = value;
  for (let at = end - 1; rest > 0; at--) {
    const tens = Math.floor(rest / 10);
    bytes[at] = 48 + (rest - tens * 10);
    rest = tens;
  }
}

/** Undefined: not all of the answer is here. Null: it is OK. */
function faultOfAnswer(answer: string): string | null | undefined {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headEnd))?.[1];
  if (length === undefined) return 'no content-length';
  if (answer.length < headEnd + 4 + Number(length)) return undefined;
  if (!answer.startsWith('HTTP/1.1 200')) return `HTTP ${answer.slice(9, 12)}`;
  if (answer.includes('"status":"OK"', headEnd)) return null;
  return /"error_code":"(\w+)"/.exec(answer)?.[1] ?? 'not OK';
}
