import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { createProgram } from './program.ts';

const program = createProgram({
  output: createOutput(new PassThrough(), new PassThrough()),
  env: {},
  randomId: () => 'id',
  wallet: () => Promise.reject(new Error('no verb runs here')),
});

const leaves = (command: Command, path: string[] = []): [string, Command][] =>
  command.commands.length === 0
    ? [[path.join(' '), command]]
    : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));

test('the verbs', () => {
  expect(leaves(program).map(([path]) => path)).toEqual([
    ...['add', 'list', 'show', 'set'].map((verb) => `operator ${verb}`),
    ...['add', 'show', 'list', 'set', 'block', 'unblock', 'deposit', 'withdraw', 'correct', 'limits'].map(
      (verb) => `player ${verb}`,
    ),
    ...['open', 'close', 'list'].map((verb) => `session ${verb}`),
    ...['enable', 'disable', 'list'].map((verb) => `game ${verb}`),
    ...['add', 'remove', 'list'].map((verb) => `stop ${verb}`),
    ...['add', 'list', 'show', 'set'].map((verb) => `stargame hall ${verb}`),
    ...['link', 'unlink', 'show', 'list'].map((verb) => `stargame terminal ${verb}`),
    'transactions',
    ...['show', 'finish'].map((verb) => `round ${verb}`),
    'launch-url',
    'day-totals',
    'anomaly list',
    'audit list',
    ...['counts', 'list', 'show', 'retry', 'remove', 'add'].map((verb) => `jobs ${verb}`),
    'verify',
    'ops hash-password',
  ]);
});

test.each(leaves(program))('%s has --json and says what it and each of its options do', (_path, command) => {
  expect(command.description()).not.toBe('');
  expect(command.options.map((option) => option.long)).toContain('--json');
  expect(command.options.filter((option) => option.description === '')).toEqual([]);
});
