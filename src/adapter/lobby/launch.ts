import { PlatformService } from '../../gen/jobs/v1/platform_pb.ts';
import { StargameService } from '../../gen/jobs/v1/stargame_pb.ts';
import type { LobbyGame } from './games.ts';
import type { JobsCalls } from './jobs-calls.ts';
import { Problem } from './problems.ts';
import type { LobbySession } from './sessions.ts';
import type { Device, LaunchView, OpenAs } from './view.ts';

export type LobbyLaunch = {
  game: LobbyGame;
  mode: 'real' | 'fun';
  device: Device;
  operatorId: string;
  /** Null: a guest, who plays for fun. */
  session: LobbySession | null;
  /** Of the player; '' of a guest. */
  currencyCode: string;
  /** Where StarGame's games are played for money; null: nowhere. */
  hallId: string | null;
  homeUrl: string;
  /** Whose page asks. */
  lobbyOrigin: string;
  requestId: string;
};

/** Gives what the page opens. Throws a Problem, or the jobs' ServiceError. */
export async function launchGame(jobs: JobsCalls, launch: LobbyLaunch): Promise<LaunchView> {
  const { game, mode, session } = launch;
  if (mode === 'real' && session === null) throw new Problem('login');
  if (mode === 'fun' && !game.view.fun) throw new Problem('no_fun');
  const { url, openAs } =
    game.provider === 'platform' ? await launchPlatform(jobs, launch) : await launchStargame(jobs, launch);
  const gameOrigin = originOf(url);
  if (gameOrigin === null) throw new Problem('unavailable', { cause: new Error('the launch URL is no web address') });
  // A frame of the lobby's own origin would not be held by its sandbox.
  const isOwn = gameOrigin === launch.lobbyOrigin;
  return { url, openAs: isOwn && openAs === 'frame' ? 'redirect' : openAs, gameOrigin };
}

async function launchPlatform(jobs: JobsCalls, launch: LobbyLaunch): Promise<{ url: string; openAs: OpenAs }> {
  const { game, mode, device, operatorId, session, currencyCode, homeUrl, requestId } = launch;
  const isReal = mode === 'real';
  const { url, openAs } = await jobs.call(
    PlatformService.method.launchPlatform,
    {
      operatorId,
      userId: isReal ? (session?.userId ?? '') : '',
      gameId: game.kind === 'game' ? game.id : '',
      lobbyId: game.kind === 'lobby' ? game.id : '',
      mode,
      language: session?.language ?? '',
      currencyCode: isReal ? '' : currencyCode,
      homeUrl,
      depositUrl: isReal ? (session?.depositUrl ?? '') : '',
      device,
    },
    requestId,
  );
  // What is not known yet is opened in the way that always works.
  return { url, openAs: openAs === 'frame' || openAs === 'new_tab' ? openAs : 'redirect' };
}

async function launchStargame(jobs: JobsCalls, launch: LobbyLaunch): Promise<{ url: string; openAs: OpenAs }> {
  const { game, mode, session, hallId, requestId } = launch;
  const isReal = mode === 'real';
  if (isReal && hallId === null) throw new Problem('unknown_game');
  const { url } = await jobs.call(
    StargameService.method.launch,
    {
      hallId: isReal ? (hallId ?? '') : '',
      userId: isReal ? (session?.userId ?? '') : '',
      gameId: game.id,
      language: stargameLanguage(session?.language ?? ''),
      form: 'showgame',
      demo: !isReal,
    },
    requestId,
  );
  return { url, openAs: 'frame' };
}

/** "en", "ru", or empty: the player's own. */
const stargameLanguage = (language: string): string => /^(en|ru)\b/i.exec(language)?.[1]?.toLowerCase() ?? '';

function originOf(text: string): string | null {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.origin : null;
}
