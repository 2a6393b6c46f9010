import { byId, h } from './dom.ts';

const TOAST_MS = 6_000;
const TOASTS_MAX = 3;

/** Says something in passing; read out by screen readers. */
export function toast(text: string): void {
  const toasts = byId('toasts');
  const item = h('p', { class: 'toast' }, text);
  toasts.append(item);
  // Above whatever dialog was opened since.
  toasts.hidePopover();
  toasts.showPopover();
  while (toasts.childElementCount > TOASTS_MAX) toasts.firstElementChild?.remove();
  setTimeout(() => {
    item.remove();
    if (toasts.childElementCount === 0) toasts.hidePopover();
  }, TOAST_MS);
}

/** Says something that wants an answer. Each action closes it. */
export function notice(title: string, text: string, actions: HTMLElement[]): void {
  const dialog = byId<HTMLDialogElement>('notice');
  byId('notice-title').textContent = title;
  byId('notice-text').textContent = text;
  for (const action of actions) action.addEventListener('click', () => dialog.close());
  byId('notice-actions').replaceChildren(...actions);
  if (!dialog.open) dialog.showModal();
}

export const linkTo = (url: string, text: string, look: string): HTMLAnchorElement =>
  h('a', { href: url, class: look, rel: 'noreferrer' }, text);
