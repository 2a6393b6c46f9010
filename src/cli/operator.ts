import type { Command } from 'commander';
import { type Operator, OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { type Cli, collect, type JsonOption, time, UsageError, withJson } from './cli.ts';
import type { View } from './output.ts';
import { readSecret, requireSecret, type SecretOptions, withSecret } from './secret.ts';

const SECRET = 'the key that requests are signed with';

type AddOptions = JsonOption & SecretOptions & { currency?: string[]; allow?: string[] };
type SetOptions = AddOptions & { allowAny?: true };

export function addOperatorCommands(program: Command, cli: Cli): void {
  const operator = program.command('operator').description('casino brands, as the platform knows them');

  withJson(withSecret(operator.command('add <id>'), SECRET))
    .description('add an operator; the same again changes nothing')
    .option('--currency <code>', 'a currency of its players; may be repeated (default: EUR)', collect)
    .option('--allow <cidr>', 'an address or range that may call; may be repeated (default: any)', collect)
    .action(async (operatorId: string, options: AddOptions) => {
      const secret = await requireSecret(options);
      const wallet = await cli.wallet();
      const request = { operatorId, secret, currencies: options.currency ?? ['EUR'], allowlist: options.allow ?? [] };
      await show(await wallet.call(OperatorService.method.createOperator, request), options);
    });

  withJson(operator.command('list'))
    .description('all operators')
    .action(async (options: JsonOption) => {
      const wallet = await cli.wallet();
      const { operators } = await wallet.call(OperatorService.method.listOperators, {});
      await cli.output.list([operators.map(operatorView)], options.json === true);
    });

  withJson(operator.command('show <id>'))
    .description('one operator; never its secret')
    .action(async (operatorId: string, options: JsonOption) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(OperatorService.method.getOperator, { operatorId }), options);
    });

  withJson(withSecret(operator.command('set <id>'), SECRET))
    .description('change what is given; a list replaces the one before')
    .option('--currency <code>', 'a currency of its players; may be repeated', collect)
    .option('--allow <cidr>', 'an address or range that may call; may be repeated', collect)
    .option('--allow-any', 'empty the allowlist')
    .action(async (operatorId: string, options: SetOptions) => {
      const wallet = await cli.wallet();
      await show(await wallet.call(OperatorService.method.updateOperator, await changes(operatorId, options)), options);
    });

  const show = (answer: Operator, options: JsonOption): Promise<void> =>
    cli.output.show(operatorView(answer), options.json === true);
}

async function changes(operatorId: string, options: SetOptions) {
  if (options.allow !== undefined && options.allowAny) {
    throw new UsageError('--allow and --allow-any exclude each other');
  }
  const secret = await readSecret(options);
  const allowlist = options.allowAny ? [] : options.allow;
  if (secret === undefined && options.currency === undefined && allowlist === undefined) {
    throw new UsageError('nothing to change: give --secret, --secret-file, --currency, --allow or --allow-any');
  }
  return {
    operatorId,
    ...(secret !== undefined && { secret }),
    ...(options.currency !== undefined && { currencies: { values: options.currency } }),
    ...(allowlist !== undefined && { allowlist: { values: allowlist } }),
  };
}

function operatorView(operator: Operator): View {
  return {
    operatorId: operator.operatorId,
    currencies: operator.currencies,
    allowlist: operator.allowlist,
    createdAt: time(operator.createdAtMs),
    updatedAt: time(operator.updatedAtMs),
  };
}
