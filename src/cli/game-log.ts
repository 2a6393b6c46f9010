import type { Command } from 'commander';
import { type GameLog, HarvestService } from '../gen/jobs/v1/harvest_pb.ts';
import { amount, type Cli, type JsonOption, mapPages, numberedId, pages, time, timeOption, withJson } from './cli.ts';
import type { View } from './output.ts';

type TerminalOptions = JsonOption & { hall: string; uid: string };

export function addGameLogCommands(program: Command, cli: Cli): void {
  const gameLog = program.command('game-log').description("StarGame's own log of each spin, as it was harvested");

  withTerminal(gameLog.command('list'))
    .description("a terminal's spins, oldest first, and our transactions that they were matched with")
    .addOption(timeOption('--from <time>', 'from then on (default: the whole log)'))
    .addOption(timeOption('--until <time>', 'up to then (default: now)'))
    .action(async (options: TerminalOptions & { from?: bigint; until?: bigint }) => {
      const jobs = await cli.jobs();
      const span = {
        hallId: options.hall,
        uid: options.uid,
        fromMs: options.from ?? 0n,
        untilMs: options.until ?? 0n,
      };
      const all = pages(async (page) => {
        const answer = await jobs.call(HarvestService.method.listGameLogs, { ...span, ...page });
        return { items: answer.logs, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, logView), options.json === true);
    });

  withTerminal(gameLog.command('show'))
    .description('one spin; its details, as the game server draws them, are HTML and in the JSON only')
    .argument('<id>', "the log record's number", numberedId)
    .action(async (dataId: bigint, options: TerminalOptions) => {
      const jobs = await cli.jobs();
      const key = { hallId: options.hall, uid: options.uid, dataId };
      const { log, html, fetchedAtMs } = await jobs.call(HarvestService.method.getGameLog, key);
      const view = { ...(log === undefined ? {} : logView(log)), fetchedAt: time(fetchedAtMs) };
      await (options.json === true
        ? cli.output.show({ ...view, html }, true)
        : cli.output.show({ ...view, htmlCharacters: html.length }, false));
    });
}

const withTerminal = (command: Command): Command =>
  withJson(command)
    .requiredOption('--hall <id>', 'the hall')
    .requiredOption('--uid <number>', 'the terminal, as the game server knows it');

const logView = (log: GameLog): View => ({
  playedAt: time(log.playedAtMs),
  id: log.dataId.toString(),
  gameId: log.gameId,
  gameName: log.gameName,
  bet: amount(log.betUnits),
  win: amount(log.winUnits),
  balance: amount(log.balanceUnits),
  lines: log.lines.toString(),
  betTransactionId: log.betTransactionId,
  winTransactionId: log.winTransactionId,
  matchedAt: time(log.matchedAtMs),
});
