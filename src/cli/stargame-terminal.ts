import type { Command } from 'commander';
import { HallService, type Terminal } from '../gen/wallet/v1/halls_pb.ts';
import { type Cli, type JsonOption, mapPages, type PlayerOptions, pages, time, withJson, withPlayer } from './cli.ts';
import type { View } from './output.ts';
import { type PasswordOptions, readPassword, withPassword } from './secret.ts';

type TerminalOptions = JsonOption & { hall: string; uid: string };

export function addTerminalCommands(stargame: Command, cli: Cli): void {
  const terminal = stargame
    .command('terminal')
    .description("terminals: a player's account in a hall, under the game server's own number (uid)");

  withTerminal(withPlayer(withPassword(terminal.command('link'), "the terminal's password at the game server")))
    .description('link a terminal to a player, for ever; one that was unlinked is linked to the same player again')
    .action(async (options: TerminalOptions & PlayerOptions & PasswordOptions) => {
      const password = (await readPassword(options)) ?? '';
      const wallet = await cli.wallet();
      const request = { ...keyOf(options), operatorId: options.operator, userId: options.user, password };
      await show(await wallet.call(HallService.method.linkTerminal, request), options);
    });

  withTerminal(terminal.command('unlink'))
    .description("refuse a terminal's bets from now on; it stays its player's, whose wins are credited")
    .action(async (options: TerminalOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(HallService.method.unlinkTerminal, keyOf(options)), options);
    });

  withTerminal(terminal.command('show'))
    .description('one terminal, and whose it is')
    .action(async (options: TerminalOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(HallService.method.getTerminal, keyOf(options)), options);
    });

  withJson(terminal.command('list'))
    .description('all terminals')
    .option('--hall <id>', 'only of this hall')
    .action(async (options: JsonOption & { hall?: string }) => {
      const wallet = await cli.wallet();
      const all = pages(async (page) => {
        const answer = await wallet.call(HallService.method.listTerminals, { hallId: options.hall ?? '', ...page });
        return { items: answer.terminals, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, terminalView), options.json === true);
    });

  const show = (answer: Terminal, options: JsonOption): Promise<void> =>
    cli.output.show(terminalView(answer), options.json === true);
}

const withTerminal = (command: Command): Command =>
  withJson(command)
    .requiredOption('--hall <id>', 'the hall')
    .requiredOption('--uid <number>', 'the terminal, as the game server knows it');

const keyOf = (options: TerminalOptions) => ({ hallId: options.hall, uid: options.uid });

function terminalView(terminal: Terminal): View {
  return {
    hallId: terminal.hallId,
    uid: terminal.uid,
    operatorId: terminal.operatorId,
    userId: terminal.userId,
    currencyCode: terminal.currencyCode,
    language: terminal.language,
    linked: terminal.linked,
    hasPassword: terminal.hasPassword,
    createdAt: time(terminal.createdAtMs),
    updatedAt: time(terminal.updatedAtMs),
  };
}
