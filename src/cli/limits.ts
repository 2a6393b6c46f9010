import { type Command, Option } from 'commander';
import { type Limits, PlayerService } from '../gen/wallet/v1/players_pb.ts';
import { amount, type Cli, type PlayerOptions, unitsOf, withJson, withPlayer } from './cli.ts';
import type { View } from './output.ts';

const LIMITS = {
  betMax: { field: 'betMaxUnits', flag: 'bet-max', description: 'most of one bet' },
  lossDay: { field: 'lossDayUnits', flag: 'loss-day', description: 'most lost in a day' },
  lossWeek: { field: 'lossWeekUnits', flag: 'loss-week', description: 'most lost in a week' },
  lossMonth: { field: 'lossMonthUnits', flag: 'loss-month', description: 'most lost in a month' },
  stakeDay: { field: 'stakeDayUnits', flag: 'stake-day', description: 'most staked in a day' },
  stakeWeek: { field: 'stakeWeekUnits', flag: 'stake-week', description: 'most staked in a week' },
  stakeMonth: { field: 'stakeMonthUnits', flag: 'stake-month', description: 'most staked in a month' },
} as const;

type LimitName = keyof typeof LIMITS;
const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

type LimitValues = { [K in (typeof LIMITS)[LimitName]['field']]?: bigint };
type LimitOptions = PlayerOptions & { [K in LimitName]?: bigint | 'none' };

export function addLimitsCommand(player: Command, cli: Cli): void {
  const limits = withJson(withPlayer(player.command('limits'))).description(
    'responsible-gambling limits: shows them, and changes those that are given; days, weeks and months are UTC',
  );
  for (const { flag, description } of Object.values(LIMITS)) {
    limits.addOption(new Option(`--${flag} <amount>`, `${description}, as 100.00; none removes it`).argParser(limitOf));
  }
  limits.action(async (options: LimitOptions) => {
    const wallet = await cli.wallet();
    const subject = { operatorId: options.operator, userId: options.user };
    const current = await wallet.call(PlayerService.method.getLimits, subject);
    const changed = LIMIT_NAMES.some((name) => options[name] !== undefined)
      ? await wallet.call(PlayerService.method.setLimits, { ...subject, limits: merge(current, options) })
      : current;
    await cli.output.show(limitsView(changed), options.json === true);
  });
}

const limitOf = (text: string): bigint | 'none' => (text === 'none' ? text : unitsOf(text));

/** The wallet replaces all limits at once: those not given keep their values. */
function merge(current: Limits, options: LimitOptions): LimitValues {
  const merged: LimitValues = {};
  for (const name of LIMIT_NAMES) {
    const { field } = LIMITS[name];
    const value = options[name] ?? current[field];
    if (value !== undefined && value !== 'none') {
      merged[field] = value;
    }
  }
  return merged;
}

function limitsView(limits: Limits): View {
  return Object.fromEntries(
    LIMIT_NAMES.map((name) => {
      const units = limits[LIMITS[name].field];
      return [name, units === undefined ? null : amount(units)];
    }),
  );
}
