import type uPlotType from 'uplot';
import type { ReportDayView } from '../reports-view.ts';
import { byId, h } from './dom.ts';

/** From uPlot.iife.min.js, which the page loads before this. */
declare const uPlot: typeof uPlotType;

const HEIGHT = 210;
const LINES = [
  { label: 'our books', color: '--stargame', of: ({ ours }: ReportDayView) => ours },
  { label: 'report', color: '--platform', of: ({ theirs }: ReportDayView) => theirs },
] as const;
const DIFFERS = { label: 'differs', color: '--bad' };

/** Two bars a day, and a mark over those days that differ. Pixels need numbers; what is read is in the table, as text. */
export function createReportChart(): (days: readonly ReportDayView[]) => void {
  const place = byId('days-chart');
  const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let plot: uPlotType | null = null;
  let last: readonly ReportDayView[] = [];

  const draw = (days: readonly ReportDayView[]): void => {
    last = days;
    plot?.destroy();
    const inTime = days.toReversed();
    const values = LINES.map(({ of }) => inTime.map((day) => Number(of(day))));
    const marks = inTime.map((day, index) =>
      day.state === 'differs' ? Math.max(0, ...values.map((line) => line[index] ?? 0)) : null,
    );
    plot = new uPlot(optionsOf(inTime), [inTime.map((_, index) => index), ...values, marks], place);
  };

  function optionsOf(days: readonly ReportDayView[]): uPlotType.Options {
    const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    const font = '11px system-ui, sans-serif';
    const bars = (align: -1 | 1) => {
      const paths = uPlot.paths.bars?.({ size: [0.36, 26], align, gap: 1 });
      return paths === undefined ? {} : { paths };
    };
    return {
      width: Math.max(place.clientWidth, 100),
      height: HEIGHT,
      padding: [14, 8, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [-0.6, Math.max(days.length - 0.4, 0.6)] },
        y: { range: (_chart, min, max) => [Math.min(0, min * 1.1), Math.max(max * 1.15, 1)] },
      },
      axes: [
        {
          ...axis,
          font,
          size: 24,
          grid: { show: false },
          values: (_chart, at) => at.map((index) => days[index]?.day.slice(5) ?? ''),
        },
        { ...axis, font, size: 64, space: 26 },
      ],
      series: [
        {},
        { stroke: color(LINES[0].color), fill: color(LINES[0].color), ...bars(-1), points: { show: false } },
        { stroke: color(LINES[1].color), fill: color(LINES[1].color), ...bars(1), points: { show: false } },
        {
          stroke: color(DIFFERS.color),
          paths: () => null,
          points: { show: true, size: 9, fill: color(DIFFERS.color) },
        },
      ],
    };
  }

  byId('chart-legend').replaceChildren(
    ...[...LINES, DIFFERS].map(({ label, color: name }) => {
      const key = h('i', { class: 'key' });
      key.style.background = `var(${name})`;
      return h('span', {}, key, label);
    }),
  );
  new ResizeObserver(() => plot?.setSize({ width: Math.max(place.clientWidth, 100), height: HEIGHT })).observe(place);
  // The colours are drawn in.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw(last));
  return draw;
}
