import { type Command, Option } from 'commander';
import { OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { type Stop, StopScope, StopService } from '../gen/wallet/v1/stops_pb.ts';
import { osActor } from './actor.ts';
import { type Cli, type JsonOption, time, UsageError, withJson } from './cli.ts';
import { providerOption } from './game.ts';
import type { View } from './output.ts';

const SCOPES = {
  all: StopScope.ALL,
  operator: StopScope.OPERATOR,
  vendor: StopScope.VENDOR,
  game: StopScope.GAME,
} as const;

type ScopeName = keyof typeof SCOPES;
const SCOPE_NAMES = Object.keys(SCOPES) as ScopeName[];

type StopOptions = JsonOption & { scope: ScopeName; provider: string };

export function addStopCommands(program: Command, cli: Cli): void {
  const stop = program
    .command('stop')
    .description('emergency stops: no new bets and launches; what players are owed goes on');

  withScope(stop.command('add'))
    .description('stop play from now on')
    .option('--note <text>', 'why, for people')
    .action(async (id: string | undefined, options: StopOptions & { note?: string }) => {
      const scope = scopeOf(id, options);
      const wallet = await cli.wallet();
      // A stop of a misspelled operator stops nobody.
      if (options.scope === 'operator') {
        await wallet.call(OperatorService.method.getOperator, { operatorId: scope.scopeId });
      }
      const added = await wallet.call(StopService.method.addStop, {
        ...scope,
        note: options.note ?? '',
        actor: osActor(),
      });
      await cli.output.show(stopView(added), options.json === true);
    });

  withScope(stop.command('remove'))
    .description('let play go on')
    .action(async (id: string | undefined, options: StopOptions) => {
      const scope = scopeOf(id, options);
      const wallet = await cli.wallet();
      const { removed } = await wallet.call(StopService.method.removeStop, { ...scope, actor: osActor() });
      if (options.json) {
        await cli.output.show({ removed }, true);
        return;
      }
      await cli.output.line(removed ? 'removed' : 'there was no such stop');
    });

  withJson(stop.command('list'))
    .description('the stops that stand')
    .addOption(scopeOption('only of this scope'))
    .action(async (options: JsonOption & { scope?: ScopeName }) => {
      const wallet = await cli.wallet();
      const { stops } = await wallet.call(StopService.method.listStops, {});
      const { scope } = options;
      const wanted = scope === undefined ? stops : stops.filter((stop) => stop.scope === SCOPES[scope]);
      await cli.output.list([wanted.map(stopView)], options.json === true);
    });
}

const scopeOption = (description: string): Option => new Option('--scope <scope>', description).choices(SCOPE_NAMES);

const withScope = (command: Command): Command =>
  withJson(command)
    .argument('[id]', 'the operator, vendor or game')
    .addOption(scopeOption('what is stopped').makeOptionMandatory())
    .addOption(providerOption());

function scopeOf(id: string | undefined, options: StopOptions): { scope: StopScope; scopeId: string } {
  const scope = SCOPES[options.scope];
  if (options.scope === 'all') {
    if (id !== undefined) {
      throw new UsageError('scope all takes no id');
    }
    return { scope, scopeId: '' };
  }
  if (id === undefined) {
    throw new UsageError(`scope ${options.scope} needs the id of one`);
  }
  return { scope, scopeId: options.scope === 'game' ? `${options.provider}:${id}` : id };
}

function stopView(stop: Stop): View {
  return {
    scope: SCOPE_NAMES.find((name) => SCOPES[name] === stop.scope) ?? String(stop.scope),
    id: stop.scopeId,
    note: stop.note,
    createdAt: time(stop.createdAtMs),
  };
}
