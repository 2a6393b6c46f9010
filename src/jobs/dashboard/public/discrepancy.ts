import type { DiscrepancyDetailView, DiscrepancyView } from '../reconciliation-view.ts';
import { byId, empty, fillOf, h, show, table, time } from './dom.ts';
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

const TIMEOUT_MS = 5_000;

/** Text to text: an amount never becomes a JavaScript number. */
export const money = (decimal: string): string => decimal.replace(/\B(?=(\d{3})+(?!\d)(?=\.))/g, ',');

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
    fact('Player', `${discrepancy.operatorId} / ${discrepancy.userId}`),
    fact('Terminal', `${discrepancy.hallId} / ${discrepancy.uid}`),
    fact('Played', time(discrepancy.occurredAtMs)),
    fact('Found', time(discrepancy.foundAtMs)),
    fact('State', STATES[discrepancy.state] ?? discrepancy.state),
    fact('What', discrepancy.detail),
    discrepancy.proposedBy === '' ? null : fact('Proposed by', discrepancy.proposedBy),
    discrepancy.approvedBy === '' ? null : fact('Approved by', discrepancy.approvedBy),
    discrepancy.note === '' ? null : fact('Note', discrepancy.note),
    discrepancy.correctionTransactionId === '' ? null : fact('Correction', discrepancy.correctionTransactionId),
  );

const fact = (label: string, value: string | HTMLElement): HTMLElement =>
  h('div', {}, h('dt', {}, label), h('dd', {}, value));

const sides = ({ discrepancy, logs, transactions }: DiscrepancyDetailView): HTMLElement =>
  h(
    'div',
    { class: 'sides' },
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
    ),
    h(
      'div',
      {},
      h('h3', {}, 'Our ledger'),
      transactions.length === 0
        ? empty('no row around that time')
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

function proposal({ id, correction }: DiscrepancyView, live: Live): HTMLElement {
  const names = correction === '' ? ['dismiss'] : [correction, 'dismiss'];
  const choices = names.map((name, index) =>
    h(
      'label',
      {},
      h('input', { type: 'radio', name: 'resolution', value: name, checked: index === 0 ? '' : null }),
      ` ${RESOLUTIONS[name] ?? name}`,
    ),
  );
  const note = h('input', { id: 'note', name: 'note', maxlength: '255', required: '', autocomplete: 'off' });
  const form = h(
    'form',
    { class: 'decide' },
    h('fieldset', {}, h('legend', {}, 'Propose'), ...choices),
    h('label', { for: 'note' }, 'Why'),
    note,
    h('div', { class: 'buttons' }, h('button', { type: 'submit', class: 'primary' }, 'Propose')),
  ) as HTMLFormElement;
  return pressed(form, live, id, () => ({
    path: '/api/reconciliation/propose',
    body: { id, resolution: new FormData(form).get('resolution'), note: new FormData(form).get('note') },
  }));
}

function approval({ id, resolution, proposedBy }: DiscrepancyView, user: string, live: Live): HTMLElement {
  const isOwn = proposedBy === user;
  const form = h(
    'form',
    { class: 'decide' },
    h('p', {}, `${proposedBy} proposes: ${RESOLUTIONS[resolution] ?? resolution}.`),
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
      ? { path: '/api/reconciliation/approve', body: { id, resolution } }
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
