import type { Command } from 'commander';
import { type Limit, PlatformService } from '../gen/jobs/v1/platform_pb.ts';
import { amount, type Cli, type JsonOption, time, withJson } from './cli.ts';
import type { View } from './output.ts';

export function addPlatformLimitsCommand(platform: Command, cli: Cli): void {
  withJson(platform.command('limits'))
    .description("what PLATFORM last said of the operators' limits with it, and when they will be reached")
    .option('--operator <id>', 'only of this operator')
    .action(async (options: JsonOption & { operator?: string }) => {
      const jobs = await cli.jobs();
      const { limits } = await jobs.call(PlatformService.method.listLimits, { operatorId: options.operator ?? '' });
      await cli.output.list([limits.map(limitView)], options.json === true);
    });
}

const limitView = (limit: Limit): View => ({
  operator: limit.operatorId,
  kind: limit.kind,
  currency: limit.currencyCode,
  state: limit.state,
  enabled: limit.enabled,
  exceeded: limit.exceeded,
  available: maybeAmount(limit.availableUnits),
  limit: maybeAmount(limit.limitUnits),
  used: maybeAmount(limit.usedUnits),
  reachedAt: time(limit.reachedAtMs),
  readAt: time(limit.readAtMs),
  error: limit.error,
});

const maybeAmount = (units: bigint | undefined): string | null => (units === undefined ? null : amount(units));
