import { z } from 'zod';

/** /metrics.json of a process, as prom-client gives it. */
const metricsSchema = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    values: z.array(
      z.object({
        value: z.number().nullable(),
        labels: z.record(z.string(), z.union([z.string(), z.number()])),
        metricName: z.string().optional(),
      }),
    ),
  }),
);

export type Labels = Readonly<Record<string, string>>;
export type Series = { name: string; labels: Labels; value: number };

/** One process's metrics at one moment. */
export type Reading = {
  /** Counters and the parts of histograms: what only grows, until the process starts anew. */
  growing: ReadonlyMap<string, Series>;
  gauges: readonly Series[];
};

const WANTED = /^(croupier_|process_start_time|process_resident_memory|nodejs_eventloop_lag_p99)/;

/** Throws for what isn't metrics. */
export function readMetrics(json: unknown): Reading {
  const growing = new Map<string, Series>();
  const gauges: Series[] = [];
  for (const metric of metricsSchema.parse(json)) {
    if (!WANTED.test(metric.name)) continue;
    for (const { value, labels, metricName } of metric.values) {
      const texts = Object.fromEntries(Object.entries(labels).map(([key, text]) => [key, String(text)]));
      const series = { name: metricName ?? metric.name, labels: texts, value: value ?? 0 };
      if (metric.type === 'gauge') gauges.push(series);
      else growing.set(seriesKey(series), series);
    }
  }
  return { growing, gauges };
}

const seriesKey = ({ name, labels }: Series): string =>
  `${name} ${Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(',')}`;

/**
 * What grew from one reading of a process to the next. A series that got smaller began anew with its process; one that was not
 * there before began at 0.
 */
export function growth(before: Reading, after: Reading): Series[] {
  const grown: Series[] = [];
  for (const [key, series] of after.growing) {
    const earlier = before.growing.get(key)?.value ?? 0;
    const value = series.value >= earlier ? series.value - earlier : series.value;
    if (value > 0) grown.push({ ...series, value });
  }
  return grown;
}

const matches = (series: Series, name: string, labels: Labels): boolean =>
  series.name === name && Object.entries(labels).every(([key, value]) => series.labels[key] === value);

/** 0 where there is none. */
export const sumOf = (all: readonly Series[], name: string, labels: Labels = {}): number =>
  all.reduce((sum, series) => sum + (matches(series, name, labels) ? series.value : 0), 0);

/** Null where there is none. */
export function gaugeOf(all: readonly Series[], name: string, labels: Labels = {}): number | null {
  const values = all.filter((series) => matches(series, name, labels)).map((series) => series.value);
  return values.length === 0 ? null : Math.max(...values);
}

/** Sums of `name` by the value of one label. */
export function sumsBy(all: readonly Series[], name: string, label: string, labels: Labels = {}): Map<string, number> {
  const sums = new Map<string, number>();
  for (const series of all) {
    if (!matches(series, name, labels)) continue;
    const key = series.labels[label] ?? '';
    sums.set(key, (sums.get(key) ?? 0) + series.value);
  }
  return sums;
}
