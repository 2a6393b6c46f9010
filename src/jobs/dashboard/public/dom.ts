type Child = Node | string | null;
type Attributes = Record<string, string | null>;

/** An element; texts become text, never markup. A null attribute or child is left out. */
export function h(name: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element ${id}`);
  return element as T;
}

/** Where a section's content goes. */
export function fillOf(id: string): HTMLElement {
  const element = byId(id).querySelector<HTMLElement>('[data-fill]');
  if (element === null) throw new Error(`nothing to fill in ${id}`);
  return element;
}

const shown = new WeakMap<Element, string>();

/** Shows what `data` says, where it says something new; whoever has the focus inside keeps it. */
export function show(element: HTMLElement, data: unknown, render: () => Child[]): void {
  const text = JSON.stringify(data);
  if (shown.get(element) === text) return;
  shown.set(element, text);
  const focusable = (): HTMLElement[] => [...element.querySelectorAll<HTMLElement>('a, button')];
  const focused = focusable().indexOf(document.activeElement as HTMLElement);
  element.replaceChildren(...render().filter((child) => child !== null));
  if (focused >= 0) focusable()[focused]?.focus({ preventScroll: true });
}

export type Column<T> = { title: string; cell: (row: T) => Child; kind?: 'number' | 'text' | 'long' };

export function table<T>(caption: string, columns: Column<T>[], rows: readonly T[]): HTMLElement {
  const classOf = (column: Column<T>): string => column.kind ?? 'text';
  const head = columns.map((column) => h('th', { scope: 'col', class: classOf(column) }, column.title));
  const body = rows.map((row) =>
    h(
      'tr',
      {},
      ...columns.map((column) => h('td', { class: classOf(column), 'data-title': column.title }, column.cell(row))),
    ),
  );
  const element = h(
    'table',
    {},
    h('caption', { class: 'hidden' }, caption),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...body),
  );
  return h('div', { class: 'scroll' }, element);
}

/** One of a `dl` of figures; `look`: good, warn, bad or none. */
export const figure = (label: string, value: string | HTMLElement, look = ''): HTMLElement =>
  h('div', { class: look }, h('dt', {}, label), h('dd', {}, value));

/** When, and how long ago; 0: never. */
export const moment = (atMs: number, nowMs: number): HTMLElement =>
  atMs === 0
    ? h('span', {}, 'never')
    : h('span', {}, time(atMs), h('small', {}, ` ${span(Math.max(0, nowMs - atMs) / 1000)} ago`));

export const empty = (text: string): HTMLElement => h('p', { class: 'empty' }, text);
export const NOT_AVAILABLE = 'not available';

const numbers = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const rates = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
export const whole = (value: number): string => numbers.format(value);
export const rate = (value: number): string => (value >= 100 ? whole(value) : rates.format(value));

/** A decimal with its thousands set apart. Text to text: an amount never becomes a JavaScript number. */
export const money = (decimal: string): string => decimal.replace(/\B(?=(\d{3})+(?!\d)(?=\.))/g, ',');

export function share(part: number, all: number): string {
  if (all === 0 || part === 0) return '0 %';
  const percent = (part / all) * 100;
  return percent < 0.01 ? '< 0.01 %' : `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(percent < 1 ? 2 : 1)} %`;
}

export function span(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** The time of day, with the day where it isn't today. */
export function time(atMs: number): HTMLElement {
  const at = new Date(atMs);
  const isToday = at.toDateString() === new Date().toDateString();
  const text = isToday ? clock.format(at) : `${date.format(at)} ${clock.format(at)}`;
  return h('time', { datetime: at.toISOString() }, text);
}

export const clockTime = (atMs: number): string => clock.format(new Date(atMs));
