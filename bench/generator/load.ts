import { operationsPerTransaction } from '../lane-counters.ts';
import { figuresBetween, residentMbOfAll, usageOf } from '../procfs.ts';
import type { Cell, CellResult, Pids } from '../types.ts';
import type { Connect, Driver } from './driver.ts';
import { createMeter, type Meter } from './meter.ts';

const DRAIN_TIMEOUT_MS = 60_000;
const MEMORY_SAMPLE_MS = 10_000;

/** Runs one cell: warm-up, the measured window, and waiting for what is still in flight. */
export async function runCell(cell: Cell, connect: Connect, nextNumber: () => number, pids: Pids): Promise<CellResult> {
  let onAnswer: Pacer['onAnswer'] = () => {};
  const driver = await connect({
    slots: cell.clients,
    players: cell.players,
    onAnswer: (slot, fault) => onAnswer(slot, fault),
  });
  const lanesBefore = (await driver.laneCounters?.()) ?? null;
  const beginMs = performance.now();
  const fromMs = beginMs + cell.warmupSeconds * 1000;
  const toMs = fromMs + cell.seconds * 1000;
  const meter = createMeter(fromMs, toMs);
  const pacer = createPacer({ cell, driver, nextNumber, meter, beginMs, toMs });
  onAnswer = pacer.onAnswer;

  const ticker = setInterval(pacer.sendDue, 1);
  pacer.sendDue();
  await until(fromMs);
  const before = usageOf(pids);
  const residentMbSamples = await sampleMemory(pids, toMs);
  const after = usageOf(pids);
  await pacer.drained();
  clearInterval(ticker);
  const lanesAfter = (await driver.laneCounters?.()) ?? null;
  await driver.close();

  const figures = meter.figures();
  return {
    ...figures,
    ...figuresBetween(before, after, figures.answers),
    operationsPerTransaction: operationsPerTransaction(lanesBefore, lanesAfter),
    residentMbSamples,
  };
}

type Pacer = {
  /** Sends what is due now and has a free slot. */
  sendDue: () => void;
  onAnswer: (slot: number, fault: string | null) => void;
  /** Resolves when everything is sent and answered. */
  drained: () => Promise<void>;
};

/**
 * Decides when each request is sent. In the open loop a request's latency counts from the time at which it was due, whether or
 * not a slot was free and however late the timer was: a stalled server can't slow down what it is measured with.
 */
function createPacer(deps: {
  cell: Cell;
  driver: Driver;
  nextNumber: () => number;
  meter: Meter;
  beginMs: number;
  toMs: number;
}): Pacer {
  const { cell, driver, nextNumber, meter, beginMs, toMs } = deps;
  const isOpen = cell.ratePerSecond !== null;
  const intervalMs = cell.ratePerSecond === null ? 0 : 1000 / cell.ratePerSecond;
  const startedAtMs = new Float64Array(cell.clients);
  const idleSlots: number[] = Array.from({ length: cell.clients }, (_, slot) => slot);
  let dueCount = 0;
  let onDrained: (() => void) | null = null;

  const sendDue = (): void => {
    const nowMs = performance.now();
    for (;;) {
      const dueMs = isOpen ? beginMs + dueCount * intervalMs : nowMs;
      if (dueMs > nowMs || dueMs >= toMs) return;
      // First in, first out, so that no connection idles until the server closes it.
      const slot = idleSlots.shift();
      if (slot === undefined) return;
      dueCount++;
      startedAtMs[slot] = dueMs;
      if (isOpen) meter.sent(dueMs, nowMs);
      driver.send(slot, nextNumber());
    }
  };

  const isDrained = (): boolean => idleSlots.length === cell.clients;

  return {
    sendDue,
    onAnswer: (slot, fault) => {
      const nowMs = performance.now();
      meter.answered(startedAtMs[slot] ?? nowMs, nowMs, fault);
      idleSlots.push(slot);
      sendDue();
      if (isDrained()) onDrained?.();
    },
    drained: () => {
      sendDue();
      if (isDrained()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        onDrained = resolve;
        const missing = () => reject(new Error(`${cell.clients - idleSlots.length} requests were never answered`));
        setTimeout(missing, DRAIN_TIMEOUT_MS).unref();
      });
    },
  };
}

const until = (atMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));

async function sampleMemory(pids: Pids, toMs: number): Promise<Record<string, number>[]> {
  const samples: Record<string, number>[] = [];
  while (performance.now() + MEMORY_SAMPLE_MS < toMs) {
    await until(performance.now() + MEMORY_SAMPLE_MS);
    samples.push(residentMbOfAll(pids));
  }
  await until(toMs);
  return samples;
}
