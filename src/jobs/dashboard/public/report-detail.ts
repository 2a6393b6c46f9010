import type { HandHistoryView, ReportDetailView, ReportTransactionsView } from '../reports-view.ts';
import { CAUSES } from './discrepancy.ts';
import { byId, empty, fillOf, h, moment, money, show, table, time, whole } from './dom.ts';
import type { Live } from './live.ts';

const TIMEOUT_MS = 10_000;

const FIGURES: Record<string, string> = {
  bets_count: 'Bets',
  bets_sum: 'Stakes',
  wins_count: 'Wins',
  wins_sum: 'Won',
  freespins_count: 'Free spins',
  freespins_sum: 'Won in free spins',
  jackpots_count: 'Jackpots',
  jackpots_sum: 'Won in jackpots',
  gross_gaming_revenue: 'Gross gaming revenue',
};

const CLASSES: Record<string, string> = {
  counted: 'counted',
  canceled_later: 'canceled after the day had ended',
  canceled: 'canceled the same day',
  written_another_day: 'counted, written on another day',
  made_another_day: 'written this day, made on another',
  unresolved: 'bets without a result',
  refused: 'refused by us',
  tombstone: 'canceled before they came',
};

type Transaction = ReportTransactionsView['transactions'][number];

export function hideReport(): void {
  byId('detail').hidden = true;
}

/** Shows one vendor's day: figures side by side, what may be counted otherwise, and our transactions. */
export async function renderReport(key: URLSearchParams, live: Live): Promise<void> {
  const section = byId('detail');
  const detail = await get<ReportDetailView>(`/api/reports/day?${key}`);
  // Somebody has gone on to another one meanwhile.
  if (location.hash.slice(1) !== String(key)) return;
  section.hidden = false;
  byId('detail-title').textContent = `${key.get('vendor') || 'No vendor'}, ${key.get('day')}, ${key.get('currency')}`;
  byId('transactions').replaceChildren();
  if (detail === null) {
    show(fillOf('detail'), null, () => [empty('This day can not be had now.')]);
    return;
  }
  byId('detail-sub').textContent = CAUSES[detail.group.cause] ?? '';
  show(fillOf('detail'), detail, () => [
    facts(detail),
    h('div', { class: 'columns' }, figuresTable(detail), classesTable(detail)),
  ]);
  const choice = byId<HTMLSelectElement>('class');
  choice.replaceChildren(...detail.classes.map(({ name }) => h('option', { value: name }, CLASSES[name] ?? name)));
  choice.value = suspectOf(detail);
  choice.onchange = () => void renderTransactions(key, choice.value, live);
  await renderTransactions(key, choice.value, live);
  section.scrollIntoView({ block: 'nearest' });
  section.focus({ preventScroll: true });
}

/** Where a person would look first. */
function suspectOf({ group, classes }: ReportDetailView): string {
  const has = (name: string): boolean => classes.some((each) => each.name === name && each.transactions > 0);
  if (group.cause === 'late_cancel' && has('canceled_later')) return 'canceled_later';
  if (group.cause === 'day_boundary' && has('written_another_day')) return 'written_another_day';
  return group.cause === 'unknown_outcome' && has('unresolved') ? 'unresolved' : 'counted';
}

const facts = ({ group, pulledAtMs, changedAtMs, reconciledAtMs, nowMs }: ReportDetailView): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    fact('Operator', group.operatorId),
    fact('State', group.state),
    fact('Difference', `${money(group.difference)} ${group.currency}`),
    fact('Report pulled', moment(pulledAtMs, nowMs)),
    fact('Report changed', moment(changedAtMs, nowMs)),
    fact('Compared', moment(reconciledAtMs, nowMs)),
    group.discrepancyId === ''
      ? null
      : fact(
          'Discrepancy',
          h('a', { href: `/reconciliation#${group.discrepancyId}` }, `${group.discrepancyState}: decide`),
        ),
  );

const fact = (label: string, value: string | HTMLElement): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', {}, value));

const shown = (text: string): string => (text === '' ? 'nothing' : money(text));

const figuresTable = ({ figures }: ReportDetailView): HTMLElement =>
  table(
    'Figures of both sides',
    [
      {
        title: 'Figure',
        cell: ({ name, differs }) => h('span', { class: differs ? 'off' : null }, FIGURES[name] ?? name),
      },
      { title: 'Our books', kind: 'number', cell: ({ ours }) => shown(ours) },
      { title: 'Report', kind: 'number', cell: ({ theirs }) => shown(theirs) },
    ],
    figures,
  );

const classesTable = ({ classes }: ReportDetailView): HTMLElement =>
  table(
    'Our transactions by what may be counted otherwise',
    [
      { title: 'Our transactions', cell: ({ name }) => CLASSES[name] ?? name },
      { title: 'How many', kind: 'number', cell: ({ transactions }) => whole(transactions) },
      { title: 'Bets', kind: 'number', cell: ({ bets }) => money(bets) },
      { title: 'Wins', kind: 'number', cell: ({ wins }) => money(wins) },
      { title: 'Refunds', kind: 'number', cell: ({ refunds }) => money(refunds) },
    ],
    classes,
  );

async function renderTransactions(key: URLSearchParams, name: string, live: Live, page = ''): Promise<void> {
  const asked = new URLSearchParams(key);
  asked.set('class', name);
  asked.set('page', page);
  const place = byId('transactions');
  const answer = await get<ReportTransactionsView>(`/api/reports/transactions?${asked}`);
  if (location.hash.slice(1) !== String(key) || byId<HTMLSelectElement>('class').value !== name) return;
  if (answer === null) {
    place.replaceChildren(empty('The transactions can not be had now.'));
    return;
  }
  const more = h('button', { type: 'button', class: 'quiet' }, 'Next page');
  more.addEventListener('click', () => void renderTransactions(key, name, live, answer.next));
  place.replaceChildren(
    answer.transactions.length === 0
      ? empty('none')
      : transactionsTable(answer.transactions, key.get('operator') ?? '', live),
    ...(answer.next === '' ? [] : [more]),
  );
}

const transactionsTable = (rows: readonly Transaction[], operator: string, live: Live): HTMLElement =>
  table<Transaction>(
    'Transactions, oldest first',
    [
      { title: 'Made', cell: ({ occurredAtMs, createdAtMs }) => time(occurredAtMs || createdAtMs) },
      { title: 'Written', cell: ({ createdAtMs }) => time(createdAtMs) },
      {
        title: 'What',
        cell: ({ kind, canceledAtMs }) => h('span', { class: canceledAtMs > 0 ? 'struck' : null }, kind),
      },
      { title: 'Amount', kind: 'number', cell: ({ amount }) => money(amount) },
      { title: 'Player', cell: ({ userId }) => userId },
      { title: 'Game', cell: ({ gameId }) => gameId },
      { title: 'Round', kind: 'long', cell: ({ roundId }) => h('small', {}, roundId) },
      { title: 'Transaction', kind: 'long', cell: ({ transactionId }) => h('small', {}, transactionId) },
      { title: 'Hand', cell: (row) => handCell(row, operator, live) },
    ],
    rows,
  );

function handCell(
  { transactionId, hasHistoryId, hasHandHistory }: Transaction,
  operator: string,
  live: Live,
): HTMLElement {
  if (!hasHistoryId && !hasHandHistory) return h('span', { class: 'sub' }, '–');
  const button = h('button', { type: 'button', class: 'quiet' }, hasHandHistory ? 'kept' : 'fetch');
  button.addEventListener('click', () => void showHand(button, operator, transactionId, live));
  return button;
}

/** What came from outside is shown as text; a URL is for people to follow. */
async function showHand(button: HTMLElement, operator: string, transaction: string, live: Live): Promise<void> {
  button.setAttribute('disabled', '');
  const result = await live.postFor<HandHistoryView>('/api/reports/hand-history', { operator, transaction });
  button.removeAttribute('disabled');
  byId('hand-sub').textContent = result.ok
    ? `transaction ${transaction}, ${result.answer.vendor}, history ${result.answer.historyId}`
    : '';
  byId('hand-body').replaceChildren(result.ok ? bodyOf(result.answer) : result.message);
  byId<HTMLDialogElement>('hand').showModal();
}

function bodyOf({ type, body }: HandHistoryView): Node | string {
  if (type !== 'url') return body;
  return /^https?:\/\//.test(body) ? h('a', { href: body, target: '_blank', rel: 'noopener noreferrer' }, body) : body;
}

async function get<T>(path: string): Promise<T | null> {
  try {
    const answer = await fetch(path, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json' },
    });
    return answer.ok ? ((await answer.json()) as T) : null;
  } catch {
    return null;
  }
}
