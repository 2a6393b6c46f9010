import type { Command } from 'commander';
import { PlatformService } from '../gen/jobs/v1/platform_pb.ts';
import { type Cli, type JsonOption, time, withJson, withOperator } from './cli.ts';

type Options = JsonOption & { operator: string; again?: true; history?: string; vendor?: string };

export function addHandHistoryCommand(program: Command, cli: Cli): void {
  withJson(withOperator(program.command('hand-history')))
    .description('what PLATFORM says of a transaction: JSON, or a URL to open; asked once and kept as evidence')
    .argument('<transaction>', 'the id of the transaction')
    .option('--again', 'ask again, and keep that instead')
    .option('--history <id>', "PLATFORM's id of the history (default: as the transaction says)")
    .option('--vendor <name>', 'whose game it is (default: as the list of games says)')
    .action(async (transactionId: string, options: Options) => {
      const jobs = await cli.jobs();
      const history = await jobs.call(PlatformService.method.fetchHandHistory, {
        ...{ operatorId: options.operator, transactionId, again: options.again === true },
        ...{ historyId: options.history ?? '', vendor: options.vendor ?? '' },
      });
      if (options.json !== true) return cli.output.line(harmless(history.body));
      const { operatorId, historyId, vendor, type, body, sha256, fetchedAtMs } = history;
      const view = { operatorId, transactionId, historyId, vendor, type, body, sha256, fetchedAt: time(fetchedAtMs) };
      await cli.output.show(view, true);
    });
}

/** It comes from outside, and must not drive the terminal. With --json it is exact. */
const harmless = (body: string): string => body.replaceAll(/[^\P{Cc}\n\t]/gu, '?');
