import { type Command, Option } from 'commander';
import {
  buildLaunchUrl,
  type LaunchParameters,
  launchConfig,
  launchHost,
  type OpenAs,
  openAs,
} from '../adapter/platform/launch-url.ts';
import { type ConfigTable, list, readConfig } from '../common/config.ts';
import { type Player, PlayerService } from '../gen/wallet/v1/players_pb.ts';
import { type Cli, CliError, type JsonOption, time, UsageError, wholeNumber, withJson, withOperator } from './cli.ts';
import { listGames } from './game.ts';
import { newToken, openSession, type PlaceOptions, ttlOption, withPlace } from './session.ts';

export type LaunchOptions = JsonOption &
  PlaceOptions & {
    operator: string;
    user?: string;
    mode: 'real' | 'fun';
    language?: string;
    currency?: string;
    homeUrl?: string;
    depositUrl?: string;
    device?: 'desktop' | 'mobile';
    group?: string;
    clientName?: string;
    vendor?: string;
    ttl?: number;
    idle?: number;
  };

type LaunchUrlOptions = LaunchOptions & { ttl: number };

/** As in the jobs' table, for what is launched without them. */
const newTabConfig = {
  PLATFORM_NEW_TAB_LOBBIES: list('live168').describe(
    'lobbies, or vendors, that only work in a tab of their own; comma-separated',
  ),
} satisfies ConfigTable;

/** PLATFORM v2.49, "Game and lobby launch". */
export function addLaunchUrlCommand(program: Command, cli: Cli): void {
  withLaunchOptions(program.command('launch-url'))
    .description('the URL that shows a game or lobby to a player; real mode opens a session and puts its token into it')
    .option('--language <tag>', 'IETF language tag', 'en')
    .addOption(ttlOption())
    .action((options: LaunchUrlOptions) =>
      options.mode === 'real' ? launchReal(cli, options) : launchFun(cli, options),
    );
}

/** What both launching verbs take. */
export const withLaunchOptions = (command: Command): Command =>
  withJson(withPlace(withOperator(command)))
    .option('--user <id>', 'the player; real mode needs one')
    .addOption(new Option('--mode <mode>', 'for money or not').choices(['real', 'fun']).makeOptionMandatory())
    .option('--currency <code>', "fun mode: currency to show; real mode has the player's")
    .option('--home-url <url>', 'where the home button leads')
    .option('--deposit-url <url>', 'real mode: where the deposit button leads')
    .addOption(new Option('--device <device>', 'the interface to show').choices(['desktop', 'mobile']))
    .option('--group <name>', 'real mode: configuration group, 14 letters or digits; some vendors')
    .option('--client-name <name>', 'real mode: customizes games; some vendors')
    .option('--vendor <name>', "the game's vendor, where launch hosts differ (default: as the games list says)")
    .option('--idle <seconds>', 'end the session after so long without a bet, balance or authenticate', wholeNumber);

async function launchFun(cli: Cli, options: LaunchOptions): Promise<void> {
  if (options.game === undefined || options.lobby !== undefined) {
    throw new UsageError('fun mode is of games: give --game, and no --lobby');
  }
  const url = build(await hostOf(cli, options), {
    ...shared(options),
    // Given or not, the builder refuses in fun mode what only real mode has.
    ...realOnly(options),
    mode: 'fun',
    game_id: options.game,
    currency: options.currency,
  } as LaunchParameters);
  await (options.json ? cli.output.show({ url, openAs: openAsOf(cli, options) }, true) : cli.output.line(url));
}

async function launchReal(cli: Cli, options: LaunchUrlOptions): Promise<void> {
  const { user } = options;
  if (user === undefined) {
    throw new UsageError('real mode needs --user');
  }
  if (options.currency !== undefined) {
    throw new UsageError("--currency is for fun mode: in real mode it is the player's");
  }
  const wallet = await cli.wallet();
  const player = await wallet.call(PlayerService.method.getPlayer, { operatorId: options.operator, userId: user });
  const token = newToken(cli);
  // Built before the session is opened: a mistaken parameter must not leave an open session behind.
  const url = build(await hostOf(cli, options), realParameters(player, token, options));
  const session = await openSession(cli, { ...options, user, token });
  await (options.json
    ? cli.output.show({ url, token, expiresAt: time(session.expiresAtMs), openAs: openAsOf(cli, options) }, true)
    : cli.output.line(url));
}

/** How a page is to open it; null where only PLATFORM's list could tell: whether a game is a mobile one. */
function openAsOf(cli: Cli, { device, lobby = '', vendor = '', game }: LaunchOptions): OpenAs | null {
  const newTabLobbies = readConfig(newTabConfig, cli.env).PLATFORM_NEW_TAB_LOBBIES;
  const known = openAs({ platform: '', device: device ?? '', lobbyId: lobby, vendor, newTabLobbies });
  return known === 'frame' && game !== undefined && device === undefined ? null : known;
}

const realParameters = (player: Player, token: string, options: LaunchOptions): LaunchParameters => ({
  ...shared(options),
  ...realOnly(options),
  mode: 'real',
  game_id: options.game,
  lobby_id: options.lobby,
  token,
  currency: player.currencyCode,
});

const shared = (options: LaunchOptions) => ({
  operator_id: options.operator,
  language: options.language,
  home_url: options.homeUrl,
  device: options.device,
});

const realOnly = (options: LaunchOptions) => ({
  ...(options.depositUrl !== undefined && { deposit_url: options.depositUrl }),
  ...(options.group !== undefined && { group: options.group }),
  ...(options.clientName !== undefined && { clientName: options.clientName }),
});

function build(host: string, parameters: LaunchParameters): string {
  const built = buildLaunchUrl(host, parameters);
  if ('mistakes' in built) {
    throw new UsageError(built.mistakes.join('; '));
  }
  return built.url;
}

async function hostOf(cli: Cli, options: LaunchOptions): Promise<string> {
  const hosts = readConfig(launchConfig, cli.env);
  // The list is read only where the answer matters.
  const vendor = options.vendor ?? (hosts.GAME_LAUNCH_HOSTS.size > 0 ? await vendorOf(cli, options.game) : '');
  const host = launchHost(hosts, vendor);
  if (host === undefined) {
    throw new CliError('no launch host: set GAME_LAUNCH_HOST to the one that PLATFORM gave you');
  }
  return host;
}

async function vendorOf(cli: Cli, gameId: string | undefined): Promise<string> {
  if (gameId === undefined) {
    return '';
  }
  for await (const games of listGames(await cli.wallet(), 'platform')) {
    const game = games.find((candidate) => candidate.gameId === gameId);
    if (game !== undefined) {
      return game.vendor;
    }
  }
  return '';
}
