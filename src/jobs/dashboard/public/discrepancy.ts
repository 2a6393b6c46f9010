import type { DiscrepancyDetailView, DiscrepancyView } from '../reconciliation-view.ts';
import { byId, empty, fillOf, h, money, show, table, time } from './dom.ts';
import type { Live } from './live.ts';

export const KINDS: Record<string, string> = {
  spin_not_played: 'debit without a spin',
  win_missing: 'win that never reached us',
  bet_amount_differs: 'stake differs',
  win_amount_differs: 'win differs',
  balance_differs: 'balance differs',
  bet_missing: 'spin without a debit',
  bet_canceled: 'canceled bet was played',
  win_unlogged: 'win without a log record',
  win_twice: 'win credited twice',
  report_differs: 'report differs',
  report_missing: 'not in the report',
  ledger_missing: 'only in the report',
};

export const CAUSES: Record<string, string> = {
  late_cancel: 'canceled here, and still reported',
  day_boundary: 'counted on another day',
  unknown_outcome: 'transactions whose outcome one side does not know',
  refunds: 'refunds counted otherwise',
  not_reported: 'play that is not reported',
  not_booked: 'play that is not booked',
  unlisted: 'agrees: games that no list has, put together',
};

export const STATES: Record<string, string> = {
  open: 'open',
  approved: 'being done',
  corrected: 'corrected',
  dismissed: 'dismissed',
  explained: 'explained',
  refused: 'refused by the wallet',
};

const RESOLUTIONS: Record<string, string> = {
  cancel: 'give the stake back',
  credit: 'credit the win',
  dismiss: 'leave it as it is',
};

/** What is proposed, in words. */
function wordsOf(resolution: string, { provider, transactionId }: Pick<DiscrepancyView, 'provider' | 'transactionId'>) {
  if (provider !== 'platform' || resolution !== 'cancel') return RESOLUTIONS[resolution] ?? resolution;
  return transactionId === '' ? 'cancel the transaction' : `cancel the transaction ${transactionId}`;
}

const TIMEOUT_MS = 5_000;

export function hideDetail(): void {
  byId('detail').hidden = true;
}

/** Shows one discrepancy with both of its sides, and what may be decided about it. */
export async function renderDetail(id: string, live: Live): Promise<void> {
  const section = byId('detail');
  const answer = await fetch(`/api/reconciliation/${encodeURIComponent(id)}`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: { accept: 'application/json' },
  }).catch(() => null);
  // Somebody has gone on to another one meanwhile.
  if (location.hash.slice(1) !== id) return;
  section.hidden = false;
  if (answer === null || !answer.ok) {
    byId('decision').replaceChildren();
    show(fillOf('detail'), null, () => [empty('This discrepancy can not be had now.')]);
    return;
  }
  const detail = (await answer.json()) as DiscrepancyDetailView;
  const { discrepancy } = detail;
  byId('detail-title').textContent = KINDS[discrepancy.kind] ?? discrepancy.kind;
  show(fillOf('detail'), detail, () => [facts(discrepancy), sides(detail)]);
  byId('decision').replaceChildren(decision(detail, live));
  section.scrollIntoView({ block: 'nearest' });
  section.focus({ preventScroll: true });
}

const facts = (discrepancy: DiscrepancyView): HTMLElement =>
  h(
    'dl',
    { class: 'facts' },
    fact('At stake', `${money(discrepancy.amount)} ${discrepancy.currency}`),
    discrepancy.userId === '' ? null : fact('Player', `${discrepancy.operatorId} / ${discrepancy.userId}`),
    ...(discrepancy.provider === 'platform' ? reportFacts(discrepancy) : terminalFacts(discrepancy)),
    fact('Found', time(discrepancy.foundAtMs)),
    fact('State', STATES[discrepancy.state] ?? discrepancy.state),
    fact('What', discrepancy.detail),
    discrepancy.proposedBy === '' ? null : fact('Proposed by', discrepancy.proposedBy),
    discrepancy.approvedBy === '' ? null : fact('Approved by', discrepancy.approvedBy),
    discrepancy.note === '' ? null : fact('Note', discrepancy.note),
    discrepancy.correctionTransactionId === '' ? null : fact('Correction', discrepancy.correctionTransactionId),
  );

const terminalFacts = ({ hallId, uid, occurredAtMs }: DiscrepancyView): HTMLElement[] => [
  fact('Terminal', `${hallId} / ${uid}`),
  fact('Played', time(occurredAtMs)),
];

const reportFacts = ({ operatorId, vendor, reportDay, currency, cause }: DiscrepancyView): HTMLElement[] => [
  fact('Operator', operatorId),
  fact('Vendor', vendor || 'none'),
  fact('Day', h('a', { href: reportHref({ operatorId, vendor, reportDay, currency }) }, reportDay)),
  fact('Likely cause', CAUSES[cause] ?? 'it can’t be told'),
];

type ReportKey = Pick<DiscrepancyView, 'operatorId' | 'vendor' | 'reportDay' | 'currency'>;

/** Where the reports' page shows a day of a vendor. */
export const reportHref = ({ operatorId, vendor, reportDay, currency }: ReportKey): string =>
  `/reports#${new URLSearchParams({ operator: operatorId, day: reportDay, vendor, currency })}`;

const fact = (label: string, value: string | HTMLElement): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', {}, value));

const sides = ({ discrepancy, logs, transactions }: DiscrepancyDetailView): HTMLElement =>
  h(
    'div',
    { class: discrepancy.provider === 'platform' ? null : 'sides' },
    discrepancy.provider === 'platform' ? null : logSide(discrepancy, logs),
    ledgerSide(discrepancy, transactions),
  );

const logSide = (discrepancy: DiscrepancyView, logs: DiscrepancyDetailView['logs']): HTMLElement =>
  h(
    'div',
    {},
    h('h3', {}, 'StarGame’s log'),
    logs.length === 0
      ? empty('no record around that time')
      : table(
          'Log records around it',
          [
            { title: 'Time', cell: (log) => marked(log.dataId === discrepancy.dataId, time(log.playedAtMs)) },
            { title: 'Bet', kind: 'number', cell: ({ bet }) => money(bet) },
            { title: 'Win', kind: 'number', cell: ({ win }) => money(win) },
            { title: 'Balance', kind: 'number', cell: ({ balance }) => money(balance) },
            { title: 'Game', cell: ({ gameName }) => gameName },
            { title: 'Record', cell: ({ dataId }) => h('small', {}, dataId) },
          ],
          logs,
        ),
  );

const ledgerSide = (discrepancy: DiscrepancyView, transactions: DiscrepancyDetailView['transactions']): HTMLElement =>
  h(
    'div',
    {},
    h('h3', {}, 'Our ledger'),
    transactions.length === 0
      ? empty(discrepancy.provider === 'platform' ? 'no transaction that could explain it' : 'no row around that time')
      : table(
          'Ledger rows around it',
          [
            {
              title: 'Time',
              cell: (row) => marked(row.transactionId === discrepancy.transactionId, time(row.atMs)),
            },
            {
              title: 'What',
              cell: ({ kind, isCanceled, status }) =>
                h('span', { class: isCanceled ? 'struck' : null }, status === 'ok' ? kind : `${kind} (${status})`),
            },
            { title: 'Amount', kind: 'number', cell: ({ amount }) => money(amount) },
            { title: 'Balance', kind: 'number', cell: ({ balanceAfter }) => money(balanceAfter) },
            { title: 'Transaction', kind: 'long', cell: ({ transactionId }) => h('small', {}, transactionId) },
          ],
          transactions,
        ),
  );

const marked = (isIt: boolean, cell: HTMLElement): HTMLElement =>
  isIt ? h('span', { class: 'it' }, cell, h('span', { class: 'hidden' }, ' this one')) : cell;

/** One person proposes, another approves. */
function decision({ discrepancy, user }: DiscrepancyDetailView, live: Live): HTMLElement {
  if (discrepancy.state === 'open') return proposal(discrepancy, live);
  if (discrepancy.state === 'proposed') return approval(discrepancy, user, live);
  return h('span', {});
}

function proposal({ id, kind, correction, provider, transactionId }: DiscrepancyView, live: Live): HTMLElement {
  // Of what only the report has there is nothing of ours to cancel.
  const canCancel = provider === 'platform' && kind !== 'ledger_missing';
  const names = canCancel ? ['dismiss', 'cancel'] : correction === '' ? ['dismiss'] : [correction, 'dismiss'];
  const choices = names.map((name, index) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'resolution', value: name, checked: index === 0 ? '' : null }),
      ` ${wordsOf(name, { provider, transactionId: '' })}`,
    ),
  );
  const note = h('input', { id: 'note', name: 'note', maxlength: '255', required: '', autocomplete: 'off' });
  const form = h(
    'form',
    { class: 'decide' },
    h('fieldset', {}, h('legend', {}, 'Propose'), ...choices),
    canCancel ? h('label', { for: 'transaction' }, 'Which of our transactions, to cancel it') : null,
    canCancel
      ? h('input', {
          id: 'transaction',
          name: 'transaction',
          maxlength: '64',
          value: transactionId,
          autocomplete: 'off',
        })
      : null,
    h('label', { for: 'note' }, 'Why'),
    note,
    h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, 'Propose')),
  ) as HTMLFormElement;
  return pressed(form, live, id, () => ({
    path: '/api/reconciliation/propose',
    body: proposalOf(id, new FormData(form)),
  }));
}

function proposalOf(id: string, form: FormData): object {
  const transactionId = form.get('resolution') === 'cancel' ? (form.get('transaction') ?? '') : '';
  return { id, resolution: form.get('resolution'), note: form.get('note'), transactionId };
}

function approval(discrepancy: DiscrepancyView, user: string, live: Live): HTMLElement {
  const { id, resolution, proposedBy, provider } = discrepancy;
  // Of a report's difference it is part of the proposal; what is approved is what is shown here.
  const transactionId = provider === 'platform' ? discrepancy.transactionId : '';
  const isOwn = proposedBy === user;
  const form = h(
    'form',
    { class: 'decide' },
    h('p', {}, `${proposedBy} proposes: ${wordsOf(resolution, discrepancy)}.`),
    isOwn ? h('p', { class: 'sub' }, 'Somebody else has to approve it.') : null,
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'submit', name: 'press', value: 'reject' }, 'Reject'),
      isOwn ? null : h('button', { type: 'submit', name: 'press', value: 'approve', class: 'primary' }, 'Approve'),
    ),
  ) as HTMLFormElement;
  return pressed(form, live, id, (button) =>
    button === 'approve'
      ? { path: '/api/reconciliation/approve', body: { id, resolution, transactionId } }
      : { path: '/api/reconciliation/reject', body: { id, note: '' } },
  );
}

function pressed(
  form: HTMLFormElement,
  live: Live,
  id: string,
  requestOf: (button: string) => { path: string; body: object },
): HTMLElement {
  const error = h('p', { class: 'error', role: 'alert' });
  form.append(error);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = (event as SubmitEvent).submitter;
    const { path, body } = requestOf(button?.getAttribute('value') ?? '');
    button?.setAttribute('disabled', '');
    const result = await live.post(path, body);
    button?.removeAttribute('disabled');
    error.textContent = result.ok ? '' : result.message;
    live.ask();
    if (result.ok) await renderDetail(id, live);
  });
  return form;
}
