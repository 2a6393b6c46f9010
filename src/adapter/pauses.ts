/**
 * Tells when bytes that JavaScript sees now may have reached this machine. While the process stood still (stopped, no processor, garbage
 * collection, long synchronous work) they lay in the kernel, and their sender's patience ran on: they count from the beginning of that.
 */
export type Pauses = {
  /** Begins to watch; until then there are no pauses. Does not keep the process alive. */
  start: () => void;
  stop: () => void;
  /** For the bytes that are being handed out now, by `performance.now()`. */
  bytesAtMs: () => number;
  /** The same for the first bytes of a connection. */
  firstBytesAtMs: () => number;
  /** To be called for each connection as it is accepted, or turned away. */
  onAccept: () => void;
};

/** The most by which the beginning of a pause is dated too early. */
const TICK_MS = 2;
/** What timers are late on an idle machine. A pause that is shorter is not seen, and left to what the network is given. */
const LATE_MS = 3;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A tick that is due again and again can't be late unless the event loop stood still since the one before. The timers may come to run
 * before the sockets are looked at, or after: so a pause counts for all bytes until the sockets were looked at once more.
 */
export function createPauses(): Pauses {
  let timer: NodeJS.Timeout | undefined;
  let tickedAtMs = NEVER;
  /** The pause that the bytes of the next look at the sockets may have come in. */
  let pausedAtMs = NEVER;
  /** The pause that connections which are accepted now may have come in. */
  let queuedAtMs = NEVER;
  let hasAccepted = false;

  const tick = (): void => {
    const nowMs = performance.now();
    if (isLate(nowMs)) open(tickedAtMs);
    tickedAtMs = nowMs;
  };

  const isLate = (nowMs: number): boolean => nowMs - tickedAtMs > TICK_MS + LATE_MS;

  const open = (atMs: number): void => {
    pausedAtMs = atMs;
    if (queuedAtMs !== NEVER) return;
    queuedAtMs = atMs;
    hasAccepted = false;
    setImmediate(onLooked);
  };

  /** Immediates run after each look at the sockets. It accepts one connection at most, whose bytes come with the next one. */
  const onLooked = (): void => {
    pausedAtMs = NEVER;
    if (hasAccepted) {
      hasAccepted = false;
      setImmediate(onLooked);
      return;
    }
    queuedAtMs = NEVER;
  };

  const bytesAtMs = (): number => {
    const nowMs = performance.now();
    return Math.min(pausedAtMs, isLate(nowMs) ? tickedAtMs : nowMs);
  };

  return {
    start: () => {
      tickedAtMs = performance.now();
      timer = setInterval(tick, TICK_MS).unref();
    },
    stop: () => {
      clearInterval(timer);
      tickedAtMs = NEVER;
    },
    bytesAtMs,
    firstBytesAtMs: () => Math.min(queuedAtMs, bytesAtMs()),
    onAccept: () => {
      hasAccepted = true;
    },
  };
}
