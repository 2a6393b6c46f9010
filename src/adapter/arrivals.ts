import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createPauses, type Pauses } from './pauses.ts';

/** Tells when the first byte of a request came in: a budget that a peer counts runs from there, not from when the headers are whole. */
export type Arrivals = {
  /** Before the server listens. A connection on which nothing comes for `idleMs` at its start is closed. */
  watch: (server: Server, idleMs: number) => void;
  /**
   * By `performance.now()`; to be asked while the request is being routed, before anything is awaited. Exact for the first request
   * of a connection, and after one was asked about for those that follow; else, and where a request came in the middle of another
   * (pipelining), it is when the headers were whole. What came while the process stood still counts from the beginning of that.
   */
  firstByteAtMs: (request: IncomingMessage) => number;
  /** Closes the connections on which nothing has come yet, which the server itself does not know. */
  closeIdle: () => void;
};

/**
 * To listen to a connection's bytes takes it out of node's fast path for good, which costs a third of a bare request. So a connection
 * is handed to the server with its first bytes, and listened to only once it has carried a request with a budget.
 */
export function createArrivals(): Arrivals {
  const idle = new Set<Socket>();
  const connections = new WeakMap<Socket, Connection>();
  const pauses = createPauses();

  const accept = (server: Server, socket: Socket, idleMs: number, handOver: () => void): void => {
    const close = (): void => {
      socket.destroy();
    };
    const forget = (): void => {
      idle.delete(socket);
      socket.off('error', close).off('end', close).off('close', forget).off('timeout', close).setTimeout(0);
    };
    idle.add(socket);
    socket.on('error', close).on('end', close).on('close', forget).on('timeout', close).setTimeout(idleMs);
    socket.once('data', (bytes) => {
      connections.set(socket, new Connection(pauses));
      forget();
      socket.pause();
      socket.unshift(bytes);
      handOver();
      if (server.listening) socket.resume();
      else socket.destroy();
    });
  };

  return {
    watch: (server, idleMs) => {
      const event = 'setSecureContext' in server ? 'secureConnection' : 'connection';
      // What node:http itself does with a connection. HTTPS: with the one inside; the handshake carries no request.
      const attachers = server.listeners(event);
      server.removeAllListeners(event);
      server.on('listening', pauses.start).on('close', pauses.stop);
      server.on('connection', pauses.onAccept).on('drop', pauses.onAccept);
      server.on(event, (socket: Socket) => {
        accept(server, socket, idleMs, () => {
          for (const attach of attachers) attach.call(server, socket);
        });
      });
      server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
        connections.get(request.socket)?.onRequest(request, response);
      });
    },
    firstByteAtMs: ({ socket }) => connections.get(socket)?.listen(socket) ?? pauses.bytesAtMs(),
    closeIdle: () => {
      for (const socket of idle) socket.destroy();
    },
  };
}

/** One connection, on which a request is under way from its first byte until its answer is written. */
class Connection {
  readonly #pauses: Pauses;
  /** The first byte of what is no request yet; 0: none was seen. */
  #pendingAtMs: number;
  /** The first byte of the request that was handed out last. */
  #requestAtMs = 0;
  #request: IncomingMessage | null = null;
  #response: ServerResponse | null = null;
  #isListening = false;

  /** To be made when its first bytes are seen. */
  constructor(pauses: Pauses) {
    this.#pauses = pauses;
    this.#pendingAtMs = pauses.firstBytesAtMs();
  }

  onRequest(request: IncomingMessage, response: ServerResponse): void {
    this.#requestAtMs = this.#pendingAtMs === 0 ? this.#pauses.bytesAtMs() : this.#pendingAtMs;
    this.#pendingAtMs = 0;
    this.#request = request;
    this.#response = response;
    response.once('close', this.#onAnswered);
  }

  /** Gives the time of the request that was handed out last, and listens for the next one. */
  listen(socket: Socket): number {
    if (!this.#isListening) {
      this.#isListening = true;
      // Ahead of the parser, which hands requests out while it looks at the bytes.
      socket.prependListener('data', () => this.#onData());
    }
    return this.#requestAtMs;
  }

  #onData(): void {
    if (this.#pendingAtMs !== 0 || this.#isUnderWay()) return;
    this.#pendingAtMs = this.#pauses.bytesAtMs();
  }

  /** An idle connection keeps nothing of its last request: thousands of them would make garbage collection slow. */
  readonly #onAnswered = (): void => {
    this.#isUnderWay();
  };

  #isUnderWay(): boolean {
    if (this.#request === null || this.#response === null) return false;
    if (!this.#request.complete || !this.#response.writableFinished) return true;
    this.#request = null;
    this.#response = null;
    return false;
  }
}
