// The reconciliation: what is covered, what differs, and one discrepancy with both of its sides.
import type { CoverageView, DiscrepancyView, ReconciliationView, SummaryView } from '../reconciliation-view.ts';
import { hideDetail, KINDS, renderDetail, STATES } from './discrepancy.ts';
import { byId, empty, figure, fillOf, h, moment, money, NOT_AVAILABLE, show, span, table, time, whole } from './dom.ts';
import { startLive } from './live.ts';

const AGES = { hour: 'up to an hour', day: 'up to a day', week: 'up to a week', older: 'older' } as const;

let state = '';

const live = startLive<ReconciliationView>({ path: () => `/api/reconciliation?state=${state}`, render });

for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="state"]')) {
  radio.addEventListener('change', () => {
    state = radio.value;
    live.ask();
  });
}
byId('detail-close').addEventListener('click', () => {
  location.hash = '';
});
addEventListener('hashchange', () => void openDetail());
void openDetail();

async function openDetail(): Promise<void> {
  const id = location.hash.slice(1);
  if (id === '') hideDetail();
  else await renderDetail(id, live);
}

function render(view: ReconciliationView): void {
  renderCoverage(view);
  renderAges(view);
  renderList(view);
}

function renderCoverage({ coverage, summary, nowMs }: ReconciliationView): void {
  show(fillOf('coverage'), [coverage, summary, Math.floor(nowMs / 60_000)], () => [
    coverage === null ? empty(`harvest: ${NOT_AVAILABLE}`) : harvestFigures(coverage, nowMs),
    summary === null ? empty(`reconciliation: ${NOT_AVAILABLE}`) : matchFigures(summary, nowMs),
    coverage === null || coverage.behind.length === 0 ? null : behindTable(coverage),
  ]);
}

const harvestFigures = (coverage: CoverageView, nowMs: number): HTMLElement =>
  h(
    'dl',
    { class: 'figures big' },
    figure('harvested until', moment(coverage.harvestedUntilMs, nowMs)),
    figure('log records', whole(coverage.records)),
    figure('terminals', whole(coverage.terminals)),
    figure('behind', whole(coverage.terminalsBehind), coverage.terminalsBehind > 0 ? 'warn' : ''),
    figure('failing', whole(coverage.terminalsFailing), coverage.terminalsFailing > 0 ? 'bad' : ''),
    figure('gaps', whole(coverage.gaps), coverage.gaps > 0 ? 'bad' : ''),
  );

const matchFigures = (summary: SummaryView, nowMs: number): HTMLElement =>
  h(
    'dl',
    { class: 'figures big' },
    figure('matched until', moment(summary.reconciledUntilMs, nowMs)),
    figure('matched', whole(summary.recordsMatched)),
    figure('open', whole(summary.open), summary.open > 0 ? 'warn' : ''),
    figure('waiting for approval', whole(summary.proposed), summary.proposed > 0 ? 'warn' : ''),
    figure('corrected', whole(summary.corrected)),
  );

const behindTable = ({ behind }: CoverageView): HTMLElement =>
  table(
    'Terminals whose logs are behind',
    [
      { title: 'Terminal', cell: ({ hallId, uid }) => `${hallId} / ${uid}` },
      {
        title: 'Harvested until',
        cell: ({ harvestedUntilMs: atMs }) => (atMs === 0 ? h('span', {}, 'never') : time(atMs)),
      },
      { title: 'Obstacle', kind: 'long', cell: ({ error }) => h('small', {}, error || '–') },
    ],
    behind,
  );

function renderAges({ summary }: ReconciliationView): void {
  show(fillOf('ages'), summary?.groups ?? null, () => {
    if (summary === null) return [empty(NOT_AVAILABLE)];
    if (summary.groups.length === 0) return [empty('nothing is open: the books agree')];
    type Group = SummaryView['groups'][number];
    const ageColumn = (age: keyof typeof AGES) => ({
      title: AGES[age],
      kind: 'number' as const,
      cell: (group: Group) => ageCell(group.ages[age], group.currency),
    });
    return [
      table<Group>(
        'Open discrepancies by kind and age',
        [
          { title: 'What', cell: ({ kind }) => KINDS[kind] ?? kind },
          ageColumn('hour'),
          ageColumn('day'),
          ageColumn('week'),
          ageColumn('older'),
        ],
        summary.groups,
      ),
    ];
  });
}

const ageCell = (cell: { count: number; amount: string } | null, currency: string): HTMLElement =>
  cell === null
    ? h('span', { class: 'sub' }, '–')
    : h('span', {}, h('b', {}, whole(cell.count)), h('small', {}, ` ${money(cell.amount)} ${currency}`));

function renderList({ discrepancies, more, nowMs }: ReconciliationView): void {
  byId('list-more').textContent = more ? `the newest ${discrepancies?.length ?? 0}` : '';
  show(fillOf('list'), [discrepancies, Math.floor(nowMs / 60_000)], () => {
    if (discrepancies === null) return [empty(NOT_AVAILABLE)];
    if (discrepancies.length === 0) return [empty('none')];
    return [
      table<DiscrepancyView>(
        'Discrepancies, newest first',
        [
          { title: 'What', cell: whatCell },
          {
            title: 'At stake',
            kind: 'number',
            cell: ({ amount, currency }) => h('b', {}, `${money(amount)} ${currency}`),
          },
          { title: 'Age', kind: 'number', cell: ({ foundAtMs }) => span(Math.max(0, nowMs - foundAtMs) / 1000) },
          {
            title: 'Whose',
            cell: ({ operatorId, userId }) => (userId === '' ? operatorId : `${operatorId} / ${userId}`),
          },
          { title: 'Where', cell: whereCell },
          {
            title: 'Played',
            cell: ({ occurredAtMs, reportDay }) => (reportDay === '' ? time(occurredAtMs) : reportDay),
          },
          { title: 'State', cell: stateCell },
        ],
        discrepancies,
      ),
    ];
  });
}

const whereCell = ({ provider, vendor, hallId, uid }: DiscrepancyView): string =>
  provider === 'platform' ? vendor || 'no vendor' : `${hallId} / ${uid}`;

const whatCell = ({ id, kind }: DiscrepancyView): HTMLElement => h('a', { href: `#${id}` }, KINDS[kind] ?? kind);

const stateCell = ({ state: name, resolution, proposedBy }: DiscrepancyView): HTMLElement =>
  h(
    'span',
    { class: name === 'proposed' || name === 'refused' ? 'warn' : null },
    name === 'proposed' ? `${resolution} proposed by ${proposedBy}` : (STATES[name] ?? name),
  );
