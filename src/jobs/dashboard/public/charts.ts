import type uPlotType from 'uplot';
import type { Point } from '../overview.ts';
import { byId, h, rate } from './dom.ts';

/** From uPlot.iife.min.js, which the page loads before this. */
declare const uPlot: typeof uPlotType;

const SPAN_SECONDS = 15 * 60;

type Line = { label: string; color: string; value: (point: Point) => number | null; dash?: number[] };
type Spec = { id: string; height: number; legendId: string | null; lines: Line[] };

const CHARTS: Spec[] = [
  {
    id: 'traffic-chart',
    height: 190,
    legendId: 'traffic-legend',
    lines: [
      { label: 'PLATFORM', color: '--platform', value: ({ platform }) => platform?.requests ?? null },
      { label: 'StarGame', color: '--stargame', value: ({ stargame }) => stargame?.requests ?? null },
      { label: 'failed', color: '--bad', value: failedOf },
    ],
  },
  {
    id: 'missed-chart',
    height: 84,
    legendId: null,
    lines: [{ label: 'missed', color: '--bad', value: ({ stargame }) => stargame?.missed ?? null }],
  },
  {
    id: 'jobs-chart',
    height: 84,
    legendId: null,
    lines: [{ label: 'jobs', color: '--platform', value: ({ jobs }) => jobs }],
  },
];

function failedOf({ platform, stargame }: Point): number | null {
  return platform === null && stargame === null ? null : (platform?.failed ?? 0) + (stargame?.failed ?? 0);
}

export type Charts = { draw: (points: readonly Point[], nowMs: number) => void };

export function createCharts(): Charts {
  let charts = CHARTS.map(createChart);
  let last: [readonly Point[], number] = [[], Date.now()];
  const draw: Charts['draw'] = (points, nowMs) => {
    last = [points, nowMs];
    for (const chart of charts) chart.draw(points, nowMs);
  };
  // The colours are drawn in: another scheme needs other charts.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of charts) chart.destroy();
    charts = CHARTS.map(createChart);
    draw(...last);
  });
  return { draw };
}

function createChart({ id, height, legendId, lines }: Spec) {
  const place = byId(id);
  const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const legend = legendId === null ? null : createLegend(byId(legendId), lines);
  const axis = { stroke: color('--muted'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
  const font = '11px system-ui, sans-serif';
  const plot = new uPlot(
    {
      width: Math.max(place.clientWidth, 100),
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: { y: { range: (_chart, _min, max) => [0, Math.max(max * 1.1, 1)] } },
      axes: [
        { ...axis, font, size: 24, space: 70, values: '{HH}:{mm}' },
        { ...axis, font, size: 44, space: 22, values: (_chart, ticks) => ticks.map((tick) => rate(tick)) },
      ],
      series: [
        {},
        ...lines.map((line) => ({ label: line.label, stroke: color(line.color), width: 1.5, points: { show: false } })),
      ],
      hooks: { setCursor: [(chart) => legend?.(chart)] },
    },
    [[], ...lines.map(() => [])],
    place,
  );
  const observer = new ResizeObserver(() => plot.setSize({ width: Math.max(place.clientWidth, 100), height }));
  observer.observe(place);
  return {
    draw: (points: readonly Point[], nowMs: number): void => {
      const times = points.map((point) => point.atMs / 1000);
      plot.setData([times, ...lines.map((line) => points.map(line.value))], false);
      plot.setScale('x', { min: nowMs / 1000 - SPAN_SECONDS, max: nowMs / 1000 });
      legend?.(plot);
    },
    destroy: (): void => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** Each line's value under the pointer, else its last one. */
function createLegend(place: HTMLElement, lines: readonly Line[]): (chart: uPlotType) => void {
  const values = lines.map(() => h('b', {}, '–'));
  place.replaceChildren(
    ...lines.map((line, index) => {
      const key = h('i', { class: 'key' });
      key.style.background = `var(${line.color})`;
      return h('span', {}, key, `${line.label} `, values[index] ?? '');
    }),
  );
  return (chart) => {
    for (const [index, element] of values.entries()) {
      const data = chart.data[index + 1] ?? [];
      const value = data[chart.cursor.idx ?? data.length - 1];
      element.textContent = value === null || value === undefined ? '–' : rate(value);
    }
  };
}
