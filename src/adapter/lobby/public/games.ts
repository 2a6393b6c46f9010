import type { CategoryView, GameView } from '../view.ts';
import { ApiError, getGames } from './api.ts';
import { button, byId, h } from './dom.ts';
import { toast } from './notices.ts';
import { endSession, isPlayer } from './player.ts';
import { device, openGame } from './window.ts';

const SEARCH_PAUSE_MS = 180;
const SKELETONS = 18;

let wanted = { query: '', category: '' };
let nextPage: number | null = null;
let loading: AbortController | null = null;
let labels = new Map<string, string>();
let shownCategories = '';

const grid = byId('grid');

/** Pictures are asked for as they come into view. */
const pictures = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      pictures.unobserve(target);
      const picture = target as HTMLImageElement;
      picture.src = picture.dataset.src ?? '';
    }
  },
  { rootMargin: '120px' },
);

/** The next page, when the end of this one is near. */
const end = new IntersectionObserver(
  (entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) void loadNext();
  },
  { rootMargin: '800px' },
);

export function setUpGames(): void {
  let timer: number | undefined;
  byId<HTMLInputElement>('search').addEventListener('input', ({ target }) => {
    clearTimeout(timer);
    timer = setTimeout(() => choose({ ...wanted, query: (target as HTMLInputElement).value }), SEARCH_PAUSE_MS);
  });
  byId('chips').addEventListener('click', ({ target }) => {
    const chip = (target as Element).closest('button');
    if (chip !== null) choose({ ...wanted, category: chip.dataset.category ?? '' });
  });
  byId<HTMLSelectElement>('vendors').addEventListener('change', ({ target }) => {
    choose({ ...wanted, category: (target as HTMLSelectElement).value });
  });
  byId('more').hidden = false;
  end.observe(byId('more'));
}

/** Shows the first page of what is wanted. */
export async function loadGames(): Promise<void> {
  loading?.abort();
  nextPage = null;
  grid.setAttribute('aria-busy', 'true');
  if (grid.childElementCount === 0) grid.replaceChildren(...Array.from({ length: SKELETONS }, skeleton));
  await load(0);
}

function choose(next: typeof wanted): void {
  if (next.query === wanted.query && next.category === wanted.category) return;
  wanted = next;
  markChosen();
  scrollTo({ top: 0 });
  void loadGames();
}

async function loadNext(): Promise<void> {
  if (nextPage === null || loading !== null) return;
  await load(nextPage);
}

async function load(page: number): Promise<void> {
  const controller = new AbortController();
  loading = controller;
  try {
    const view = await getGames({ ...wanted, page, device: device() }, controller.signal);
    if (loading !== controller) return;
    loading = null;
    nextPage = view.nextPage;
    if (view.categories !== undefined) showCategories(view.categories);
    showPage(page, view.games, view.total);
  } catch (error) {
    if (controller.signal.aborted) return;
    if (loading === controller) loading = null;
    if (!(error instanceof ApiError)) throw error;
    showFailure(page, error);
  }
}

function showPage(page: number, games: GameView[], total: number): void {
  const cards = games.map(card);
  if (page > 0) grid.append(...cards);
  else {
    grid.replaceChildren(...cards);
    grid.setAttribute('aria-busy', 'false');
  }
  byId('heading').textContent = labels.get(wanted.category) ?? 'Games';
  byId('count').textContent = total === 1 ? '1 game' : `${total.toLocaleString('en')} games`;
  byId('empty').hidden = total > 0;
  byId('empty').textContent =
    wanted.query === '' ? 'There are no games here yet.' : `No game matches “${wanted.query}”.`;
  // What is still in view of the end of the page is told of a change only.
  end.unobserve(byId('more'));
  end.observe(byId('more'));
}

function showFailure(page: number, error: ApiError): void {
  if (error.code === 'expired') endSession();
  if (page > 0) {
    toast(error.message);
    return;
  }
  grid.replaceChildren();
  grid.setAttribute('aria-busy', 'false');
  byId('count').textContent = '';
  const again = error.code === 'login' ? null : button('Try again', 'button', () => void loadGames());
  byId('empty').hidden = false;
  byId('empty').replaceChildren(h('span', {}, error.message), ...(again === null ? [] : [again]));
}

/** What is the same stays: somebody may be about to use it, by keyboard. */
function showCategories(categories: CategoryView[]): void {
  const text = JSON.stringify(categories);
  if (text === shownCategories) return;
  shownCategories = text;
  labels = new Map(categories.map(({ id, label }) => [id, label]));
  const chips = categories.filter(({ kind }) => kind !== 'vendor');
  byId('chips').replaceChildren(
    ...chips.map(({ id, label, count }) =>
      h(
        'button',
        { type: 'button', class: 'chip', 'data-category': id },
        label,
        h('small', {}, count.toLocaleString('en')),
      ),
    ),
  );
  const vendors = categories.filter(({ kind }) => kind === 'vendor');
  byId('vendors').replaceChildren(
    h('option', { value: '' }, 'All providers'),
    ...vendors.map(({ id, label, count }) => h('option', { value: id }, `${label} (${count})`)),
  );
  (byId('vendors').parentElement as HTMLElement).hidden = vendors.length < 2;
  markChosen();
}

function markChosen(): void {
  for (const chip of byId('chips').querySelectorAll('button')) {
    chip.setAttribute('aria-pressed', String(chip.dataset.category === wanted.category));
  }
  byId<HTMLSelectElement>('vendors').value = wanted.category.startsWith('vendor:') ? wanted.category : '';
}

function card(game: GameView): HTMLElement {
  const play = (mode: 'real' | 'fun', label: string, look: string): HTMLElement => {
    const element = button(label, look, () => void openGame(game, mode));
    element.setAttribute('aria-label', `${label}: ${game.title}`);
    return element;
  };
  const tile = h('div', { class: 'tile', 'aria-hidden': 'true' }, h('span', {}, initials(game.title)));
  tile.style.setProperty('--hue', String(hueOf(game.title)));
  if (game.picture !== '') tile.append(picture(game.picture));
  tile.addEventListener('click', () => void openGame(game, isPlayer() || !game.fun ? 'real' : 'fun'));
  return h(
    'li',
    { class: 'card' },
    tile,
    h('div', { class: 'about' }, h('h3', { title: game.title }, game.title), h('p', {}, game.vendor)),
    h('div', { class: 'plays' }, play('real', 'Play', 'primary'), game.fun ? play('fun', 'For fun', 'plain') : null),
  );
}

/** The tile beneath it stays where there is no picture to be had. */
function picture(url: string): HTMLImageElement {
  const element = h('img', { alt: '', decoding: 'async', loading: 'lazy', referrerpolicy: 'no-referrer' });
  element.dataset.src = url;
  element.addEventListener('load', () => element.classList.add('here'));
  element.addEventListener('error', () => element.remove());
  pictures.observe(element);
  return element;
}

const skeleton = (): HTMLElement =>
  h('li', { class: 'card skeleton', 'aria-hidden': 'true' }, h('div', { class: 'tile' }));

const initials = (title: string): string =>
  title
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');

function hueOf(text: string): number {
  let hash = 0;
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}
