import type { Command } from 'commander';
import { type Anomaly, BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { limitOption } from './audit.ts';
import { type Cli, type JsonOption, time, withJson } from './cli.ts';
import type { View } from './output.ts';

export function addAnomalyCommands(program: Command, cli: Cli): void {
  const anomaly = program.command('anomaly').description('what looks wrong in rounds, found by the bookkeeping jobs');

  withJson(anomaly.command('list'))
    .description('the latest that stand, newest first')
    .addOption(limitOption())
    .option('--all', 'those that were resolved too')
    .action(async (options: JsonOption & { limit: number; all?: true }) => {
      const wallet = await cli.wallet();
      const { anomalies, standing } = await wallet.call(BookkeepingService.method.listAnomalies, {
        limit: options.limit,
        includeResolved: options.all === true,
      });
      await cli.output.list([anomalies.map(anomalyView)], options.json === true);
      if (options.all !== true && standing > anomalies.length) {
        await cli.output.note(`${standing} stand: these are the latest`);
      }
    });
}

function anomalyView(anomaly: Anomaly): View {
  return {
    foundAt: time(anomaly.foundAtMs),
    kind: anomaly.kind,
    operatorId: anomaly.operatorId,
    userId: anomaly.userId,
    provider: anomaly.provider,
    roundId: anomaly.roundId,
    gameId: anomaly.gameId,
    detail: anomaly.detail,
    resolvedAt: time(anomaly.resolvedAtMs),
  };
}
