import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { hashPassword } from '../common/password-hash.ts';
import { type Cli, CliError, type JsonOption, UsageError, withJson } from './cli.ts';

const PASSWORD_MIN_CHARACTERS = 12;
const NAME = /^[A-Za-z0-9._@-]{1,64}$/;

export function addOpsCommands(program: Command, cli: Cli): void {
  const ops = program.command('ops').description("the dashboard's people");

  withJson(ops.command('hash-password'))
    .description('hash a password, asked for or read from stdin, for OPS_USERS')
    .option('--user <name>', 'print the whole entry, as name:hash')
    .action(async ({ user, json }: JsonOption & { user?: string }) => {
      if (user !== undefined && !NAME.test(user)) {
        throw new UsageError('--user must be 1 to 64 letters, digits or . _ @ -');
      }
      const password = process.stdin.isTTY ? await askTwice() : (await text(process.stdin)).replace(/\r?\n$/, '');
      if (password.length < PASSWORD_MIN_CHARACTERS) {
        throw new CliError(`a password has at least ${PASSWORD_MIN_CHARACTERS} characters`);
      }
      const hash = await hashPassword(password);
      const entry = user === undefined ? hash : `${user}:${hash}`;
      await (json ? cli.output.show({ user: user ?? null, hash }, true) : cli.output.line(entry));
    });
}

async function askTwice(): Promise<string> {
  const password = await ask('password: ');
  if ((await ask('again: ')) !== password) {
    throw new CliError('the two differ');
  }
  return password;
}

/** A line of the terminal that is not shown while it is typed. */
function ask(prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write(prompt);
  const answer = new Promise<string>((resolve, reject) => {
    terminal.once('SIGINT', () => reject(new CliError('given up')));
    terminal.question('', resolve);
  });
  return answer.finally(() => {
    process.stderr.write('\n');
    terminal.close();
  });
}
