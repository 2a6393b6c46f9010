import type { Overview, StopScopeName, StopView } from '../overview.ts';
import { byId, empty, fillOf, h, NOT_AVAILABLE, show, time } from './dom.ts';
import type { Post } from './live.ts';

const SCOPES: Record<Exclude<StopScopeName, 'all'>, { label: string; hint: string }> = {
  operator: { label: 'Operator', hint: 'operator id' },
  vendor: { label: 'Vendor', hint: 'vendor, as in the games list' },
  game: { label: 'Game', hint: 'platform:200' },
};

const named = ({ scope, scopeId }: Pick<StopView, 'scope' | 'scopeId'>): string =>
  scope === 'all' ? 'All play' : `${SCOPES[scope].label} ${scopeId}`;

export function renderStops({ stops }: Overview, post: Post, onChange: () => void): void {
  byId('stops').dataset.state = stops !== null && stops.length > 0 ? 'stopped' : 'running';
  show(fillOf('stops'), stops, () => {
    if (stops === null) return [empty(NOT_AVAILABLE)];
    if (stops.length === 0) return [empty('none in force: play goes on')];
    return [h('ul', { class: 'stops' }, ...stops.map((stop) => stopItem(stop, post, onChange)))];
  });
}

function stopItem(stop: StopView, post: Post, onChange: () => void): HTMLElement {
  const button = h('button', { type: 'button', class: 'quiet' }, 'Lift') as HTMLButtonElement;
  const error = h('small', { class: 'error', role: 'alert' });
  button.setAttribute('aria-label', `Lift the stop: ${named(stop)}`);
  button.addEventListener('click', async () => {
    // Pressed twice: the first press asks.
    if (button.dataset.asked !== 'yes') {
      button.dataset.asked = 'yes';
      button.textContent = 'Lift it now?';
      return;
    }
    button.disabled = true;
    const result = await post('/api/stops/lift', { scope: stop.scope, scopeId: stop.scopeId });
    button.disabled = false;
    error.textContent = result.ok ? '' : result.message;
    onChange();
  });
  button.addEventListener('blur', () => {
    button.dataset.asked = '';
    button.textContent = 'Lift';
  });
  const text = h(
    'div',
    {},
    h('b', {}, named(stop)),
    h('small', {}, 'since ', time(stop.sinceMs), stop.note === '' ? '' : ` · ${stop.note}`),
    error,
  );
  return h('li', {}, text, button);
}

/** The guarded button: what, why, and the word typed out. */
export function setUpStopDialog(post: Post, onChange: () => void): void {
  const dialog = byId<HTMLDialogElement>('stop-dialog');
  const form = byId<HTMLFormElement>('stop-form');
  const confirm = byId<HTMLButtonElement>('stop-confirm');
  const error = byId('stop-error');
  const field = (name: string): string => String(new FormData(form).get(name) ?? '').trim();

  const update = (): void => {
    const scope = field('scope') as StopScopeName;
    byId('stop-id-row').hidden = scope === 'all';
    if (scope !== 'all') {
      byId('stop-id-label').textContent = SCOPES[scope].label;
      byId<HTMLInputElement>('stop-id').placeholder = SCOPES[scope].hint;
    }
    const isNamed = scope === 'all' || field('scopeId') !== '';
    confirm.disabled = !isNamed || field('note') === '' || field('word') !== 'STOP';
  };

  byId('stop-open').addEventListener('click', () => {
    form.reset();
    error.textContent = '';
    update();
    dialog.showModal();
  });
  byId('stop-cancel').addEventListener('click', () => dialog.close());
  form.addEventListener('input', update);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (confirm.disabled) return;
    confirm.disabled = true;
    const scope = field('scope') as StopScopeName;
    const result = await post('/api/stops', {
      scope,
      scopeId: scope === 'all' ? '' : field('scopeId'),
      note: field('note'),
    });
    update();
    error.textContent = result.ok ? '' : result.message;
    if (result.ok) dialog.close();
    onChange();
  });
}
