import { toServerTime } from '../../adapter/stargame/remote/times.ts';
import { offsetMs } from './clock.ts';

/** StarGame, Receiving a list of game logs: "Logs are stored on our server for not more than 7 days". */
export const KEPT_MS = 7 * 24 * 3_600_000;
/**
 * "The maximum interval of logs selection is 24 hours", and that is on a clock that may be turned by up to two hours on the way.
 */
const WINDOW_MS = 22 * 3_600_000;
/** Clocks differ, and a request takes its time: what is this near to the end of the seven days counts as gone. */
const KEPT_MARGIN_MS = 60_000;

export type Span = { fromMs: number; untilMs: number };

/** One request. The server's clock shows nothing outside of the period between `fromMs` and `untilMs`; the period may have more. */
export type Window = Span & { periodStart: string; periodEnd: string };

/** `gap`: what StarGame may no longer have. */
export type Plan = { windows: Window[]; gap: Span | null };

/**
 * What is to be read of a terminal that has been read up to `watermarkMs`: without holes up to `lagMs` before now, from `overlapMs` before
 * the watermark, and nothing that is older than StarGame keeps.
 */
export function planWindows(options: {
  watermarkMs: number;
  nowMs: number;
  overlapMs: number;
  lagMs: number;
  zone: string;
}): Plan {
  const { watermarkMs, nowMs, overlapMs, lagMs, zone } = options;
  const keptFromMs = nowMs - KEPT_MS;
  const untilMs = floorToSecond(nowMs - lagMs);
  if (untilMs <= watermarkMs) return { windows: [], gap: null };
  const surelyKeptFromMs = keptFromMs + KEPT_MARGIN_MS;
  const gap = watermarkMs < surelyKeptFromMs ? { fromMs: watermarkMs, untilMs: surelyKeptFromMs } : null;
  const fromMs = Math.max(watermarkMs - overlapMs, keptFromMs);
  return { windows: windowsOf({ fromMs, untilMs }, zone), gap };
}

/** The requests for a span of time, oldest first, whole seconds each; the edge of two is in both. */
export function windowsOf({ fromMs, untilMs }: Span, zone: string): Window[] {
  const windows: Window[] = [];
  const endMs = floorToSecond(untilMs);
  for (let startMs = floorToSecond(fromMs); startMs < endMs; startMs += WINDOW_MS) {
    windows.push(windowOf({ fromMs: startMs, untilMs: Math.min(startMs + WINDOW_MS, endMs) }, zone));
  }
  return windows;
}

/** Where the clock is turned back within the window, its hands pass some of it twice: the period then has all of both. */
function windowOf(span: Span, zone: string): Window {
  const offsets = [offsetMs(span.fromMs, zone), offsetMs(span.untilMs, zone)];
  return {
    ...span,
    periodStart: toServerTime(span.fromMs + Math.min(...offsets), 'UTC'),
    periodEnd: toServerTime(span.untilMs + Math.max(...offsets), 'UTC'),
  };
}

const floorToSecond = (ms: number): number => Math.floor(ms / 1000) * 1000;
