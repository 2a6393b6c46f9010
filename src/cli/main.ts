import { randomInt } from 'node:crypto';
import { CommanderError } from 'commander';
import { ConfigError } from '../common/config.ts';
import { type Cli, CliError, UsageError } from './cli.ts';
import { connectJobs, type JobsPeer } from './jobs-peer.ts';
import { createOutput } from './output.ts';
import { isServiceError } from './peer.ts';
import { createProgram } from './program.ts';
import { connectWallet, describeFault, type Wallet } from './wallet.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const randomId = (length: number): string =>
  Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

async function main(): Promise<number> {
  process.stdout.on('error', onOutputError);
  let wallet: Promise<Wallet> | undefined;
  let jobs: Promise<JobsPeer> | undefined;
  const cli: Cli = {
    output: createOutput(process.stdout, process.stderr),
    env: process.env,
    randomId,
    wallet: () => {
      wallet ??= connectWallet(process.env);
      return wallet;
    },
    jobs: () => {
      jobs ??= connectJobs(process.env);
      return jobs;
    },
  };
  try {
    await createProgram(cli).parseAsync();
    return 0;
  } catch (error) {
    return await fail(cli, error);
  } finally {
    for (const peer of [wallet, jobs]) await peer?.then((connected) => connected.close()).catch(() => {});
  }
}

/** Who reads the output may have seen enough (`croupier transactions … | head`); a full disk is a failure. */
function onOutputError(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') {
    process.exit(0);
  }
  process.stderr.write(`error: can't write: ${error.message}\n`);
  process.exit(1);
}

/** Tells what failed, in one line, and gives the exit code. What nobody expected keeps its stack. */
async function fail(cli: Cli, error: unknown): Promise<number> {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? 0 : 2;
  }
  const message = describe(error);
  if (message === undefined) {
    throw error;
  }
  await cli.output.note(`error: ${message.replaceAll(/\p{Cc}+/gu, ' ')}`);
  return error instanceof UsageError ? 2 : 1;
}

function describe(error: unknown): string | undefined {
  if (error instanceof CliError || error instanceof UsageError) {
    return error.message;
  }
  if (error instanceof ConfigError) {
    return error.mistakes.join('; ');
  }
  return isServiceError(error) ? describeFault(error) : undefined;
}

process.exitCode = await main();
