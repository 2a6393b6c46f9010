import type { Command } from 'commander';
import {
  type DiscrepancyGroup,
  type ReconcileProgress,
  ReconciliationService,
  type ReconciliationSummary,
} from '../gen/jobs/v1/reconciliation_pb.ts';
import {
  amount,
  type Cli,
  CliError,
  type JsonOption,
  positiveNumber,
  time,
  timeOption,
  UsageError,
  withJson,
} from './cli.ts';
import type { View } from './output.ts';
import { doneOf, follow } from './progress.ts';

type ReconcileOptions = JsonOption & { hall?: string; uid?: string; from?: bigint; timeout: number };

export function addReconcileCommands(program: Command, cli: Cli): void {
  const reconcile = withJson(program.command('reconcile'))
    .description('match harvested game logs with the ledger now; shows how far it is')
    .option('--hall <id>', 'only one terminal: its hall')
    .option('--uid <number>', 'and its number')
    .addOption(timeOption('--from <time>', 'that terminal again from then on'))
    .option('--timeout <seconds>', 'give up after this time', positiveNumber, 3600)
    .action((options: ReconcileOptions) => run(cli, options));

  withJson(reconcile.command('status'))
    .description('until when it has come, and what differs')
    .action(async (options: JsonOption) => {
      const jobs = await cli.jobs();
      const summary = await jobs.call(ReconciliationService.method.getReconciliationSummary, {});
      await showSummary(cli, summary, options.json === true);
    });
}

async function run(cli: Cli, options: ReconcileOptions): Promise<void> {
  if ((options.hall === undefined) !== (options.uid === undefined)) {
    throw new UsageError('a terminal is named by --hall and --uid together');
  }
  if (options.from !== undefined && options.uid === undefined) {
    throw new UsageError('--from is for one terminal: give --hall and --uid');
  }
  const request = { hallId: options.hall ?? '', uid: options.uid ?? '', fromMs: options.from ?? 0n };
  const jobs = await cli.jobs();
  const messages = jobs.stream(ReconciliationService.method.reconcile, request, options.timeout * 1000);
  const end = await follow(cli.output, messages, describeProgress);
  if (end === undefined) throw new CliError('the reconciliation ended early: what was matched is kept, run it again');
  await (options.json === true ? cli.output.show(runView(end), true) : cli.output.line(describeProgress(end)));
  if (end.terminalsFailed > 0) {
    throw new CliError(`${end.terminalsFailed} terminals could not be reconciled: the log of the jobs says why`);
  }
}

const describeProgress = (progress: ReconcileProgress): string =>
  `reconcile: ${doneOf(progress)}; ` +
  `${progress.recordsMatched} records matched, ${progress.discrepanciesFound} discrepancies, ${progress.correctionsMade} corrections`;

const runView = (end: ReconcileProgress): View => ({
  terminals: end.terminals,
  terminalsDone: end.terminalsDone,
  terminalsFailed: end.terminalsFailed,
  recordsMatched: Number(end.recordsMatched),
  discrepanciesFound: Number(end.discrepanciesFound),
  correctionsMade: Number(end.correctionsMade),
});

async function showSummary(cli: Cli, summary: ReconciliationSummary, json: boolean): Promise<void> {
  const view = {
    harvestedUntil: time(summary.harvestedUntilMs),
    reconciledUntil: time(summary.reconciledUntilMs),
    recordsMatched: Number(summary.recordsMatched),
    open: Number(summary.open),
    proposed: Number(summary.proposed),
    oldestOpenAt: time(summary.oldestOpenAtMs),
    corrected: Number(summary.corrected),
    correctedAmount: amount(summary.correctedUnits),
  };
  const groups = summary.groups.map(groupView);
  if (json) {
    await cli.output.line(JSON.stringify({ ...view, groups }, null, 2));
    return;
  }
  await cli.output.show(view, false);
  if (groups.length > 0) await cli.output.list([groups], false);
}

const groupView = (group: DiscrepancyGroup): View => ({
  kind: group.kind,
  age: group.age,
  currencyCode: group.currencyCode,
  count: Number(group.count),
  amount: amount(group.amountUnits),
  oldestAt: time(group.oldestAtMs),
});
