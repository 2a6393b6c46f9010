import { Argument, type Command, Option } from 'commander';
import { type Transfer, TransferMoved, TransferService } from '../gen/jobs/v1/transfers_pb.ts';
import { osActor } from './actor.ts';
import { limitOption } from './audit.ts';
import { amount, amountOption, type Cli, CliError, type JsonOption, time, UsageError, withJson } from './cli.ts';
import { JobsFault } from './jobs-peer.ts';
import type { View } from './output.ts';
import { isUnknownOutcome } from './peer.ts';

const STATES = ['started', 'debited', 'refunding', 'decreased', 'done', 'refused', 'refunded', 'stuck'] as const;
const MOVED = { yes: TransferMoved.YES, no: TransferMoved.NO };
const ENDS = ['done', 'refused', 'refunded', 'stuck'];

type Direction = 'in' | 'out';
type SettleOptions = JsonOption & { operator: string; moved: keyof typeof MOVED; note: string };
type StartOptions = JsonOption & { hall: string; user: string; amount?: bigint; all?: true; id?: string };

/** Transfer mode: money is carried to a terminal and back. */
export function addTransferModeCommands(stargame: Command, cli: Cli): void {
  const transfer = stargame
    .command('transfer')
    .description("a player's money, carried to a terminal and back: for halls in transfer mode");

  for (const direction of ['in', 'out'] as const) {
    const command = withJson(transfer.command(direction))
      .description(direction === 'in' ? 'from the account here to the terminal' : 'from the terminal back here')
      .requiredOption('--hall <id>', 'the hall')
      .requiredOption('--user <id>', "the player, as the hall's operator knows them")
      .addOption(amountOption('--amount <amount>', 'how much'))
      .option('--id <id>', 'idempotency key: under one id money moves at most once (default: one is made and printed)');
    if (direction === 'out') command.option('--all', 'all there is at the terminal');
    command.action((options: StartOptions) => start(cli, direction, options));
  }

  withJson(transfer.command('show'))
    .description('one transfer, and how far it is')
    .addArgument(new Argument('<id>', "the transfer's id"))
    .requiredOption('--operator <id>', 'the operator')
    .action(async (transferId: string, { operator, json }: JsonOption & { operator: string }) => {
      const jobs = await cli.jobs();
      const found = await jobs.call(TransferService.method.getTransfer, { operatorId: operator, transferId });
      await cli.output.show(transferView(found), json === true);
    });

  withJson(transfer.command('settle'))
    .description(
      'says whether StarGame moved the money of a stuck transfer, which it then goes on from; ask StarGame first',
    )
    .addArgument(new Argument('<id>', "the transfer's id"))
    .requiredOption('--operator <id>', 'the operator')
    .addOption(
      new Option('--moved <answer>', 'whether StarGame did move it, by its operation id')
        .choices(['yes', 'no'])
        .makeOptionMandatory(),
    )
    .requiredOption('--note <text>', 'how you know, for the audit trail')
    .action(async (transferId: string, { operator, moved, note, json }: SettleOptions) => {
      const jobs = await cli.jobs();
      const request = { operatorId: operator, transferId, moved: MOVED[moved], actor: osActor(), note };
      const settled = await jobs.call(TransferService.method.settleTransfer, request);
      await cli.output.show(transferView(settled), json === true);
    });

  withJson(transfer.command('list'))
    .description('the latest, newest first')
    .option('--unfinished', 'only those that are not at their end')
    .addOption(new Option('--state <state>', 'only of this state').choices(STATES))
    .addOption(limitOption())
    .action(async (options: JsonOption & { unfinished?: true; state?: string; limit: number }) => {
      const jobs = await cli.jobs();
      const { transfers } = await jobs.call(TransferService.method.listTransfers, {
        state: options.state ?? '',
        unfinished: options.unfinished === true,
        limit: options.limit,
      });
      await cli.output.list([transfers.map(transferView)], options.json === true);
    });
}

async function start(cli: Cli, direction: Direction, options: StartOptions): Promise<void> {
  const amountUnits = unitsOf(options);
  const transferId = options.id ?? `cli-${cli.randomId(24)}`;
  // Before the call: who kills this process, or loses the terminal, has the id to ask again with.
  if (options.id === undefined) await cli.output.note(`id ${transferId}`);
  const jobs = await cli.jobs();
  const request = { transferId, hallId: options.hall, userId: options.user, direction, amountUnits };
  const transfer = await jobs.call(TransferService.method.startTransfer, request).catch((error: unknown) => {
    throw error instanceof JobsFault && isUnknownOutcome(error.code) ? unknownOutcome(transferId, error) : error;
  });
  await cli.output.show(transferView(transfer), options.json === true);
  if (transfer.state === 'done') return;
  const { operatorId, state, detail } = transfer;
  throw new CliError(
    ENDS.includes(state)
      ? `transfer ${transferId} is ${state}: ${detail}`
      : `transfer ${transferId} is not at its end yet and goes on by itself: croupier stargame transfer show ${transferId} --operator ${operatorId}`,
  );
}

/** 0 stands for all. */
function unitsOf({ amount: units, all }: StartOptions): bigint {
  if ((units === undefined) !== (all === true)) throw new UsageError('give --amount, or on the way out --all');
  if (units !== undefined && units <= 0n) throw new UsageError('--amount must be more than 0');
  return units ?? 0n;
}

const unknownOutcome = (id: string, error: JobsFault): CliError =>
  new CliError(
    `the outcome is unknown (${error.message}): money may have moved. Run again with --id ${id}: it moves at most once`,
  );

const transferView = (transfer: Transfer): View => ({
  operatorId: transfer.operatorId,
  transferId: transfer.transferId,
  hallId: transfer.hallId,
  uid: transfer.uid,
  userId: transfer.userId,
  direction: transfer.direction,
  amount: amount(transfer.amountUnits),
  state: transfer.state,
  detail: transfer.detail,
  operationId: transfer.operationId === 0n ? null : transfer.operationId.toString(),
  attempts: transfer.attempts,
  createdAt: time(transfer.createdAtMs),
  updatedAt: time(transfer.updatedAtMs),
});
