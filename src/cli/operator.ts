import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { type Operator, OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { type Cli, collect, type JsonOption, time, UsageError, withJson } from './cli.ts';
import type { View } from './output.ts';

type AddOptions = JsonOption & { secret?: string; secretFile?: string; currency?: string[]; allow?: string[] };
type SetOptions = AddOptions & { allowAny?: true };

export function addOperatorCommands(program: Command, cli: Cli): void {
  const operator = program.command('operator').description('casino brands, as the platform knows them');

  withJson(withSecret(operator.command('add <id>')))
    .description('add an operator; the same again changes nothing')
    .option('--currency <code>', 'a currency of its players; may be repeated (default: EUR)', collect)
    .option('--allow <cidr>', 'an address or range that may call; may be repeated (default: any)', collect)
    .action(async (operatorId: string, options: AddOptions) => {
      const secret = await readSecret(options);
      if (secret === undefined) {
        throw new UsageError('give --secret or --secret-file');
      }
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

  withJson(withSecret(operator.command('set <id>')))
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

const withSecret = (command: Command): Command =>
  command
    .option('--secret <text>', 'the key that requests are signed with; other users of this machine can see it')
    .option('--secret-file <path>', 'a file to read it from, or - for stdin');

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

/** The secret from where it was given; a file's last line break is not part of it. */
async function readSecret(options: { secret?: string; secretFile?: string }): Promise<string | undefined> {
  if (options.secret !== undefined && options.secretFile !== undefined) {
    throw new UsageError('--secret and --secret-file exclude each other');
  }
  if (options.secretFile === undefined) {
    return options.secret;
  }
  const content = options.secretFile === '-' ? await text(process.stdin) : await readSecretFile(options.secretFile);
  return content.replace(/\r?\n$/, '');
}

async function readSecretFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--secret-file ${path} can't be read: ${error.code ?? 'unknown error'}`);
  });
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
