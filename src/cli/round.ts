import type { Command } from 'commander';
import { MoneyService, Reason, type Round } from '../gen/wallet/v1/money_pb.ts';
import { formatTenThousandths } from './amount.ts';
import { amount, type Cli, CliError, type PlayerOptions, time, withJson, withPlayer } from './cli.ts';
import { providerOption } from './game.ts';
import type { View } from './output.ts';
import { describeRefusal } from './refusal.ts';

type RoundOptions = PlayerOptions & { provider: string };

export function addRoundCommands(program: Command, cli: Cli): void {
  const round = program.command('round').description('the transactions of one game play');

  withRound(round.command('show'))
    .description('a round with its totals, without canceled and refused transactions')
    .action(async (roundId: string, options: RoundOptions) => {
      await show(roundId, options);
    });

  withRound(round.command('finish'))
    .description('close a round to new bets; its totals are written soon after')
    .action(async (roundId: string, options: RoundOptions) => {
      const wallet = await cli.wallet();
      const outcome = await wallet.call(MoneyService.method.finishRound, subject(roundId, options));
      if (outcome.reason !== Reason.UNSPECIFIED) {
        throw new CliError(describeRefusal(outcome.reason, options));
      }
      await show(roundId, options);
    });

  const show = async (roundId: string, options: RoundOptions): Promise<void> => {
    const wallet = await cli.wallet();
    const answer = await wallet.call(MoneyService.method.getRound, subject(roundId, options));
    await cli.output.show(roundView(answer), options.json === true);
  };
}

const withRound = (command: Command): Command =>
  withJson(withPlayer(command.argument('<round>', 'the round id'))).addOption(providerOption());

const subject = (roundId: string, options: RoundOptions) => ({
  operatorId: options.operator,
  userId: options.user,
  provider: options.provider,
  roundId,
});

function roundView(round: Round): View {
  return {
    provider: round.provider,
    roundId: round.roundId,
    bets: amount(round.betUnits),
    wins: amount(round.winUnits),
    refunds: amount(round.refundUnits),
    grossGamingRevenue: amount(round.grossGamingRevenueUnits),
    rake: formatTenThousandths(round.rakeTenThousandths),
    betCount: round.betCount,
    winCount: round.winCount,
    refundCount: round.refundCount,
    transactionCount: round.transactionCount,
    finishedAt: time(round.finishedAtMs),
    closedAt: time(round.closedAtMs),
    summedAt: time(round.summedAtMs),
  };
}
