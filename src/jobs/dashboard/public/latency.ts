import type { LatencyView, Overview, ProviderView } from '../overview.ts';
import { empty, fillOf, h, share, show, whole } from './dom.ts';
import { TITLES } from './render.ts';

export function renderLatency({ providers }: Overview): void {
  // The one with the budget first: that is what to look at.
  const inOrder = providers.toSorted((a, b) => b.name.localeCompare(a.name));
  show(
    fillOf('latency'),
    inOrder.map(({ latency }) => latency),
    () => inOrder.map(histogram),
  );
}

function histogram({ name, latency }: ProviderView): HTMLElement {
  const title = h('h3', {}, h('i', { class: `key ${name}` }), TITLES[name]);
  if (latency === null) return h('div', { class: 'histogram' }, title, empty('no answers in the last minute'));
  return h('div', { class: 'histogram' }, h('div', { class: 'row' }, title, figures(latency)), bars(name, latency));
}

function figures(latency: LatencyView): HTMLElement {
  const { p50Ms, p99Ms, p999Ms, budgetMs, missed, count } = latency;
  const figure = (label: string, value: string, state = ''): HTMLElement =>
    h('div', { class: state }, h('dt', {}, label), h('dd', {}, value));
  const upTo = (ms: number | null): string => (ms === null ? 'longer' : `≤ ${milliseconds(ms)}`);
  return h(
    'dl',
    { class: 'figures' },
    figure('p50', upTo(p50Ms)),
    figure('p99', upTo(p99Ms)),
    figure('p99.9', upTo(p999Ms)),
    ...(budgetMs === null
      ? []
      : [figure(`over ${milliseconds(budgetMs)}`, share(missed, count), missed > 0 ? 'bad' : '')]),
  );
}

/** Log scale: one answer that was too slow among a hundred thousand must be seen. */
function bars(name: ProviderView['name'], { buckets, budgetMs, count }: LatencyView): HTMLElement {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const columns = buckets.map(({ upToMs, count: inBucket }, index) => {
    const isLate = budgetMs !== null && (upToMs === null || upToMs > budgetMs);
    const bar = h('div', { class: 'bar' });
    bar.style.height = inBucket === 0 ? '0' : `${6 + (94 * Math.log1p(inBucket)) / Math.log1p(most)}%`;
    const before = buckets[index - 1]?.upToMs ?? 0;
    const range = upToMs === null ? `over ${milliseconds(before ?? 0)}` : `up to ${milliseconds(upToMs)}`;
    const isBudget = budgetMs !== null && upToMs === budgetMs;
    return h(
      'div',
      { class: `column${isLate ? ' late' : ''}${isBudget ? ' budget' : ''}`, title: `${range}: ${whole(inBucket)}` },
      h('div', { class: 'track' }, bar),
      h('span', { class: 'label' }, upToMs === null ? '∞' : label(upToMs)),
    );
  });
  const told = `${TITLES[name]}: ${whole(count)} answers in the last minute by duration in milliseconds`;
  return h('div', { class: 'bars', role: 'img', 'aria-label': told }, ...columns);
}

const label = (ms: number): string => (ms >= 1000 ? `${ms / 1000}s` : String(ms));
const milliseconds = (ms: number): string => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);
