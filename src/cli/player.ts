import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { type Player, PlayerService } from '../gen/wallet/v1/players_pb.ts';
import {
  amount,
  amountOption,
  type Cli,
  type JsonOption,
  mapPages,
  type PlayerOptions,
  pages,
  time,
  UsageError,
  withJson,
  withOperator,
  withPlayer,
} from './cli.ts';
import type { View } from './output.ts';
import { depositOpeningBalance } from './transfer.ts';

type AddOptions = PlayerOptions & {
  name: string;
  country: string;
  currency: string;
  displayName?: string;
  group?: string;
  language?: string;
  balance?: bigint;
};
type SetOptions = PlayerOptions & {
  name?: string;
  country?: string;
  displayName?: string;
  group?: string;
  language?: string;
};

/** The `player` verbs that read and change players; those that move money are in transfer.ts, limits in limits.ts. */
export function addPlayerCommands(player: Command, cli: Cli): void {
  withJson(withPlayer(player.command('add')))
    .description('add a player; the same again changes nothing, and deposits --balance once')
    .requiredOption('--name <name>', 'user name')
    .requiredOption('--country <country>', 'country')
    .requiredOption('--currency <code>', 'currency of the account')
    .option('--display-name <name>', 'shown in games, to other players too')
    .option('--group <group>', 'group')
    .option('--language <tag>', 'BCP 47 language tag, as ru (default: en)')
    .addOption(amountOption('--balance <amount>', 'opening balance, deposited under an id made of the user id'))
    .action(async (options: AddOptions) => {
      if (options.balance !== undefined && options.balance < 0n) {
        throw new UsageError('--balance must not be negative');
      }
      await show(await addPlayer(cli, options), options);
    });

  withJson(withPlayer(player.command('show')))
    .description('one player, with the balance')
    .action(async (options: PlayerOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(PlayerService.method.getPlayer, subject(options)), options);
    });

  withJson(withOperator(player.command('list')))
    .description("an operator's players")
    .action(async (options: JsonOption & { operator: string }) => {
      const wallet = await cli.wallet();
      const all = pages(async (page) => {
        const answer = await wallet.call(PlayerService.method.listPlayers, { operatorId: options.operator, ...page });
        return { items: answer.players, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, playerView), options.json === true);
    });

  withJson(withPlayer(player.command('set')))
    .description('change what is given')
    .option('--name <name>', 'user name')
    .option('--country <country>', 'country')
    .option('--display-name <name>', 'shown in games, to other players too')
    .option('--group <group>', 'group')
    .option('--language <tag>', 'BCP 47 language tag, as ru')
    .action(async (options: SetOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(PlayerService.method.updatePlayer, changes(options)), options);
    });

  withJson(withPlayer(player.command('block')))
    .description('refuse new bets and launches from now on; credits go on')
    .action(async (options: PlayerOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(PlayerService.method.blockPlayer, subject(options)), options);
    });

  withJson(withPlayer(player.command('unblock')))
    .description('let a blocked player play again')
    .action(async (options: PlayerOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(PlayerService.method.unblockPlayer, subject(options)), options);
    });

  const show = (answer: Player, options: JsonOption): Promise<void> =>
    cli.output.show(playerView(answer), options.json === true);
}

const subject = (options: PlayerOptions) => ({ operatorId: options.operator, userId: options.user });

/**
 * Creates and then deposits, each under the same key however often it runs: what dies in between is completed by running it
 * again, and a player never gets a second opening balance.
 */
async function addPlayer(cli: Cli, options: AddOptions): Promise<Player> {
  const wallet = await cli.wallet();
  const created = await wallet.call(PlayerService.method.createPlayer, {
    ...subject(options),
    userName: options.name,
    country: options.country,
    currencyCode: options.currency,
    displayName: options.displayName ?? '',
    group: options.group ?? '',
    language: options.language ?? '',
  });
  if (options.balance === undefined || options.balance === 0n) {
    return created;
  }
  await depositOpeningBalance(cli, { ...options, id: openingId(options.user), amount: options.balance });
  return wallet.call(PlayerService.method.getPlayer, subject(options));
}

/** A user id may be longer than an id, and not ASCII. */
const openingId = (userId: string): string =>
  `opening-${createHash('sha256').update(userId).digest('hex').slice(0, 32)}`;

function changes(options: SetOptions) {
  const { name, country, displayName, group, language } = options;
  if ([name, country, displayName, group, language].every((value) => value === undefined)) {
    throw new UsageError('nothing to change: give --name, --country, --display-name, --group or --language');
  }
  return {
    ...subject(options),
    ...(name !== undefined && { userName: name }),
    ...(country !== undefined && { country }),
    ...(displayName !== undefined && { displayName }),
    ...(group !== undefined && { group }),
    ...(language !== undefined && { language }),
  };
}

function playerView(player: Player): View {
  return {
    operatorId: player.operatorId,
    userId: player.userId,
    userName: player.userName,
    displayName: player.displayName,
    country: player.country,
    group: player.group,
    language: player.language,
    currencyCode: player.currencyCode,
    balance: amount(player.balanceUnits),
    blocked: player.blocked,
    createdAt: time(player.createdAtMs),
  };
}
