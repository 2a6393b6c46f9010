// The lobby: games to choose from, and the window in which they are played.
import { ApiError, getSession } from './api.ts';
import { loadGames, setUpGames } from './games.ts';
import { toast } from './notices.ts';
import { endSession, followBalance, showSession } from './player.ts';
import { setUpWindow } from './window.ts';

setUpGames();
setUpWindow();
await Promise.all([showWhoIsHere(), loadGames()]);

async function showWhoIsHere(): Promise<void> {
  if (new URLSearchParams(location.search).get('notice') === 'link') {
    history.replaceState(null, '', '/lobby');
    toast('This link has expired or is not valid. Please come in from the casino’s site again.');
  }
  try {
    const session = await getSession();
    showSession(session);
    if (session.who === 'player') followBalance();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === 'expired') endSession();
    else toast(error.message);
  }
}
