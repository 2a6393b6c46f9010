import type { BalanceView, SessionView } from '../view.ts';
import { ApiError, becomeDemoPlayer, getBalance, leave } from './api.ts';
import { button, byId, h, money } from './dom.ts';
import { linkTo, notice, toast } from './notices.ts';

const POLL_MS = 3_000;
/** A game that tells of every coin is not to ask more often. */
const SPACING_MS = 400;

let session: SessionView | null = null;
let hasEnded = false;
let asking: Promise<void> | null = null;
let askedAtMs = Number.NEGATIVE_INFINITY;
let isAgain = false;

export const currentSession = (): SessionView | null => session;
export const isPlayer = (): boolean => session?.who === 'player' && !hasEnded;

/** The player's name and balance, or the way to become one. */
export function showSession(view: SessionView): void {
  session = view;
  byId('casino').textContent = view.casino;
  const { player } = view;
  const home = view.homeUrl === '' ? null : linkTo(view.homeUrl, 'Back to the site', 'quiet');
  if (player === null) {
    byId('who').replaceChildren(...(home === null ? [] : [home]), logInButton(view));
    return;
  }
  byId('who').replaceChildren(
    ...(home === null ? [] : [home]),
    h(
      'p',
      { class: 'purse' },
      h('span', { class: 'name' }, player.name),
      h('span', { class: 'balance', id: 'balance', 'aria-label': 'Balance' }),
    ),
    ...(view.depositUrl === '' ? [] : [linkTo(view.depositUrl, 'Deposit', 'button primary')]),
    ...(view.demoPlayers.length === 0 ? [] : [button('Log out', 'quiet', () => void logOut())]),
  );
  showBalance(player.balance);
  if (player.blocked) toast('Your account is blocked: you can play for fun only.');
}

/** Asks while somebody looks, and at once when they look again. */
export function followBalance(): void {
  setInterval(() => void refreshBalance(), POLL_MS);
  document.addEventListener('visibilitychange', () => void refreshBalance());
}

/** Asks for the balance now, or soon where it was asked for just before: what a game announced is never missed. */
export async function refreshBalance(): Promise<void> {
  if (!isPlayer() || document.visibilityState !== 'visible') return;
  if (asking !== null) {
    isAgain = true;
    return asking;
  }
  asking = ask();
  await asking;
  asking = null;
  if (!isAgain) return;
  isAgain = false;
  await refreshBalance();
}

async function ask(): Promise<void> {
  const waitMs = askedAtMs + SPACING_MS - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  askedAtMs = performance.now();
  try {
    showBalance(await getBalance());
  } catch (error) {
    // What is shown may be old by now.
    for (const element of balances()) element.dataset.state = 'old';
    if (error instanceof ApiError && error.code === 'expired') endSession();
  }
}

function showBalance({ balance, currency }: BalanceView): void {
  for (const element of balances()) {
    const text = `${money(balance)} ${currency}`;
    element.dataset.state = 'live';
    if (element.textContent === text) continue;
    const isFirst = element.textContent === '';
    element.textContent = text;
    if (!isFirst) element.animate([{ opacity: 0.2 }, { opacity: 1 }], 400);
  }
}

const balances = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('#balance, #window-balance')];

/** Nothing more is asked of the server for this player. A game that is open goes on: its session is its own. */
export function endSession(): void {
  if (hasEnded) return;
  hasEnded = true;
  const view = session;
  const ways = view === null ? [] : waysIn(view);
  const back = view === null || view.homeUrl === '' ? [] : [linkTo(view.homeUrl, 'Back to the site', 'button primary')];
  const fun = button('Go on as a guest', 'button', () => void logOut());
  const tell = (): void =>
    notice('Your session has ended', 'Log in again to play for real. Your money is safe.', [...back, ...ways, fun]);
  const game = byId<HTMLDialogElement>('window');
  if (!game.open) tell();
  else {
    toast('Your session in the lobby has ended. Your game goes on.');
    game.addEventListener('close', tell, { once: true });
  }
}

function logInButton(view: SessionView): HTMLElement {
  if (view.loginUrl !== '') return linkTo(view.loginUrl, 'Log in', 'button primary');
  return button('Log in', 'button primary', askToLogIn);
}

/** For somebody who wants what only players have. */
export function askToLogIn(): void {
  const ways = session === null ? [] : waysIn(session);
  const text = ways.length > 0 ? 'Who is playing?' : 'Come in from the casino’s own site to play for real.';
  notice('Log in to play for real', text, [...ways, button('Not now', 'quiet', () => undefined)]);
}

function waysIn(view: SessionView): HTMLElement[] {
  const login = view.loginUrl === '' ? [] : [linkTo(view.loginUrl, 'Log in', 'button primary')];
  const demos = view.demoPlayers.map(({ userId, name }) =>
    button(`Play as ${name}`, 'button', () => void enterDemo(userId)),
  );
  return [...login, ...demos];
}

async function enterDemo(userId: string): Promise<void> {
  try {
    await becomeDemoPlayer(userId);
    location.assign('/lobby');
  } catch (error) {
    toast((error as Error).message);
  }
}

async function logOut(): Promise<void> {
  try {
    await leave();
    location.assign('/lobby');
  } catch (error) {
    toast((error as Error).message);
  }
}
