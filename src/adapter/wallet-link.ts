import type { Client, ClientDuplexStream, Metadata, StatusObject } from '@grpc/grpc-js';
import { openBidi } from '../common/grpc.ts';
import type { Logger } from '../common/log.ts';
import {
  MoneyService,
  type Operation,
  type OperationFrame,
  type Outcome,
  type OutcomeFrame,
} from '../gen/wallet/v1/money_pb.ts';

/** Who waits for an outcome. */
export type Asker = { settle: (outcome: Outcome) => void };

/** One operation on its way. */
export type Ask = {
  operation: Operation;
  /** By the clock that was given to the stream. */
  giveUpAtMs: number;
  asker: Asker;
  /** Whether it was ever handed to a stream: from then on the wallet may have done it. */
  wasSent: boolean;
  /** Whether a stream broke under it: only a definite outcome tells what became of the first try. */
  wasLost: boolean;
};

const MAX_FRAME_OPERATIONS = 512;
/** Well below the wallet's limit of a message, by an upper estimate of an operation's size. */
const MAX_FRAME_BYTES = 4_000_000;
const OPERATION_BYTES = 1_024;
/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const UNIT_BYTES = 3;
const MAX_ID = 0xffff_ffff;

const CONNECT_TIMEOUT_MS = 5_000;
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 2_000;
/** Longer than anything but a wallet that hangs, or its database, leaves everything unanswered. */
const SILENCE_MAX_MS = 500;

type Call = ClientDuplexStream<OperationFrame, OutcomeFrame>;

/**
 * The stream to one wallet process: writes what gathered since the last tick as one frame, matches outcomes by id, and connects
 * again when it breaks, ever more slowly while that does not help.
 */
export class WalletLink {
  readonly address: string;
  readonly #deps: LinkDeps;
  #call: Call | null = null;
  #queue: Ask[] = [];
  readonly #inFlight = new Map<number, Ask>();
  #lastId = 0;
  #isFlushScheduled = false;
  #isBlocked = false;
  #isClosed = false;
  /** Since when operations are without an answer, while no frame came; also such as were given up since. */
  #silentSinceMs: number | null = null;
  #isSuspect = false;
  #failures = 0;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(deps: LinkDeps) {
    this.address = deps.address;
    this.#deps = deps;
  }

  get isUp(): boolean {
    return this.#call !== null;
  }

  /** Whether the wallet has been asked and nothing at all came back for a while. A connection to a process that hangs still stands. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  connect(): void {
    this.#deps.client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) => {
      if (this.#isClosed) return;
      if (error) this.#retryLater();
      else this.#open();
    });
  }

  /** Sends with the next frame. */
  enqueue(ask: Ask): void {
    this.#queue.push(ask);
    if (this.#isFlushScheduled || this.#isBlocked) return;
    this.#isFlushScheduled = true;
    // With nothing else on its way there is nothing to gather for.
    if (this.#inFlight.size === 0) queueMicrotask(this.#flush);
    else setImmediate(this.#flush);
  }

  /** To be called now and then. */
  checkSilence(nowMs: number): void {
    if (this.#isSuspect || this.#silentSinceMs === null || nowMs - this.#silentSinceMs < SILENCE_MAX_MS) return;
    this.#isSuspect = true;
    this.#deps.log.warn(
      { wallet: this.address, silentMs: Math.round(nowMs - this.#silentSinceMs) },
      'wallet is silent',
    );
  }

  /** Takes out what has to be given up by now. */
  takeLate(nowMs: number, late: Ask[]): void {
    for (const [id, ask] of this.#inFlight) {
      if (ask.giveUpAtMs > nowMs) continue;
      this.#inFlight.delete(id);
      late.push(ask);
    }
    takeLate(this.#queue, nowMs, late);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retryTimer);
    this.#call?.end();
    this.#call = null;
  }

  #open(): void {
    const call = openBidi(this.#deps.client, MoneyService.method.operate, this.#deps.metadata);
    this.#call = call;
    this.#isBlocked = false;
    call.on('data', this.#receive);
    call.on('drain', () => {
      this.#isBlocked = false;
      this.#flush();
    });
    // A status follows every error and every end, and says more.
    call.on('error', () => undefined);
    call.on('status', (status) => this.#break(call, status));
    this.#deps.onUp(this);
  }

  readonly #flush = (): void => {
    this.#isFlushScheduled = false;
    while (this.#queue.length > 0 && this.#call !== null && !this.#isBlocked) {
      this.#isBlocked = !this.#call.write(this.#nextFrame());
    }
  };

  #nextFrame(): OperationFrame {
    const nowMs = this.#deps.now();
    this.#silentSinceMs ??= nowMs;
    const operations: Operation[] = [];
    let bytes = 0;
    for (const ask of this.#queue) {
      const { operation } = ask;
      bytes += OPERATION_BYTES + operation.context.length * UNIT_BYTES;
      if (operations.length === MAX_FRAME_OPERATIONS || bytes > MAX_FRAME_BYTES) break;
      operation.id = this.#nextId();
      // 0 would mean the wallet's own maximum.
      operation.deadlineMs = Math.max(1, Math.floor(ask.giveUpAtMs - nowMs));
      ask.wasSent = true;
      this.#inFlight.set(operation.id, ask);
      operations.push(operation);
    }
    if (operations.length === this.#queue.length) this.#queue = [];
    else this.#queue.splice(0, operations.length);
    return { $typeName: 'wallet.v1.OperationFrame', operations };
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === MAX_ID ? 1 : this.#lastId + 1;
    while (this.#inFlight.has(this.#lastId));
    return this.#lastId;
  }

  readonly #receive = (frame: OutcomeFrame): void => {
    this.#failures = 0;
    this.#endSilence();
    for (const outcome of frame.outcomes) {
      const ask = this.#inFlight.get(outcome.id);
      // Given up already: its asker was told that the outcome is unknown.
      if (ask === undefined) continue;
      this.#inFlight.delete(outcome.id);
      this.#deps.onOutcome(ask, outcome);
    }
    // An asker may have sent something meanwhile, which began a silence of its own.
    if (this.#inFlight.size > 0) this.#silentSinceMs ??= this.#deps.now();
  };

  #endSilence(): void {
    this.#silentSinceMs = null;
    if (!this.#isSuspect) return;
    this.#isSuspect = false;
    this.#deps.log.info({ wallet: this.address }, 'wallet answers again');
  }

  /** What was in flight is unknown now, and goes back to be asked again, together with what was not sent yet. */
  #break(call: Call, status: StatusObject): void {
    if (this.#call !== call) return;
    this.#call = null;
    this.#silentSinceMs = null;
    this.#isSuspect = false;
    const asks = [...this.#inFlight.values(), ...this.#queue];
    for (const ask of this.#inFlight.values()) ask.wasLost = true;
    this.#inFlight.clear();
    this.#queue = [];
    this.#deps.log.warn(
      { wallet: this.address, code: status.code, details: status.details, inFlight: asks.length },
      'wallet stream broke',
    );
    this.#retryLater();
    this.#deps.onBroken(this, asks);
  }

  #retryLater(): void {
    const backoffMs = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    const jitteredMs = backoffMs * (0.5 + this.#deps.random() / 2);
    this.#retryTimer = setTimeout(() => this.connect(), jitteredMs);
  }
}

export type LinkDeps = {
  address: string;
  client: Client;
  metadata: Metadata;
  log: Logger;
  /** A clock that only goes forward, in ms. */
  now: () => number;
  random: () => number;
  onUp: (link: WalletLink) => void;
  onOutcome: (ask: Ask, outcome: Outcome) => void;
  onBroken: (link: WalletLink, asks: Ask[]) => void;
};

/** Moves what has to be given up by now from `asks` to `late`. */
export function takeLate(asks: Ask[], nowMs: number, late: Ask[]): void {
  let kept = 0;
  for (const ask of asks) {
    if (ask.giveUpAtMs > nowMs) asks[kept++] = ask;
    else late.push(ask);
  }
  asks.length = kept;
}
