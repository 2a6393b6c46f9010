import { createHistogram } from 'node:perf_hooks';
import type { CellResult } from '../types.ts';

const SLOW_MS = 50;

type Figures = Pick<
  CellResult,
  'answers' | 'faults' | 'ratePerSecond' | 'latencyMs' | 'slowerThan50MsShare' | 'sentLateMs'
>;

/** Counts what happens between two times on the monotonic clock. */
export type Meter = {
  /** In an open loop: how late a request was sent. */
  sent: (dueMs: number, nowMs: number) => void;
  answered: (startMs: number, nowMs: number, fault: string | null) => void;
  figures: () => Figures;
};

export function createMeter(fromMs: number, toMs: number): Meter {
  const latency = createHistogram();
  const lateness = createHistogram();
  const faults: Record<string, number> = {};
  let slowCount = 0;
  let okCount = 0;
  let answers = 0;
  const within = (atMs: number): boolean => atMs >= fromMs && atMs < toMs;

  return {
    sent: (dueMs, nowMs) => {
      if (within(dueMs)) lateness.record(micros(nowMs - dueMs));
    },
    answered: (startMs, nowMs, fault) => {
      if (within(nowMs)) answers++;
      if (fault !== null) {
        // Also those of the warm-up: none should be there at all.
        faults[fault] = (faults[fault] ?? 0) + 1;
        return;
      }
      if (within(nowMs)) okCount++;
      if (!within(startMs)) return;
      latency.record(micros(nowMs - startMs));
      if (nowMs - startMs > SLOW_MS) slowCount++;
    },
    figures: () => ({
      answers,
      faults,
      ratePerSecond: (okCount * 1000) / (toMs - fromMs),
      latencyMs: {
        p50: millis(latency.percentile(50)),
        p99: millis(latency.percentile(99)),
        p999: millis(latency.percentile(99.9)),
        max: latency.count === 0 ? 0 : millis(latency.max),
      },
      slowerThan50MsShare: latency.count === 0 ? 0 : slowCount / latency.count,
      sentLateMs: {
        p99: millis(lateness.percentile(99)),
        max: lateness.count === 0 ? 0 : millis(lateness.max),
      },
    }),
  };
}

/** Histograms hold whole numbers from 1. */
const micros = (ms: number): number => Math.max(1, Math.round(ms * 1000));
const millis = (us: number): number => us / 1000;
