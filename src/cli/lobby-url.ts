import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../common/config.ts';
import { LOBBY_TTL_MAX_SECONDS, lobbyLinkConfig, signLobbyToken } from '../common/lobby-link.ts';
import { type Cli, CliError, type PlayerOptions, positiveNumber, withJson, withPlayer } from './cli.ts';

type LobbyUrlOptions = PlayerOptions & { ttl: number; homeUrl?: string; depositUrl?: string; language?: string };

const LINK_TTL_SECONDS = 300;
const LOCAL_URL = 'http://127.0.0.1:8080/lobby';

export function addLobbyUrlCommand(program: Command, cli: Cli): void {
  withJson(withPlayer(program.command('lobby-url')))
    .description(
      "the URL with which the casino's site sends a player to the lobby; whoever has it plays as that player",
    )
    .option(
      '--ttl <seconds>',
      'how long the player may stay: 1 to 86400; the link itself is good for 5 minutes',
      ttlSeconds,
      3_600,
    )
    .option('--home-url <url>', "the casino's site, where the lobby leads back")
    .option('--deposit-url <url>', 'where the lobby and its games lead to deposit')
    .option('--language <tag>', "IETF language tag of the games (default: the player's)")
    .addHelpText('after', '\nSigned with LOBBY_SECRET, for the lobby at LOBBY_URL: both from the environment or .env.')
    .action((options: LobbyUrlOptions) => showLobbyUrl(cli, options));
}

async function showLobbyUrl(cli: Cli, options: LobbyUrlOptions): Promise<void> {
  const { operator, user, ttl, homeUrl = '', depositUrl = '', language = '', json } = options;
  const config = readConfig(lobbyLinkConfig, cli.env);
  if (config.LOBBY_SECRET === '') throw new CliError('LOBBY_SECRET is not set: the lobby admits nobody by a link');
  const nowSeconds = Math.floor(Date.now() / 1000);
  // A link may be seen by others, in a history or a log: it is good for coming in, and not for long.
  const linkUntilSeconds = nowSeconds + Math.min(ttl, LINK_TTL_SECONDS);
  const player = { operatorId: operator, userId: user, homeUrl, depositUrl, language };
  const token = await signLobbyToken(config.LOBBY_SECRET, player, linkUntilSeconds, nowSeconds + ttl);
  const url = `${config.LOBBY_URL || LOCAL_URL}?${new URLSearchParams({ token })}`;
  const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const made = { url, expiresAt: isoTime(linkUntilSeconds), stayUntil: isoTime(nowSeconds + ttl) };
  await (json === true ? cli.output.show(made, true) : cli.output.line(url));
}

function ttlSeconds(text: string): number {
  const seconds = positiveNumber(text);
  if (seconds > LOBBY_TTL_MAX_SECONDS) throw new InvalidArgumentError(`Must be at most ${LOBBY_TTL_MAX_SECONDS}.`);
  return seconds;
}
