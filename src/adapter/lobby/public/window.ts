import type { Device, GameView, LaunchView } from '../view.ts';
import { ApiError, launch } from './api.ts';
import { byId, h } from './dom.ts';
import { readGameMessage } from './messages.ts';
import { linkTo, notice, toast } from './notices.ts';
import { askToLogIn, endSession, isPlayer, refreshBalance } from './player.ts';

type Mode = 'real' | 'fun';
type OpenGame = { frame: HTMLIFrameElement; origin: string };

/** Games run scripts and keep things at their own origin, which is never ours. Their way home needs a click to leave the frame. */
const SANDBOX =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-pointer-lock ' +
  'allow-orientation-lock allow-top-navigation-by-user-activation';

/** So long nothing has to be said of a game that is on its way. */
const SOON_MS = 700;

let open: OpenGame | null = null;
let isOpening = false;

const dialog = byId<HTMLDialogElement>('window');

/** To be called while the click lasts: only then may a tab be opened. */
export async function openGame(game: GameView, mode: Mode): Promise<void> {
  if (mode === 'real' && !isPlayer()) {
    askToLogIn();
    return;
  }
  if (isOpening) return;
  isOpening = true;
  const tab = game.tab ? emptyTab() : null;
  const timer = setTimeout(() => toast(`Opening ${game.title} …`), SOON_MS);
  try {
    show(game, mode, await launch({ key: game.key, mode, device: device() }), tab);
  } catch (error) {
    tab?.close();
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'expired' || (error.code === 'login' && mode === 'real')) endSession();
    else toast(error.message);
  } finally {
    clearTimeout(timer);
    isOpening = false;
  }
}

function show(game: GameView, mode: Mode, launched: LaunchView, tab: Window | null): void {
  const { url, openAs } = launched;
  if (openAs === 'redirect') {
    tab?.close();
    location.assign(url);
  } else if (openAs === 'frame') {
    tab?.close();
    showFrame(game, mode, launched);
  } else if (tab !== null) {
    tab.location.replace(url);
  } else {
    // The click is over: a browser would block a tab that opens by itself.
    const link = linkTo(url, 'Open the game', 'button primary');
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    notice(game.title, 'This game opens in a tab of its own.', [link]);
  }
}

/** Cut off from this page before anything is in it. */
function emptyTab(): Window | null {
  const tab = window.open('about:blank', '_blank');
  if (tab !== null) tab.opener = null;
  return tab;
}

function showFrame(game: GameView, mode: Mode, { url, gameOrigin }: LaunchView): void {
  const frame = h('iframe', {
    title: game.title,
    sandbox: SANDBOX,
    allow: 'fullscreen; autoplay',
    referrerpolicy: 'no-referrer',
    src: url,
  });
  byId('window-title').textContent = game.title;
  byId('window-mode').textContent = mode === 'real' ? 'Real money' : 'For fun';
  byId('window-mode').dataset.mode = mode;
  byId('window-balance').hidden = mode === 'fun';
  byId('stage').replaceChildren(frame);
  open = { frame, origin: gameOrigin };
  if (!dialog.open) dialog.showModal();
  void refreshBalance();
}

function onClosed(): void {
  open = null;
  byId('stage').replaceChildren();
  void refreshBalance();
}

/** Only the game that is open is heard, and only while it shows what was launched, or has gone back to the lobby. */
function onMessage({ source, origin, data }: MessageEvent<unknown>): void {
  if (open === null || source === null || source !== open.frame.contentWindow) return;
  const isHome = origin === location.origin;
  if (origin !== open.origin && !isHome) return;
  const message = readGameMessage(data);
  if (message === null || (isHome && message.type !== 'close')) return;
  switch (message.type) {
    case 'close':
      dialog.close();
      break;
    case 'balance':
      void refreshBalance();
      break;
    case 'panic':
      dialog.close();
      if (message.url !== null) location.replace(message.url);
      else toast('The game has ended.');
      break;
  }
}

/** A phone or a tablet is held, and has no mouse. */
export const device = (): Device => (matchMedia('(hover: none) and (pointer: coarse)').matches ? 'mobile' : '');

export function setUpWindow(): void {
  window.addEventListener('message', onMessage);
  dialog.addEventListener('close', onClosed);
  byId('window-close').addEventListener('click', () => dialog.close());
  const full = byId('window-full');
  full.hidden = !document.fullscreenEnabled;
  full.addEventListener('click', () => {
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    else void byId('stage').requestFullscreen();
  });
}
