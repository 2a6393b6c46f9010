import { status } from '@grpc/grpc-js';
import { Fault } from '../../common/fault.ts';
import type { ReportDay } from '../../gen/jobs/v1/reports_pb.ts';
import { dayViews } from './reports-shown.ts';
import type { ReportDayView } from './reports-view.ts';

const DAY_MS = 86_400_000;
/** A busy operator's week is well below what one list may have. */
const DAYS_A_LIST = 7;
/** As good as new. */
const FRESH_MS = 1_000;
/** What takes long to read is kept for so many times as long: however many look at it, and however much it is, most of the time it is not read. */
const KEPT_FOR = 10;
const KEPT_AT_MOST = 50;

type Span = { fromDay: string; toDay: string };
type Listed = { days: readonly ReportDay[]; completeUntilMs: bigint };
type List = (span: Span) => Promise<Listed>;

/** An operator's last days without their vendors; empty operator: all. */
export type DaysShown = {
  completeUntilMs: number;
  operators: ReadonlySet<string>;
  /** By currency, newest first. */
  days: ReadonlyMap<string, ReportDayView[]>;
};

const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** The last days until today, newest first, in spans that one list mostly can have. */
export function spansOf(days: number, nowMs: number): Span[] {
  const dayAgo = (ago: number): string => dayOf(nowMs - ago * DAY_MS);
  return Array.from({ length: Math.ceil(days / DAYS_A_LIST) }, (_, part) => ({
    fromDay: dayAgo(Math.min((part + 1) * DAYS_A_LIST, days) - 1),
    toDay: dayAgo(part * DAYS_A_LIST),
  }));
}

/** The spans' lists, newest first. A span that is too much for one list is read day by day. */
export async function* listSpans(spans: readonly Span[], list: List): AsyncGenerator<Listed> {
  for (const span of spans) {
    const whole = await list(span).catch((error: unknown) => {
      const isTooMuch = error instanceof Fault && error.code === status.INVALID_ARGUMENT && span.fromDay < span.toDay;
      if (!isTooMuch) throw error;
      return null;
    });
    if (whole !== null) yield whole;
    else yield* listSpans(daysOf(span), list);
  }
}

function daysOf({ fromDay, toDay }: Span): Span[] {
  const count = (Date.parse(toDay) - Date.parse(fromDay)) / DAY_MS + 1;
  return Array.from({ length: count }, (_, ago) => dayOf(Date.parse(toDay) - ago * DAY_MS)).map((day) => ({
    fromDay: day,
    toDay: day,
  }));
}

/** Reads a list's spans, and keeps what they come to for a while, for all who look. */
export function createDaysShown(now: () => number) {
  const kept = new Map<string, { untilMs: number; shown: Promise<DaysShown> }>();

  return (operator: string, days: number, list: List): Promise<DaysShown> => {
    const startedAtMs = now();
    const spans = spansOf(days, startedAtMs);
    const key = `${operator} ${days} ${spans[0]?.toDay}`;
    const known = kept.get(key);
    if (known !== undefined && startedAtMs < known.untilMs) return known.shown;
    if (kept.size >= KEPT_AT_MOST) kept.clear();
    // While it is read, whoever asks waits for the same.
    const entry = { untilMs: Number.POSITIVE_INFINITY, shown: readDays(spans, list) };
    kept.set(key, entry);
    entry.shown.then(
      () => {
        entry.untilMs = now() + Math.max(FRESH_MS, (now() - startedAtMs) * KEPT_FOR);
      },
      () => {
        if (kept.get(key) === entry) kept.delete(key);
      },
    );
    return entry.shown;
  };
}

async function readDays(spans: readonly Span[], list: List): Promise<DaysShown> {
  let completeUntilMs = 0;
  const operators = new Set<string>();
  const days = new Map<string, ReportDayView[]>();
  for await (const answer of listSpans(spans, list)) {
    completeUntilMs = Number(answer.completeUntilMs);
    for (const { operatorId } of answer.days) operators.add(operatorId);
    for (const [currency, rows] of Map.groupBy(answer.days, ({ currencyCode }) => currencyCode)) {
      days.set(currency, [...(days.get(currency) ?? []), ...dayViews(rows)]);
    }
  }
  return { completeUntilMs, operators, days };
}
