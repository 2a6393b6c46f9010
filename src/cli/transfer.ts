import type { ServiceError } from '@grpc/grpc-js';
import type { Command } from 'commander';
import { MoneyService, type Outcome, Reason } from '../gen/wallet/v1/money_pb.ts';
import {
  amount,
  amountOption,
  type Cli,
  CliError,
  type PlayerOptions,
  UsageError,
  withJson,
  withPlayer,
} from './cli.ts';
import { isServiceError, isUnknownOutcome } from './peer.ts';
import { describeRefusal } from './refusal.ts';

/** Money between the player and the house, outside games. */
type Transfer = { operator: string; user: string; id: string; amount: bigint; currency?: string; note?: string };
type TransferOptions = PlayerOptions & Omit<Transfer, 'id'> & { id?: string };

const TRANSFERS = {
  deposit: { method: MoneyService.method.deposit, done: 'deposited', description: 'credit a player from the cashier' },
  withdraw: { method: MoneyService.method.withdraw, done: 'withdrew', description: 'debit a player to the cashier' },
  correct: {
    method: MoneyService.method.correct,
    done: 'corrected by',
    description: 'set right what went wrong outside; a negative amount debits, and may leave the balance negative',
  },
} as const;

type TransferVerb = keyof typeof TRANSFERS;

export function addTransferCommands(player: Command, cli: Cli): void {
  for (const verb of Object.keys(TRANSFERS) as TransferVerb[]) {
    withJson(withPlayer(player.command(verb)))
      .description(TRANSFERS[verb].description)
      .addOption(amountOption('--amount <amount>', 'how much').makeOptionMandatory())
      .option('--id <id>', 'idempotency key: under one id money moves at most once (default: one is made and printed)')
      .option('--currency <code>', "refuse where it is not the account's")
      .option('--note <text>', 'why, for people')
      .action((options: TransferOptions) => transfer(cli, verb, options));
  }
}

async function transfer(cli: Cli, verb: TransferVerb, options: TransferOptions): Promise<void> {
  checkAmount(verb, options.amount);
  const id = options.id ?? `cli-${cli.randomId(24)}`;
  if (options.id === undefined) {
    // Before the call: who kills this process, or loses the terminal, has the id to ask again with.
    await cli.output.note(`id ${id}`);
  }
  const outcome = await move(cli, verb, { ...options, id });
  if (options.json) {
    await cli.output.show(
      {
        id,
        amount: amount(options.amount),
        balance: amount(outcome.balanceUnits),
        currencyCode: outcome.currencyCode,
        replayed: outcome.replayed,
      },
      true,
    );
    return;
  }
  const moved = outcome.replayed ? 'done before, under this id' : `${TRANSFERS[verb].done} ${amount(options.amount)}`;
  await cli.output.line(`${moved}; balance ${amount(outcome.balanceUnits)} ${outcome.currencyCode}`);
}

/** Deposits once under `opening.id`; for a player who may have it already. */
export async function depositOpeningBalance(cli: Cli, opening: Omit<Transfer, 'note' | 'currency'>): Promise<void> {
  await move(cli, 'deposit', { ...opening, note: 'opening balance' });
}

function checkAmount(verb: TransferVerb, units: bigint): void {
  if (verb !== 'correct' && units <= 0n) {
    throw new UsageError('--amount must be more than 0');
  }
  if (units === 0n) {
    throw new UsageError('--amount must not be 0');
  }
}

async function move(cli: Cli, verb: TransferVerb, asked: Transfer): Promise<Outcome> {
  const wallet = await cli.wallet();
  const request = {
    operatorId: asked.operator,
    userId: asked.user,
    transactionId: asked.id,
    amountUnits: asked.amount,
    currencyCode: asked.currency ?? '',
    note: asked.note ?? '',
  };
  const outcome = await wallet.call(TRANSFERS[verb].method, request).catch((error: unknown) => {
    throw isServiceError(error) && isUnknownOutcome(error.code) ? unknownOutcome(asked.id, error) : error;
  });
  if (outcome.reason !== Reason.UNSPECIFIED) {
    throw new CliError(`${describeRefusal(outcome.reason, asked)} (id ${asked.id})`);
  }
  return outcome;
}

const unknownOutcome = (id: string, error: ServiceError): CliError =>
  new CliError(
    `the outcome is unknown (${error.details}): money may have moved. Run again with --id ${id}: it moves at most once`,
  );
