import type { Command } from 'commander';
import { type HarvestCoverage, type HarvestProgress, HarvestService } from '../gen/jobs/v1/harvest_pb.ts';
import { type Cli, CliError, type JsonOption, positiveNumber, time, timeOption, UsageError, withJson } from './cli.ts';
import type { View } from './output.ts';
import { doneOf, follow } from './progress.ts';

type HarvestOptions = JsonOption & { hall?: string; uid?: string; from?: bigint; until?: bigint; timeout: number };

export function addHarvestCommands(program: Command, cli: Cli): void {
  const harvest = withJson(program.command('harvest'))
    .description("read StarGame's game logs now: what is due, or a time span again; shows how far it is")
    .option('--hall <id>', 'only of this hall')
    .option('--uid <number>', 'only of this terminal of the hall')
    .addOption(timeOption('--from <time>', 'read again from then on, at most seven days back'))
    .addOption(timeOption('--until <time>', 'with --from: up to then (default: now)'))
    .option('--timeout <seconds>', 'give up after this time', positiveNumber, 3600)
    .action((options: HarvestOptions) => run(cli, options));

  withJson(harvest.command('status'))
    .description('until when logs are read, and which terminals are behind')
    .option('--hall <id>', 'only of this hall')
    .action(async (options: JsonOption & { hall?: string }) => {
      const jobs = await cli.jobs();
      const coverage = await jobs.call(HarvestService.method.getHarvestCoverage, { hallId: options.hall ?? '' });
      await showCoverage(cli, coverage, options.json === true);
    });
}

async function run(cli: Cli, options: HarvestOptions): Promise<void> {
  if (options.uid !== undefined && options.hall === undefined) throw new UsageError('--uid needs --hall');
  if (options.until !== undefined && options.from === undefined) throw new UsageError('--until needs --from');
  const request = {
    hallId: options.hall ?? '',
    uid: options.uid ?? '',
    fromMs: options.from ?? 0n,
    untilMs: options.until ?? 0n,
  };
  const jobs = await cli.jobs();
  const messages = jobs.stream(HarvestService.method.harvest, request, options.timeout * 1000);
  const end = await follow(cli.output, messages, describeProgress);
  if (end === undefined) throw new CliError('the harvest ended early: what was read is kept, run it again');
  await (options.json === true ? cli.output.show(runView(end), true) : cli.output.line(describeProgress(end)));
  if (end.terminalsFailed > 0) {
    throw new CliError(`${end.terminalsFailed} terminals could not be read: croupier harvest status says why`);
  }
}

const describeProgress = (progress: HarvestProgress): string =>
  `harvest: ${doneOf(progress)}; ` + `${progress.recordsRead} records read, ${progress.recordsNew} new`;

const runView = (end: HarvestProgress): View => ({
  terminals: end.terminals,
  terminalsDone: end.terminalsDone,
  terminalsFailed: end.terminalsFailed,
  recordsRead: Number(end.recordsRead),
  recordsNew: Number(end.recordsNew),
});

async function showCoverage(cli: Cli, coverage: HarvestCoverage, json: boolean): Promise<void> {
  const view = {
    harvestedUntil: time(coverage.harvestedUntilMs),
    lastRunAt: time(coverage.lastRunAtMs),
    terminals: coverage.terminals,
    terminalsBehind: coverage.terminalsBehind,
    terminalsFailing: coverage.terminalsFailing,
    records: Number(coverage.records),
    gaps: coverage.gaps,
  };
  const behind = coverage.behind.map((terminal) => ({
    hallId: terminal.hallId,
    uid: terminal.uid,
    harvestedUntil: time(terminal.harvestedUntilMs),
    error: terminal.error,
  }));
  if (json) {
    await cli.output.line(JSON.stringify({ ...view, behind }, null, 2));
    return;
  }
  await cli.output.show(view, false);
  if (behind.length > 0) await cli.output.list([behind], false);
}
