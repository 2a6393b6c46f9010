import { type Command, Option } from 'commander';
import {
  type PullReportsProgress,
  type ReconcileReportsResponse,
  type ReportClass,
  type ReportDay,
  type ReportFigures,
  type ReportPull,
  ReportService,
  type ReportTransaction,
} from '../gen/jobs/v1/reports_pb.ts';
import {
  amount,
  type Cli,
  CliError,
  type JsonOption,
  mapPages,
  pages,
  positiveNumber,
  time,
  withJson,
  withOperator,
} from './cli.ts';
import { dayOption } from './day-totals.ts';
import type { View } from './output.ts';
import { createProgress } from './progress.ts';

const STATES = ['agrees', 'differs', 'provisional'] as const;
const CLASSES = [
  'counted',
  'canceled_later',
  'canceled',
  'written_another_day',
  'made_another_day',
  'unresolved',
  'refused',
  'tombstone',
] as const;
const DAY_MS = 86_400_000;

type SpanOptions = JsonOption & { operator?: string; from?: string; to?: string };
type ListOptions = SpanOptions & { vendor?: string; currency?: string; state?: string; differs?: true };
type GroupOptions = JsonOption & { operator: string; day: string; vendor: string; currency: string };

const { method } = ReportService;

export function addReportCommands(program: Command, cli: Cli): void {
  const report = program.command('report').description("PLATFORM's business reports beside our books; days are UTC");

  withSpan(report.command('pull'), 'yesterday')
    .description('ask PLATFORM for reports now, and compare them')
    .option('--timeout <seconds>', 'give up after this time', positiveNumber, 3600)
    .action((options: SpanOptions & { timeout: number }) => pull(cli, options));

  withSpan(report.command('reconcile'), 'yesterday')
    .description('compare reports that are there with our books again')
    .action((options: SpanOptions) => reconcile(cli, options));

  withSpan(report.command('list'), '14 days until today')
    .description('days, newest first, by vendor and currency')
    .option('--vendor <name>', 'only of this vendor')
    .option('--currency <code>', 'only in this currency')
    .addOption(new Option('--state <state>', 'only in this state').choices(STATES))
    .option('--differs', 'as --state differs')
    .action(async (options: ListOptions) => {
      const jobs = await cli.jobs();
      const state = options.differs === true ? 'differs' : (options.state ?? '');
      const { vendor = '', currency: currencyCode = '' } = options;
      const { days } = await jobs.call(method.listReportDays, { ...spanOf(options), vendor, currencyCode, state });
      await cli.output.list([days.map(options.json === true ? wholeView : dayView)], options.json === true);
    });

  withGroup(report.command('show'))
    .description('one vendor and currency of a day: both sides, and what may be counted otherwise')
    .action(async (options: GroupOptions) => {
      const jobs = await cli.jobs();
      const { day, classes } = await jobs.call(method.getReportDay, groupOf(options));
      await show(cli, { day, classes }, options.json === true);
    });

  withGroup(report.command('transactions'))
    .description('our transactions behind it, oldest first')
    .addOption(new Option('--class <name>', 'which part of them (default: counted)').choices(CLASSES))
    .action(async (options: GroupOptions & { class?: string }) => {
      const jobs = await cli.jobs();
      const request = { ...groupOf(options), class: options.class ?? '' };
      const all = pages(async (page) => {
        const answer = await jobs.call(method.listReportTransactions, { ...request, ...page });
        return { items: answer.transactions, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, transactionView), options.json === true);
    });

  withJson(report.command('status'))
    .description('which reports are there, and when they are pulled again')
    .action(async (options: JsonOption) => {
      const jobs = await cli.jobs();
      const { pulls } = await jobs.call(method.getReportStatus, {});
      await cli.output.list([pulls.map(pullView)], options.json === true);
    });
}

const withSpan = (command: Command, absent: string): Command =>
  withJson(command)
    .option('--operator <id>', 'only of this operator')
    .addOption(dayOption('--from <day>', `first day, as 2026-01-31 (default: ${absent})`))
    .addOption(dayOption('--to <day>', 'last day'));

const withGroup = (command: Command): Command =>
  withOperator(withJson(command))
    .addOption(dayOption('--day <day>', 'the day, as 2026-01-31').makeOptionMandatory())
    .option('--vendor <name>', 'whose games (default: those that are in no catalogue)', '')
    .requiredOption('--currency <code>', 'the currency');

const spanOf = ({ operator = '', from = '', to = '' }: SpanOptions) => ({
  operatorId: operator,
  fromDay: from,
  toDay: to,
});

const groupOf = ({ operator, day, vendor, currency }: GroupOptions) => ({
  operatorId: operator,
  reportDay: day,
  vendor,
  currencyCode: currency,
});

async function pull(cli: Cli, options: SpanOptions & { timeout: number }): Promise<void> {
  const jobs = await cli.jobs();
  const progress = createProgress(cli.output);
  const pulled: PullReportsProgress[] = [];
  try {
    for await (const one of jobs.stream(method.pullReports, spanOf(options), options.timeout * 1000)) {
      pulled.push(one);
      await progress.tell(`report pull: ${pulled.length} reports, ${one.operatorId} ${one.reportDay}`);
    }
  } finally {
    await progress.end();
  }
  await cli.output.list([pulled.map(progressView)], options.json === true);
  const failed = pulled.filter(({ error }) => error !== '').length;
  if (failed > 0) throw new CliError(`${failed} reports could not be pulled`);
}

/** Day by day: a call's patience need not be as long as the span. */
async function reconcile(cli: Cli, options: SpanOptions): Promise<void> {
  const jobs = await cli.jobs();
  const progress = createProgress(cli.output);
  const sum: Record<string, number> = {};
  try {
    for (const day of daysOf(options)) {
      const request = { ...spanOf(options), fromDay: day, toDay: day };
      const counts = countsView(await jobs.call(method.reconcileReports, request));
      for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count;
      await progress.tell(`report reconcile: ${day}`);
    }
  } finally {
    await progress.end();
  }
  await cli.output.show(sum, options.json === true);
}

function daysOf({ from, to }: SpanOptions): string[] {
  const first = from ?? to;
  // The jobs know which day is yesterday.
  if (first === undefined) return [''];
  const firstMs = Date.parse(first);
  const count = Math.floor((Date.parse(to ?? first) - firstMs) / DAY_MS) + 1;
  if (count < 1) throw new CliError('--to must not be before --from');
  return Array.from({ length: count }, (_, at) => new Date(firstMs + at * DAY_MS).toISOString().slice(0, 10));
}

const progressView = (one: PullReportsProgress): View => ({
  operatorId: one.operatorId,
  day: one.reportDay,
  rows: one.rows,
  changed: one.changed,
  agrees: one.agrees,
  differs: one.differs,
  provisional: one.provisional,
  error: one.error,
});

const countsView = (counts: ReconcileReportsResponse) => ({
  compared: counts.compared,
  agrees: counts.agrees,
  differs: counts.differs,
  provisional: counts.provisional,
  discrepanciesFound: counts.discrepanciesFound,
  discrepanciesExplained: counts.discrepanciesExplained,
});

const dayView = (day: ReportDay): View => ({
  day: day.reportDay,
  operatorId: day.operatorId,
  vendor: day.vendor,
  currencyCode: day.currencyCode,
  state: day.state,
  ourRevenue: day.ours === undefined ? null : amount(day.ours.ggrUnits),
  theirRevenue: day.theirs === undefined ? null : amount(day.theirs.ggrUnits),
  cause: day.cause,
  discrepancyId: day.discrepancyId === 0n ? null : day.discrepancyId.toString(),
  discrepancyState: day.discrepancyState,
});

const wholeView = (day: ReportDay): View => ({
  ...dayView(day),
  ...sideView('our', day.ours),
  ...sideView('their', day.theirs),
  pulledAt: time(day.pulledAtMs),
  changedAt: time(day.changedAtMs),
  reconciledAt: time(day.reconciledAtMs),
});

/** Null: that side has nothing. */
function sideView(side: 'our' | 'their', figures: ReportFigures | undefined): View {
  const count = (value: bigint | undefined) => (value === undefined ? null : Number(value));
  const sum = (value: bigint | undefined) => (value === undefined ? null : amount(value));
  return {
    [`${side}BetCount`]: count(figures?.betsCount),
    [`${side}Bets`]: sum(figures?.betsUnits),
    [`${side}WinCount`]: count(figures?.winsCount),
    [`${side}Wins`]: sum(figures?.winsUnits),
    [`${side}FreeSpinCount`]: count(figures?.freespinsCount),
    [`${side}FreeSpins`]: sum(figures?.freespinsUnits),
    [`${side}JackpotCount`]: count(figures?.jackpotsCount),
    [`${side}Jackpots`]: sum(figures?.jackpotsUnits),
    [`${side}Revenue`]: sum(figures?.ggrUnits),
  };
}

async function show(
  cli: Cli,
  { day, classes }: { day: ReportDay | undefined; classes: readonly ReportClass[] },
  json: boolean,
): Promise<void> {
  const view = day === undefined ? {} : wholeView(day);
  const parts = classes.map(classView);
  if (json) {
    await cli.output.line(JSON.stringify({ ...view, classes: parts }, null, 2));
    return;
  }
  await cli.output.show(view, false);
  await cli.output.line('\nour transactions:');
  await cli.output.list([parts], false);
}

const classView = (one: ReportClass): View => ({
  class: one.class,
  transactions: Number(one.transactionCount),
  betCount: Number(one.betsCount),
  bets: amount(one.betsUnits),
  winCount: Number(one.winsCount),
  wins: amount(one.winsUnits),
  refundCount: Number(one.refundsCount),
  refunds: amount(one.refundsUnits),
});

const transactionView = (one: ReportTransaction): View => ({
  transactionId: one.transactionId,
  userId: one.userId,
  kind: one.kind,
  amount: amount(one.amountUnits),
  roundId: one.roundId,
  gameId: one.gameId,
  occurredAt: time(one.occurredAtMs),
  createdAt: time(one.createdAtMs),
  canceledAt: time(one.canceledAtMs),
  historyId: one.historyId,
  hasHandHistory: one.hasHandHistory,
});

const pullView = (one: ReportPull): View => ({
  operatorId: one.operatorId,
  day: one.reportDay,
  pulledAt: time(one.pulledAtMs),
  dueAt: time(one.dueAtMs),
  pulls: one.pulls,
  failures: one.failures,
  error: one.error,
});
