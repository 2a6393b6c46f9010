import { type Command, InvalidArgumentError, Option } from 'commander';
import { decimal } from '../common/decimal.ts';
import { parseAmount } from './amount.ts';
import type { JobsPeer } from './jobs-peer.ts';
import type { Output } from './output.ts';
import type { Wallet } from './wallet.ts';

/** What every verb is given. */
export type Cli = {
  /** Connects at its first use: `--help` and mistaken options need no wallet. */
  wallet: () => Promise<Wallet>;
  /** As `wallet`, for the jobs' own services. */
  jobs: () => Promise<JobsPeer>;
  output: Output;
  env: Record<string, string | undefined>;
  /** Ids and tokens: `length` random characters of [A-Za-z0-9]. */
  randomId: (length: number) => string;
};

/** A failure that is told in one line, without a stack: nothing is wrong with the program. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** The command was called wrongly: exit code 2, as for what commander itself finds. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type JsonOption = { json?: true };
export type PlayerOptions = JsonOption & { operator: string; user: string };

export const withJson = (command: Command): Command => command.option('--json', 'print JSON');

export const withOperator = (command: Command): Command => command.requiredOption('--operator <id>', 'the operator');

export const withPlayer = (command: Command): Command =>
  withOperator(command).requiredOption('--user <id>', 'the player, as the provider knows them');

/** An option whose value is units of 1/100, given as a decimal. */
export const amountOption = (flags: string, description: string): Option =>
  new Option(flags, `${description}, as 100.00`).argParser(unitsOf);

export function unitsOf(text: string): bigint {
  const units = parseAmount(text);
  if (units === undefined) {
    throw new InvalidArgumentError('An amount is a decimal with at most two places, as 100.00.');
  }
  return units;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError('Must be a whole number.');
  }
  return Number(text);
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) {
    throw new InvalidArgumentError('Must be 1 or more.');
  }
  return value;
}

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** An option whose value is ms since 1970, given as a time with its zone, or as a day, which begins in UTC. */
export const timeOption = (flags: string, description: string): Option =>
  new Option(flags, `${description}, as 2026-01-31T12:00Z or 2026-01-31`).argParser(timeOf);

function timeOf(text: string): bigint {
  const ms = TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError('A time is as 2026-01-31T12:00Z, or a day as 2026-01-31.');
  }
  return BigInt(ms);
}

/** JavaScript takes the 30th of February for the 2nd of March. */
const isDay = (day: string): boolean => {
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
};

/** A number that is an id, and may be longer than JavaScript's numbers. */
export function numberedId(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) {
    throw new InvalidArgumentError('Must be a number.');
  }
  return BigInt(text);
}

/** For options that may be given several times. */
export const collect = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Values of messages as they are shown. */
export const amount = decimal;
export const time = (ms: bigint): string | null => (ms === 0n ? null : new Date(Number(ms)).toISOString());

const PAGE_SIZE = 1000;

/** All pages of a listing, one in memory at a time. */
export async function* pages<T>(
  fetch: (page: { pageSize: number; pageToken: string }) => Promise<{ nextPageToken: string; items: readonly T[] }>,
): AsyncGenerator<readonly T[]> {
  let pageToken = '';
  do {
    const page = await fetch({ pageSize: PAGE_SIZE, pageToken });
    yield page.items;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

export async function* mapPages<T, R>(all: AsyncIterable<readonly T[]>, map: (item: T) => R): AsyncGenerator<R[]> {
  for await (const page of all) {
    yield page.map(map);
  }
}
