import type { CommandView, Overview, Problem, ProcessView, ProviderView, StoreView } from '../overview.ts';
import { byId, empty, fillOf, h, rate, share, show, span, table, whole } from './dom.ts';

export const TITLES = { platform: 'PLATFORM', stargame: 'StarGame' } as const;
const MINUTE_SECONDS = 60;

export function renderHeadline({ problems }: Overview): void {
  const element = byId('headline');
  const [worst] = problems;
  const state = worst === undefined ? 'good' : worst.severity;
  element.dataset.state = state;
  const title = worst === undefined ? 'All is well' : sentence(worst.text);
  document.title = worst === undefined ? 'croupier' : `(${problems.length}) ${title} · croupier`;
  show(element, problems, () => [
    h('p', { class: 'title' }, worst === undefined ? title : h('a', { href: worst.href }, title)),
    problems.length < 2 ? null : h('ul', {}, ...problems.slice(1).map(problemItem)),
  ]);
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const problemItem = ({ severity, text, href }: Problem): HTMLElement =>
  h('li', { class: severity }, h('a', { href }, sentence(text)));

export function renderProcesses({ processes, stores, nowMs }: Overview): void {
  const tiles = [...processes.map((process) => processTile(process, nowMs)), ...stores.map(storeTile)];
  show(
    fillOf('processes'),
    tiles.map((tile) => tile.outerHTML),
    () => tiles,
  );
}

const STATES = { up: 'good', 'not ready': 'warn', down: 'bad', unknown: 'unknown' } as const;

function processTile(
  { name, instance, state, detail, startedAtMs, memoryBytes, loopLagMs }: ProcessView,
  nowMs: number,
) {
  const facts = [
    startedAtMs === null ? null : `for ${span((nowMs - startedAtMs) / 1000)}`,
    memoryBytes === null ? null : `${whole(memoryBytes / 1024 / 1024)} MB`,
    loopLagMs === null ? null : `loop ${whole(loopLagMs)} ms`,
  ];
  const text = state === 'up' ? facts.filter((fact) => fact !== null).join(' · ') : detail;
  return tile(name, state, instance, text);
}

const storeTile = ({ name, state, detail }: StoreView): HTMLElement => tile(name, state, '', detail);

const tile = (name: string, state: keyof typeof STATES, instance: string, text: string): HTMLElement =>
  h(
    'div',
    { class: 'tile', 'data-state': STATES[state] },
    h('span', { class: 'name' }, name),
    h('span', { class: 'state' }, state),
    h('span', { class: 'facts' }, text),
    instance === '' ? null : h('span', { class: 'facts' }, instance),
  );

type Row = CommandView & { provider: ProviderView['name'] };

export function renderTraffic({ providers }: Overview): void {
  const rows = providers.flatMap(({ name, commands }) =>
    commands.map((command): Row => ({ ...command, provider: name })),
  );
  show(fillOf('traffic'), rows, () => [
    rows.length === 0
      ? empty('no requests in the last minute')
      : table<Row>(
          'Requests of the last minute by command',
          [
            { title: 'Command', cell: commandCell },
            { title: '/s', kind: 'number', cell: ({ requests }) => rate(requests / MINUTE_SECONDS) },
            { title: 'Refused', kind: 'number', cell: ({ refused, requests }) => share(refused, requests) },
            { title: 'Failed', kind: 'number', cell: failedCell },
            { title: 'Outcomes other than OK', kind: 'long', cell: outcomesCell },
          ],
          rows,
        ),
  ]);
}

const commandCell = ({ provider, command }: Row): HTMLElement =>
  h(
    'span',
    {},
    h('i', { class: `key ${provider}`, title: TITLES[provider] }),
    `${command} `,
    h('small', {}, TITLES[provider]),
  );

const failedCell = ({ failed, requests }: Row): HTMLElement =>
  h('span', { class: failed > 0 ? 'bad' : '' }, failed > 0 ? `${whole(failed)} · ${share(failed, requests)}` : '0');

const outcomesCell = ({ outcomes }: Row): HTMLElement =>
  h('small', {}, outcomes.map(({ outcome, count }) => `${outcome} ${whole(count)}`).join(', ') || '–');
