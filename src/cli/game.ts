import { create } from '@bufbuild/protobuf';
import { type Command, Option } from 'commander';
import { type DisabledGame, type Game, GameSchema, GameService } from '../gen/wallet/v1/games_pb.ts';
import { type Cli, type JsonOption, mapPages, pages, time, withJson } from './cli.ts';
import type { View } from './output.ts';
import type { Wallet } from './wallet.ts';

type SetOptions = JsonOption & { provider: string; vendor?: string; title?: string; pin?: boolean };
type ListOptions = JsonOption & { provider?: string; operator?: string };

export function addGameCommands(program: Command, cli: Cli): void {
  const game = program
    .command('game')
    .description('which games may be played; a game that is not listed counts as enabled');

  for (const [verb, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    withJson(game.command(`${verb} <id>`))
      .description(enabled ? 'let a game be played' : 'refuse bets on a game; wins and refunds go on')
      .addOption(providerOption())
      .option('--vendor <name>', 'the studio: a stop can name it')
      .option('--title <text>', 'title')
      .option('--pin', "let this stand, whatever providers' lists say of the game")
      .option('--no-pin', "let providers' lists disable the game")
      .action(async (gameId: string, options: SetOptions) => {
        const wallet = await cli.wallet();
        const answer = await wallet.call(GameService.method.setGame, {
          gameId,
          enabled,
          provider: options.provider,
          ...(options.vendor !== undefined && { vendor: options.vendor }),
          ...(options.title !== undefined && { title: options.title }),
          ...(options.pin !== undefined && { pinned: options.pin }),
        });
        await cli.output.show(gameView(answer), options.json === true);
      });
  }

  withJson(game.command('list'))
    .description('the games that are listed')
    .option('--provider <name>', 'only of this provider')
    .option('--operator <id>', "also which of them this operator's list calls disabled")
    .action(async ({ provider = '', operator, json }: ListOptions) => {
      const wallet = await cli.wallet();
      const views =
        operator === undefined
          ? mapPages(listGames(wallet, provider), gameView)
          : listForOperator(wallet, provider, await disabledGames(wallet, operator, provider));
      await cli.output.list(views, json === true);
    });
}

export const providerOption = (): Option => new Option('--provider <name>', 'who sends it').default('platform');

export function listGames(wallet: Wallet, provider: string): AsyncGenerator<readonly Game[]> {
  return pages(async (page) => {
    const answer = await wallet.call(GameService.method.listGames, { provider, ...page });
    return { items: answer.games, nextPageToken: answer.nextPageToken };
  });
}

/** Games that the operator's list calls disabled, and since when; by provider and id. */
async function disabledGames(wallet: Wallet, operatorId: string, provider: string): Promise<Map<string, DisabledGame>> {
  const all = pages(async (page) => {
    const answer = await wallet.call(GameService.method.listDisabledGames, { operatorId, ...page });
    return { items: answer.games, nextPageToken: answer.nextPageToken };
  });
  const games = new Map<string, DisabledGame>();
  for await (const page of all) {
    for (const game of page) if (provider === '' || game.provider === provider) games.set(keyOf(game), game);
  }
  return games;
}

/** All games that are listed, and those that only the operator's list knows. */
async function* listForOperator(
  wallet: Wallet,
  provider: string,
  disabled: Map<string, DisabledGame>,
): AsyncGenerator<View[]> {
  const view = (game: Game): View => {
    const listed = disabled.get(keyOf(game));
    disabled.delete(keyOf(game));
    return { ...gameView(game), listDisabledAt: listed === undefined ? null : time(listed.disabledAtMs) };
  };
  yield* mapPages(listGames(wallet, provider), view);
  const unlisted = [...disabled.values()];
  yield unlisted.map(({ provider, gameId }) => view(create(GameSchema, { provider, gameId, enabled: true })));
}

const keyOf = ({ provider, gameId }: { provider: string; gameId: string }): string => `${provider} ${gameId}`;

function gameView(game: Game): View {
  return {
    provider: game.provider,
    gameId: game.gameId,
    enabled: game.enabled,
    vendor: game.vendor,
    title: game.title,
    pinned: game.pinned,
    updatedAt: time(game.updatedAtMs),
  };
}
