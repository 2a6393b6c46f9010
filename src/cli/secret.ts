import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { UsageError } from './cli.ts';

export type SecretOptions = { secret?: string; secretFile?: string };
export type PasswordOptions = { password?: string; passwordFile?: string };

/** Two ways to give a secret: other users of the machine can see what stands on a command line. */
export const withSecret = (command: Command, description: string): Command =>
  withHidden(command, '--secret', description);
export const withPassword = (command: Command, description: string): Command =>
  withHidden(command, '--password', description);

/** The secret from where it was given; a file's last line break is not part of it. */
export const readSecret = ({ secret, secretFile }: SecretOptions): Promise<string | undefined> =>
  readHidden('--secret', secret, secretFile);
export const readPassword = ({ password, passwordFile }: PasswordOptions): Promise<string | undefined> =>
  readHidden('--password', password, passwordFile);

/** As readSecret; throws a UsageError where none is given. */
export async function requireSecret(options: SecretOptions): Promise<string> {
  return required('--secret', await readSecret(options));
}

export async function requirePassword(options: PasswordOptions): Promise<string> {
  return required('--password', await readPassword(options));
}

const withHidden = (command: Command, name: string, description: string): Command =>
  command
    .option(`${name} <text>`, `${description}; other users of this machine can see it`)
    .option(`${name}-file <path>`, 'a file to read it from, or - for stdin');

async function readHidden(name: string, given?: string, file?: string): Promise<string | undefined> {
  if (given !== undefined && file !== undefined) {
    throw new UsageError(`${name} and ${name}-file exclude each other`);
  }
  if (file === undefined) {
    return given;
  }
  return readHiddenFile(name, file);
}

/** A file, or - for stdin, without its last line break. `name` is that of the option without `-file`. */
export async function readHiddenFile(name: string, file: string): Promise<string> {
  const content = file === '-' ? await text(process.stdin) : await readWhole(name, file);
  return content.replace(/\r?\n$/, '');
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) {
    throw new UsageError(`give ${name} or ${name}-file`);
  }
  return value;
}

async function readWhole(name: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${name}-file ${path} can't be read: ${error.code ?? 'unknown error'}`);
  });
}
