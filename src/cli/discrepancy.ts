import { type Command, Option } from 'commander';
import {
  type Discrepancy,
  type DiscrepancyDetail,
  ReconciliationService,
  type SideLog,
  type SideTransaction,
} from '../gen/jobs/v1/reconciliation_pb.ts';
import { osActor } from './actor.ts';
import { amount, type Cli, type JsonOption, mapPages, numberedId, pages, time, withJson } from './cli.ts';
import type { View } from './output.ts';

const STATES = ['open', 'proposed', 'approved', 'corrected', 'dismissed', 'explained', 'refused', 'all'] as const;
const RESOLUTIONS = ['cancel', 'credit', 'dismiss'] as const;

const PROVIDERS = ['platform', 'stargame'] as const;

type ListOptions = JsonOption & { state?: string; kind?: string; provider?: string; hall?: string; uid?: string };
type ApproveOptions = JsonOption & { resolution: string; transaction?: string };
type ProposeOptions = ApproveOptions & { note: string };

export function addDiscrepancyCommands(program: Command, cli: Cli): void {
  const discrepancy = program
    .command('discrepancy')
    .description(
      "where our books and StarGame's logs or PLATFORM's reports differ; a correction takes two people: one proposes, another approves",
    );

  withJson(discrepancy.command('list'))
    .description('newest first; JSON has more fields than the table')
    .addOption(new Option('--state <state>', 'in which state (default: open and proposed)').choices(STATES))
    .option('--kind <kind>', 'only of this kind, as spin_not_played')
    .addOption(new Option('--provider <name>', 'only of this provider').choices(PROVIDERS))
    .option('--hall <id>', 'only of this hall')
    .option('--uid <number>', 'only of this terminal')
    .action(async (options: ListOptions) => {
      const jobs = await cli.jobs();
      const { state = '', kind = '', provider = '', hall = '', uid = '' } = options;
      const all = pages(async (page) => {
        const request = { state, kind, provider, hallId: hall, uid, ...page };
        const answer = await jobs.call(ReconciliationService.method.listDiscrepancies, request);
        return { items: answer.discrepancies, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, options.json ? wholeView : rowView), options.json === true);
    });

  withJson(withId(discrepancy.command('show')))
    .description("one, with log records and ledger rows around it; of a report's, transactions that it may be about")
    .action(async (discrepancyId: bigint, options: JsonOption) => {
      const jobs = await cli.jobs();
      const found = await jobs.call(ReconciliationService.method.getDiscrepancy, { discrepancyId });
      await showDetail(cli, found, options.json === true);
    });

  withJson(withResolution(withId(discrepancy.command('propose'))))
    .description('say what should be done; somebody else approves it')
    .requiredOption('--note <text>', 'why, for people')
    .option('--transaction <id>', "of a report's difference: which of our transactions to cancel")
    .action(async (discrepancyId: bigint, { resolution, note, transaction = '', json }: ProposeOptions) => {
      const jobs = await cli.jobs();
      const request = { discrepancyId, resolution, note, transactionId: transaction, actor: osActor() };
      await show(await jobs.call(ReconciliationService.method.proposeResolution, request), json);
    });

  withJson(withResolution(withId(discrepancy.command('approve'))))
    .description('have done what somebody else proposed')
    .option('--transaction <id>', "of a report's difference: which of our transactions is to be canceled, as proposed")
    .action(async (discrepancyId: bigint, { resolution, transaction = '', json }: ApproveOptions) => {
      const jobs = await cli.jobs();
      const request = { discrepancyId, resolution, transactionId: transaction, actor: osActor() };
      await show(await jobs.call(ReconciliationService.method.approveResolution, request), json);
    });

  withJson(withId(discrepancy.command('reject')))
    .description('take a proposal back: it is open again')
    .requiredOption('--note <text>', 'why, for people')
    .action(async (discrepancyId: bigint, { note, json }: JsonOption & { note: string }) => {
      const jobs = await cli.jobs();
      const request = { discrepancyId, note, actor: osActor() };
      await show(await jobs.call(ReconciliationService.method.rejectResolution, request), json);
    });

  const show = (answer: Discrepancy, json: true | undefined): Promise<void> =>
    cli.output.show(wholeView(answer), json === true);
}

const withId = (command: Command): Command => command.argument('<id>', "the discrepancy's number", numberedId);

const withResolution = (command: Command): Command =>
  command.addOption(
    new Option(
      '--resolution <what>',
      'cancel the bet (or the transaction), credit the win, or dismiss: leave the money as it is',
    )
      .choices(RESOLUTIONS)
      .makeOptionMandatory(),
  );

const rowView = (one: Discrepancy): View => ({
  id: one.discrepancyId.toString(),
  occurredAt: time(one.occurredAtMs),
  kind: one.kind,
  state: one.state,
  hallId: one.hallId,
  uid: one.uid,
  userId: one.userId,
  operatorId: one.operatorId,
  reportDay: one.reportDay,
  vendor: one.vendor,
  cause: one.cause,
  amount: amount(one.amountUnits),
  currencyCode: one.currencyCode,
  correction: one.correction,
  detail: one.detail,
});

const wholeView = (one: Discrepancy): View => ({
  ...rowView(one),
  provider: one.provider,
  logId: one.dataId === 0n ? null : one.dataId.toString(),
  transactionId: one.transactionId,
  foundAt: time(one.foundAtMs),
  resolution: one.resolution,
  proposedBy: one.proposedBy,
  proposedAt: time(one.proposedAtMs),
  approvedBy: one.approvedBy,
  resolvedAt: time(one.resolvedAtMs),
  note: one.note,
  correctionTransactionId: one.correctionTransactionId,
});

async function showDetail(cli: Cli, detail: DiscrepancyDetail, json: boolean): Promise<void> {
  const discrepancy = detail.discrepancy === undefined ? {} : wholeView(detail.discrepancy);
  const logs = detail.logs.map(logView);
  const transactions = detail.transactions.map(transactionView);
  if (json) {
    await cli.output.line(JSON.stringify({ ...discrepancy, logs, transactions }, null, 2));
    return;
  }
  await cli.output.show(discrepancy, false);
  await cli.output.line('\ngame logs:');
  await cli.output.list([logs], false);
  await cli.output.line('\ntransactions:');
  await cli.output.list([transactions], false);
}

const logView = (log: SideLog): View => ({
  playedAt: time(log.playedAtMs),
  logId: log.dataId.toString(),
  gameName: log.gameName,
  bet: amount(log.betUnits),
  win: amount(log.winUnits),
  balance: amount(log.balanceUnits),
  betTransactionId: log.betTransactionId,
  winTransactionId: log.winTransactionId,
});

const transactionView = (row: SideTransaction): View => ({
  at: time(row.atMs),
  seq: row.seq.toString(),
  transactionId: row.transactionId,
  kind: row.kind,
  status: row.status,
  amount: amount(row.amountUnits),
  balanceAfter: amount(row.balanceAfterUnits),
  isCanceled: row.isCanceled,
});
