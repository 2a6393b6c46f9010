// PLATFORM's reports beside our books: by day, by vendor of a day, and one of them in detail.
import type { LimitView, PullView, ReportDayView, ReportsView, ReportVendorView } from '../reports-view.ts';
import { CAUSES, reportHref } from './discrepancy.ts';
import { byId, empty, fillOf, h, moment, money, NOT_AVAILABLE, show, table, time, whole } from './dom.ts';
import { startLive } from './live.ts';
import { createReportChart } from './report-chart.ts';
import { hideReport, renderReport } from './report-detail.ts';

const filter = byId<HTMLFormElement>('filter');
const onlyDiffering = byId<HTMLInputElement>('differing');

/** What the address says after its #: a day, and maybe one of its vendors. */
const chosen = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));
const chosenDay = (): string => chosen().get('day') ?? '';

const query = (): URLSearchParams => {
  const form = new FormData(filter);
  const asked = ['operator', 'currency', 'days'].map((name) => [name, String(form.get(name) ?? '')]);
  return new URLSearchParams(asked);
};

const live = startLive<ReportsView>({ path: () => `/api/reports?${query()}&day=${chosenDay()}`, render });
const drawChart = createReportChart();

filter.addEventListener('change', () => {
  byId<HTMLAnchorElement>('csv').href = `/api/reports.csv?${query()}`;
  live.ask();
});
onlyDiffering.addEventListener('change', () => live.ask());
byId('vendors-close').addEventListener('click', () => {
  location.hash = '';
});
addEventListener('hashchange', () => void follow());
void follow();

async function follow(): Promise<void> {
  const key = chosen();
  live.ask();
  if (key.has('vendor')) await renderReport(key, live);
  else hideReport();
}

function render(view: ReportsView): void {
  choices('operator', ['', ...view.operators], null);
  choices('currency', view.currencies, view.currency);
  renderChart(view);
  renderDays(view);
  renderVendors(view);
  renderLimits(view);
}

/** Fills a list to choose from; what is chosen stays so while it is there. */
function choices(name: string, values: readonly string[], value: string | null): void {
  const select = filter.elements.namedItem(name) as HTMLSelectElement;
  const before = value ?? select.value;
  show(select, values, () => values.map((each) => h('option', { value: each }, each || 'all')));
  select.value = values.includes(before) ? before : (values[0] ?? '');
}

function renderChart({ days, pulls }: ReportsView): void {
  show(fillOf('chart'), pulls, () => (pulls.length === 0 ? [] : [pullsTable(pulls)]));
  if (byId('days-chart').dataset.shown === JSON.stringify(days)) return;
  byId('days-chart').dataset.shown = JSON.stringify(days);
  drawChart(days);
}

const pullsTable = (pulls: readonly PullView[]): HTMLElement =>
  table<PullView>(
    'Reports that could not be pulled, or are late',
    [
      { title: 'Late report', cell: ({ day, operatorId }) => `${day}, ${operatorId}` },
      { title: 'Failures', kind: 'number', cell: ({ failures }) => whole(failures) },
      { title: 'Pulled', cell: ({ pulledAtMs }) => (pulledAtMs === 0 ? 'never' : time(pulledAtMs)) },
      { title: 'Obstacle', kind: 'long', cell: ({ error }) => h('small', {}, error || 'late') },
    ],
    pulls,
  );

function renderDays({ days, currency, completeUntilMs, nowMs }: ReportsView): void {
  const until =
    completeUntilMs === 0 ? 'our books are not complete yet' : `our books are complete until ${utc(completeUntilMs)}`;
  byId('complete').textContent = `${until}; days after that are not judged`;
  show(fillOf('days'), [days, chosenDay(), Math.floor(nowMs / 60_000)], () => {
    if (days.length === 0) return [empty('no report and no play yet')];
    return [
      table<ReportDayView>(
        'Days, newest first',
        [
          { title: 'Day', cell: dayCell },
          {
            title: 'State',
            cell: ({ state, differing }) =>
              stateCell(state, state === 'differs' ? `${whole(differing)} differ` : state),
          },
          { title: `Our GGR, ${currency}`, kind: 'number', cell: ({ ours }) => money(ours) },
          { title: 'Report', kind: 'number', cell: ({ theirs }) => money(theirs) },
          { title: 'Difference', kind: 'number', cell: ({ difference }) => h('b', {}, money(difference)) },
          { title: 'Vendors', kind: 'number', cell: ({ groups }) => whole(groups) },
        ],
        days,
      ),
    ];
  });
}

const utc = (atMs: number): string => `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const dayCell = ({ day }: ReportDayView): HTMLElement =>
  h('a', { href: `#${new URLSearchParams({ day })}`, 'aria-current': day === chosenDay() ? 'true' : null }, day);

const stateCell = (state: string, text = state): HTMLElement => h('span', { class: `state ${state}` }, text);

function renderVendors({ vendors }: ReportsView): void {
  const section = byId('vendors');
  section.hidden = vendors === null;
  byId('vendors-title').textContent = `Vendors on ${chosenDay()}`;
  const rows = (vendors ?? []).filter(({ state }) => !onlyDiffering.checked || state === 'differs');
  show(fillOf('vendors'), [rows, location.hash], () => {
    if (rows.length === 0) return [empty(onlyDiffering.checked ? 'nothing differs' : 'neither play nor a report')];
    return [
      table<ReportVendorView>(
        'Vendors of the day',
        [
          { title: 'Vendor', cell: vendorCell },
          { title: 'Operator', cell: ({ operatorId }) => operatorId },
          { title: 'State', cell: ({ state }) => stateCell(state) },
          { title: 'Our GGR', kind: 'number', cell: ({ ours }) => (ours === '' ? 'nothing' : money(ours)) },
          { title: 'Report', kind: 'number', cell: ({ theirs }) => (theirs === '' ? 'nothing' : money(theirs)) },
          { title: 'Difference', kind: 'number', cell: ({ difference }) => h('b', {}, money(difference)) },
          { title: 'Likely cause', cell: ({ cause }) => h('small', {}, CAUSES[cause] ?? '') },
          { title: 'Discrepancy', cell: discrepancyCell },
        ],
        rows,
      ),
    ];
  });
}

const vendorCell = ({ operatorId, day, vendor, currency }: ReportVendorView): HTMLElement =>
  h(
    'a',
    { href: reportHref({ operatorId, vendor, reportDay: day, currency }).replace('/reports', '') },
    vendor || 'no vendor',
  );

const discrepancyCell = ({ discrepancyId, discrepancyState }: ReportVendorView): HTMLElement =>
  discrepancyId === ''
    ? h('span', { class: 'sub' }, '–')
    : h('a', { href: `/reconciliation#${discrepancyId}` }, discrepancyState || discrepancyId);

function renderLimits({ limits, nowMs }: ReportsView): void {
  show(fillOf('limits'), [limits, Math.floor(nowMs / 60_000)], () => {
    if (limits === null) return [empty(NOT_AVAILABLE)];
    if (limits.length === 0) return [empty('PLATFORM was not asked yet')];
    return [
      table<LimitView>(
        'Limits',
        [
          { title: 'Operator', cell: ({ operatorId }) => operatorId },
          { title: 'Limit', cell: ({ kind, currency }) => `${kind === 'ggr' ? 'GGR' : 'balance'} ${currency}` },
          { title: 'State', cell: ({ state }) => stateCell(state, state === 'none' ? 'no limit' : state) },
          { title: 'Left', kind: 'number', cell: ({ available, limit, used }) => leftText(available, limit, used) },
          {
            title: 'Reached',
            cell: ({ reachedAtMs }) => (reachedAtMs === 0 ? h('span', { class: 'sub' }, '–') : time(reachedAtMs)),
          },
          { title: 'Read', cell: ({ readAtMs }) => moment(readAtMs, nowMs) },
          { title: 'Obstacle', kind: 'long', cell: ({ error }) => h('small', {}, error) },
        ],
        limits,
      ),
    ];
  });
}

function leftText(available: string, limit: string, used: string): string {
  if (available !== '') return money(available);
  return limit === '' ? '–' : `${money(used)} of ${money(limit)} used`;
}
