import type { AnomalyView, AuditView, DayView, Overview, QueueView } from '../overview.ts';
import { byId, empty, fillOf, h, money, NOT_AVAILABLE, show, span, table, time, whole } from './dom.ts';

export function renderLate({ late, unconfirmed }: Overview): void {
  show(fillOf('late'), [late, unconfirmed], () => [
    late === null
      ? empty(`late bets: ${NOT_AVAILABLE}`)
      : h(
          'dl',
          { class: 'figures big' },
          figure('late bets', whole(late.recent), late.recent > 0 ? 'warn' : ''),
          figure('canceled at once', whole(late.reversedRecent)),
        ),
    unconfirmed === null
      ? empty(`unconfirmed outcomes: ${NOT_AVAILABLE}`)
      : h(
          'dl',
          { class: 'figures big' },
          ...unconfirmed.owed.map(({ kind, count }) =>
            figure(`${kind}s still owed`, whole(count), count > 0 ? 'bad' : ''),
          ),
          figure('oldest', unconfirmed.oldestAgeSeconds === 0 ? '–' : span(unconfirmed.oldestAgeSeconds)),
          figure('unconfirmed', whole(unconfirmed.recent), unconfirmed.recent > 0 ? 'warn' : ''),
          figure('settled', whole(unconfirmed.settledRecent)),
        ),
  ]);
}

const figure = (label: string, value: string, state = ''): HTMLElement =>
  h('div', { class: state }, h('dt', {}, label), h('dd', {}, value));

export function renderQueues({ queues, outbox }: Overview): void {
  byId('outbox').textContent =
    outbox === null
      ? `outbox ${NOT_AVAILABLE}`
      : `outbox ${whole(outbox.messages)}${outboxAge(outbox.oldestAgeSeconds)}`;
  show(fillOf('queues'), queues, () => [
    queues === null
      ? empty(`${NOT_AVAILABLE}: Redis is away`)
      : table<QueueView>(
          'Queues',
          [
            { title: 'Queue', cell: queueCell },
            { title: 'Waiting', kind: 'number', cell: ({ waiting }) => whole(waiting) },
            { title: 'Active', kind: 'number', cell: ({ active }) => whole(active) },
            { title: 'Delayed', kind: 'number', cell: ({ delayed }) => whole(delayed) },
            { title: 'Failed', kind: 'number', cell: failedCell },
            { title: 'Oldest', kind: 'number', cell: ({ oldestAgeSeconds: age }) => (age === null ? '–' : span(age)) },
            { title: 'Done/min', kind: 'number', cell: ({ completedLastMinute: done }) => whole(done) },
          ],
          queues,
        ),
  ]);
}

const outboxAge = (seconds: number): string => (seconds > 0 ? `, oldest ${span(seconds)}` : ' messages');

const queueCell = ({ name, isPaused }: QueueView): HTMLElement =>
  h(
    'span',
    {},
    h('a', { href: `/queues/queue/${name}` }, name),
    isPaused ? h('b', { class: 'badge warn' }, 'paused') : null,
  );

const failedCell = ({ name, failed }: QueueView): HTMLElement =>
  failed === 0
    ? h('span', {}, '0')
    : h(
        'a',
        { class: 'bad', href: `/queues/queue/${name}?status=failed`, 'aria-label': `${failed} failed in ${name}` },
        whole(failed),
      );

export function renderDay({ day }: Overview): void {
  show(fillOf('day'), day, () => {
    if (day === null) return [empty(NOT_AVAILABLE)];
    if (day.length === 0) return [empty('nothing booked yet')];
    const columns = [
      { title: 'Operator', cell: ({ operatorId }: DayView) => operatorId },
      {
        title: 'GGR',
        kind: 'number' as const,
        cell: ({ ggr, currency }: DayView) => h('b', {}, `${money(ggr)} ${currency}`),
      },
      { title: 'Bets', kind: 'number' as const, cell: ({ bets }: DayView) => money(bets) },
      { title: 'Wins', kind: 'number' as const, cell: ({ wins }: DayView) => money(wins) },
      { title: 'Rounds', kind: 'number' as const, cell: ({ rounds }: DayView) => whole(rounds) },
    ];
    return [table<DayView>('Totals of the day by operator and currency', columns, day)];
  });
}

const KINDS: Record<string, string> = {
  win_without_bet: 'win without a bet',
  money_after_close: 'money after the close',
  bet_unresolved: 'bet never resolved',
};

export function renderAnomalies({ anomalies }: Overview): void {
  show(fillOf('anomalies'), anomalies, () => {
    if (anomalies === null) return [empty(NOT_AVAILABLE)];
    if (anomalies.recent.length === 0) return [empty('none')];
    const columns = [
      { title: 'Found', cell: ({ atMs }: AnomalyView) => time(atMs) },
      { title: 'What', cell: ({ kind }: AnomalyView) => KINDS[kind] ?? kind },
      { title: 'Player', cell: ({ operatorId, userId }: AnomalyView) => `${operatorId} / ${userId}` },
      { title: 'Round', cell: ({ roundId }: AnomalyView) => roundId || '–' },
      { title: 'Detail', kind: 'long' as const, cell: ({ detail }: AnomalyView) => h('small', {}, detail) },
    ];
    return [table<AnomalyView>('Anomalies', columns, anomalies.recent)];
  });
}

export function renderAudit({ audit }: Overview): void {
  show(fillOf('audit'), audit, () => {
    if (audit === null) return [empty(NOT_AVAILABLE)];
    if (audit.length === 0) return [empty('nothing yet')];
    const columns = [
      { title: 'When', cell: ({ atMs }: AuditView) => time(atMs) },
      { title: 'Who', cell: ({ actor }: AuditView) => actor },
      { title: 'What', cell: ({ action }: AuditView) => action },
      {
        title: 'To what',
        kind: 'long' as const,
        cell: ({ target, detail }: AuditView) => h('small', {}, [target, detail].filter(Boolean).join(' · ')),
      },
    ];
    return [table<AuditView>('Audit trail', columns, audit)];
  });
}
