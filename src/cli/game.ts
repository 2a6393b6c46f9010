import { type Command, Option } from 'commander';
import { type Game, GameService } from '../gen/wallet/v1/games_pb.ts';
import { type Cli, type JsonOption, mapPages, pages, time, withJson } from './cli.ts';
import type { View } from './output.ts';
import type { Wallet } from './wallet.ts';

type SetOptions = JsonOption & { provider: string; vendor?: string; title?: string };

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
      .action(async (gameId: string, options: SetOptions) => {
        const wallet = await cli.wallet();
        const answer = await wallet.call(GameService.method.setGame, {
          gameId,
          enabled,
          provider: options.provider,
          ...(options.vendor !== undefined && { vendor: options.vendor }),
          ...(options.title !== undefined && { title: options.title }),
        });
        await cli.output.show(gameView(answer), options.json === true);
      });
  }

  withJson(game.command('list'))
    .description('the games that are listed')
    .option('--provider <name>', 'only of this provider')
    .action(async (options: JsonOption & { provider?: string }) => {
      const all = listGames(await cli.wallet(), options.provider ?? '');
      await cli.output.list(mapPages(all, gameView), options.json === true);
    });
}

export const providerOption = (): Option => new Option('--provider <name>', 'who sends it').default('platform');

export function listGames(wallet: Wallet, provider: string): AsyncGenerator<readonly Game[]> {
  return pages(async (page) => {
    const answer = await wallet.call(GameService.method.listGames, { provider, ...page });
    return { items: answer.games, nextPageToken: answer.nextPageToken };
  });
}

function gameView(game: Game): View {
  return {
    provider: game.provider,
    gameId: game.gameId,
    enabled: game.enabled,
    vendor: game.vendor,
    title: game.title,
    updatedAt: time(game.updatedAtMs),
  };
}
