import { type Command, Option } from 'commander';
import { type Hall, HallMode, HallService } from '../gen/wallet/v1/halls_pb.ts';
import { type Cli, CliError, collect, type JsonOption, time, UsageError, withJson, withOperator } from './cli.ts';
import type { View } from './output.ts';
import { readSecret, requireSecret, type SecretOptions, withSecret } from './secret.ts';

type AddOptions = JsonOption & SecretOptions & { operator: string; pathSecret: string; allow?: string[] } & Common;
type SetOptions = JsonOption & SecretOptions & { pathSecret?: string; allow?: string[]; allowAny?: true } & Common;
type Common = { timeZone?: string; agent?: string; mode?: Mode };
type Mode = keyof typeof MODES;

const MODES = { seamless: HallMode.SEAMLESS, transfer: HallMode.TRANSFER };

const SECRET = 'the key that this hall shares with the game server';
const PATH_SECRET = "the part of the notification URL that nobody else knows: 4 to 64 letters, digits, '_' or '-'";
const AGENT = 'the number of the agent that the hall belongs to at the game server';
const MODE = 'seamless: the game server asks for each spin; transfer: money is carried to its terminals and back';
const TIME_ZONE = "of the times in the game server's documents, as Europe/Riga";

export function addHallCommands(stargame: Command, cli: Cli): void {
  const hall = stargame.command('hall').description('halls: each belongs to an operator');

  withJson(withSecret(withOperator(hall.command('add <id>')), SECRET))
    .description('add a hall; the same again changes nothing')
    .requiredOption('--path-secret <text>', PATH_SECRET)
    .option('--allow <cidr>', 'an address or range that may call; may be repeated (default: any)', collect)
    .option('--time-zone <zone>', `${TIME_ZONE} (default: UTC)`)
    .option('--agent <id>', AGENT)
    .addOption(modeOption(`${MODE} (default: seamless)`))
    .action(async (hallId: string, options: AddOptions) => {
      const secret = await requireSecret(options);
      const wallet = await cli.wallet();
      const request = {
        hallId,
        operatorId: options.operator,
        secret,
        pathSecret: options.pathSecret,
        allowlist: options.allow ?? [],
        timeZone: options.timeZone ?? '',
        agentId: options.agent ?? '',
        mode: MODES[options.mode ?? 'seamless'],
      };
      await show(await wallet.call(HallService.method.createHall, request), options);
    });

  withJson(hall.command('list'))
    .description('all halls')
    .action(async (options: JsonOption) => {
      await cli.output.list([(await listHalls(cli)).map(hallView)], options.json === true);
    });

  withJson(hall.command('show <id>'))
    .description('one hall; never its secrets')
    .action(async (hallId: string, options: JsonOption) => {
      const found = (await listHalls(cli)).find((one) => one.hallId === hallId);
      if (found === undefined) {
        throw new CliError(`hall ${hallId} not found`);
      }
      await show(found, options);
    });

  withJson(withSecret(hall.command('set <id>'), SECRET))
    .description('change what is given; the allowlist replaces the one before')
    .option('--path-secret <text>', PATH_SECRET)
    .option('--allow <cidr>', 'an address or range that may call; may be repeated', collect)
    .option('--allow-any', 'empty the allowlist')
    .option('--time-zone <zone>', TIME_ZONE)
    .option('--agent <id>', `${AGENT}; '' for none`)
    .addOption(modeOption(MODE))
    .action(async (hallId: string, options: SetOptions) => {
      const request = await changes(hallId, options);
      const wallet = await cli.wallet();
      await show(await wallet.call(HallService.method.updateHall, request), options);
    });

  const show = (answer: Hall, options: JsonOption): Promise<void> =>
    cli.output.show(hallView(answer), options.json === true);
}

const modeOption = (description: string): Option =>
  new Option('--mode <mode>', description).choices(Object.keys(MODES));

async function listHalls(cli: Cli): Promise<readonly Hall[]> {
  const wallet = await cli.wallet();
  return (await wallet.call(HallService.method.listHalls, {})).halls;
}

async function changes(hallId: string, options: SetOptions) {
  if (options.allow !== undefined && options.allowAny) {
    throw new UsageError('--allow and --allow-any exclude each other');
  }
  const secret = await readSecret(options);
  const { pathSecret, timeZone, agent: agentId } = options;
  const mode = options.mode && MODES[options.mode];
  const allowlist = options.allowAny ? [] : options.allow;
  if ([secret, pathSecret, timeZone, allowlist, agentId, mode].every((value) => value === undefined)) {
    throw new UsageError(
      'nothing to change: give --secret, --secret-file, --path-secret, --allow, --allow-any, --time-zone, --agent or --mode',
    );
  }
  return {
    hallId,
    ...(secret !== undefined && { secret }),
    ...(pathSecret !== undefined && { pathSecret }),
    ...(timeZone !== undefined && { timeZone }),
    ...(agentId !== undefined && { agentId }),
    ...(mode !== undefined && { mode }),
    ...(allowlist !== undefined && { allowlist: { values: allowlist } }),
  };
}

function hallView(hall: Hall): View {
  return {
    hallId: hall.hallId,
    operatorId: hall.operatorId,
    allowlist: hall.allowlist,
    timeZone: hall.timeZone,
    agentId: hall.agentId,
    mode: hall.mode === HallMode.TRANSFER ? 'transfer' : 'seamless',
    createdAt: time(hall.createdAtMs),
    updatedAt: time(hall.updatedAtMs),
  };
}
