import { type Command, InvalidArgumentError, Option } from 'commander';
import { BookkeepingService, type DayTotals } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { formatTenThousandths } from './amount.ts';
import { amount, type Cli, type JsonOption, withJson } from './cli.ts';
import type { View } from './output.ts';

type DayTotalsOptions = JsonOption & { from?: string; to?: string; operator?: string };

export function addDayTotalsCommand(program: Command, cli: Cli): void {
  withJson(program.command('day-totals'))
    .description("each day's stakes, wins and refunds by operator, vendor, game and currency; days are UTC")
    .addOption(dayOption('--from <day>', 'first day, as 2026-01-31 (default: today)'))
    .addOption(dayOption('--to <day>', 'last day (default: the first)'))
    .option('--operator <id>', 'only of this operator')
    .action(async (options: DayTotalsOptions) => {
      const wallet = await cli.wallet();
      const { totals } = await wallet.call(BookkeepingService.method.listDayTotals, {
        fromDay: options.from ?? '',
        toDay: options.to ?? '',
        operatorId: options.operator ?? '',
      });
      await cli.output.list([totals.map(totalsView)], options.json === true);
    });
}

export const dayOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(dayOf);

function dayOf(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('A day is as 2026-01-31.');
  }
  return text;
}

function totalsView(totals: DayTotals): View {
  return {
    day: totals.day,
    operatorId: totals.operatorId,
    provider: totals.provider,
    vendor: totals.vendor,
    gameId: totals.gameId,
    currencyCode: totals.currencyCode,
    rounds: Number(totals.roundCount),
    betCount: Number(totals.betCount),
    bets: amount(totals.betUnits),
    winCount: Number(totals.winCount),
    wins: amount(totals.winUnits),
    refundCount: Number(totals.refundCount),
    refunds: amount(totals.refundUnits),
    freeSpinCount: Number(totals.freeSpinCount),
    freeSpinWins: amount(totals.freeSpinWinUnits),
    jackpotCount: Number(totals.jackpotCount),
    jackpots: amount(totals.jackpotUnits),
    rake: formatTenThousandths(totals.rakeTenThousandths),
    grossGamingRevenue: amount(totals.grossGamingRevenueUnits),
  };
}
