import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { UsageError } from './cli.ts';

export type SecretOptions = { secret?: string; secretFile?: string };

/** Two ways to give a secret: other users of the machine can see what stands on a command line. */
export const withSecret = (command: Command, description: string): Command =>
  command
    .option('--secret <text>', `${description}; other users of this machine can see it`)
    .option('--secret-file <path>', 'a file to read it from, or - for stdin');

/** The secret from where it was given; a file's last line break is not part of it. */
export async function readSecret(options: SecretOptions): Promise<string | undefined> {
  if (options.secret !== undefined && options.secretFile !== undefined) {
    throw new UsageError('--secret and --secret-file exclude each other');
  }
  if (options.secretFile === undefined) {
    return options.secret;
  }
  const content = options.secretFile === '-' ? await text(process.stdin) : await readSecretFile(options.secretFile);
  return content.replace(/\r?\n$/, '');
}

/** As readSecret; throws a UsageError where none is given. */
export async function requireSecret(options: SecretOptions): Promise<string> {
  const secret = await readSecret(options);
  if (secret === undefined) {
    throw new UsageError('give --secret or --secret-file');
  }
  return secret;
}

async function readSecretFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--secret-file ${path} can't be read: ${error.code ?? 'unknown error'}`);
  });
}
