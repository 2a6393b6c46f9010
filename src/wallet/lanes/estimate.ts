/** A moving estimate of how long a batch and its write take, for turning away what can no longer be in time. */
export type Estimate = {
  batchMs: () => number;
  writeMs: () => number;
  ran: (durationMs: number) => void;
  wrote: (durationMs: number) => void;
  /** Called when everything was turned away: without new measurements, an old one must not refuse for ever. */
  relax: () => void;
};

/** Slow to believe that the database is slow, quick to believe that it is well again: what is refused meanwhile is a spin not played. */
const WEIGHT_UP = 0.1;
const WEIGHT_DOWN = 0.5;
const RELAX = 0.5;
/** One stall says little about the next batch. */
const MAX_MS = 250;

export function createEstimate(): Estimate {
  let batchMs = 0;
  let writeMs = 0;
  const move = (from: number, durationMs: number): number => {
    const to = Math.min(durationMs, MAX_MS);
    return from + (to > from ? WEIGHT_UP : WEIGHT_DOWN) * (to - from);
  };
  return {
    batchMs: () => batchMs,
    writeMs: () => writeMs,
    ran: (durationMs) => {
      batchMs = move(batchMs, durationMs);
    },
    wrote: (durationMs) => {
      writeMs = move(writeMs, durationMs);
    },
    relax: () => {
      batchMs *= RELAX;
      writeMs *= RELAX;
    },
  };
}
