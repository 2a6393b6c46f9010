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
  jobs: () => Promise.reject(new Error('no verb runs here')),
});

/** All that can be run: what has options, and only verbs have (`harvest` and `reconcile` besides a verb of their own). */
const verbs = (command: Command, path: string[] = []): [string, Command][] => [
  ...(command.options.length === 0 ? [] : [[path.join(' '), command] satisfies [string, Command]]),
  ...command.commands.flatMap((child) => verbs(child, [...path, child.name()])),
];

test('the verbs', () => {
  expect(verbs(program).map(([path]) => path)).toEqual([
    ...['add', 'list', 'show', 'set'].map((verb) => `operator ${verb}`),
    ...['add', 'show', 'list', 'set', 'block', 'unblock', 'deposit', 'withdraw', 'correct', 'limits'].map(
      (verb) => `player ${verb}`,
    ),
    ...['open', 'close', 'list'].map((verb) => `session ${verb}`),
    ...['enable', 'disable', 'list'].map((verb) => `game ${verb}`),
    ...['add', 'remove', 'list'].map((verb) => `stop ${verb}`),
    ...['set', 'list'].map((verb) => `stargame agent ${verb}`),
    ...['add', 'list', 'show', 'set'].map((verb) => `stargame hall ${verb}`),
    ...['link', 'unlink', 'show', 'list'].map((verb) => `stargame terminal ${verb}`),
    ...['call', 'register', 'launch', 'games', 'close'].map((verb) => `stargame ${verb}`),
    ...['in', 'out', 'show', 'settle', 'list'].map((verb) => `stargame transfer ${verb}`),
    ...['platform launch', 'platform limits', 'hand-history'],
    'transactions',
    ...['show', 'finish'].map((verb) => `round ${verb}`),
    'launch-url',
    ...['sync', 'search', 'lobbies', 'changes', 'status'].map((verb) => `catalogue ${verb}`),
    'lobby-url',
    'day-totals',
    'anomaly list',
    ...['harvest', 'harvest status', 'game-log list', 'game-log show', 'reconcile', 'reconcile status'],
    ...['list', 'show', 'propose', 'approve', 'reject'].map((verb) => `discrepancy ${verb}`),
    ...['pull', 'reconcile', 'list', 'show', 'transactions', 'status'].map((verb) => `report ${verb}`),
    'audit list',
    ...['counts', 'list', 'show', 'retry', 'remove', 'add'].map((verb) => `jobs ${verb}`),
    'verify',
    'ops hash-password',
  ]);
});

test.each(verbs(program))('%s has --json and says what it and each of its options do', (_path, command) => {
  expect(command.description()).not.toBe('');
  expect(command.options.map((option) => option.long)).toContain('--json');
  expect(command.options.filter((option) => option.description === '')).toEqual([]);
});
