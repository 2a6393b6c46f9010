import type { Command } from 'commander';
import { MoneyService, Reason, type Transaction, TransactionStatus } from '../gen/wallet/v1/money_pb.ts';
import { amount, type Cli, mapPages, type PlayerOptions, pages, time, withJson, withPlayer } from './cli.ts';
import type { View } from './output.ts';

type Options = PlayerOptions & { round?: string };

export function addTransactionsCommand(program: Command, cli: Cli): void {
  withJson(withPlayer(program.command('transactions')))
    .description("a player's ledger, newest last; JSON has more fields than the table")
    .option('--round <id>', 'only of this round')
    .action(async (options: Options) => {
      const wallet = await cli.wallet();
      const subject = { operatorId: options.operator, userId: options.user, roundId: options.round ?? '' };
      const all = pages(async (page) => {
        const answer = await wallet.call(MoneyService.method.listTransactions, { ...subject, ...page });
        return { items: answer.transactions, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, options.json ? wholeView : rowView), options.json === true);
    });
}

function rowView(transaction: Transaction): View {
  return {
    seq: transaction.seq.toString(),
    createdAt: time(transaction.createdAtMs),
    provider: transaction.provider,
    transactionId: transaction.transactionId,
    kind: transaction.kind,
    status: nameOf(TransactionStatus, transaction.status),
    reason: transaction.reason === Reason.UNSPECIFIED ? null : nameOf(Reason, transaction.reason),
    amount: amount(transaction.amountUnits),
    currencyCode: transaction.currencyCode,
    balanceAfter: amount(transaction.balanceAfterUnits),
    roundId: transaction.roundId,
    gameId: transaction.gameId,
  };
}

function wholeView(transaction: Transaction): View {
  return {
    operatorId: transaction.operatorId,
    userId: transaction.userId,
    ...rowView(transaction),
    isReversal: transaction.isReversal,
    debitAccount: transaction.debitAccount,
    creditAccount: transaction.creditAccount,
    context: transaction.context,
    occurredAt: time(transaction.occurredAtMs),
    requestId: transaction.requestId,
  };
}

/** The name of an enum's value; a value newer than this program as its number. */
function nameOf(names: Record<string, number>, value: number): string {
  return Object.keys(names).find((name) => names[name] === value) ?? String(value);
}
