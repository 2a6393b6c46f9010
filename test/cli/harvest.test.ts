import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../jobs/until.ts';
import { createRemoteWorld, HALL, type RemoteWorld, TERMINAL } from './remote-world.ts';

let world: RemoteWorld;

const TERMINAL_OPTIONS = ['--hall', HALL, '--uid', TERMINAL];

beforeAll(async () => {
  world = await createRemoteWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

type Log = Record<string, string | null>;
const logs = (...args: string[]): Promise<Log[]> =>
  world.cli.json<Log[]>('game-log', 'list', ...TERMINAL_OPTIONS, ...args);

test('logs are read by hand, shown and looked into', async () => {
  expect(await logs()).toEqual([]);
  await world.tell('play', { uid: TERMINAL, rounds: 3, betUnits: '250' });
  const harvest = () => world.cli.run('harvest', ...TERMINAL_OPTIONS);
  // The second that is going on is read once it is over.
  await until('all are read', async () => (await harvest()).code === 0 && (await logs()).length === 3);
  const ran = await harvest();
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/^harvest: \d+ of \d+ terminals/) });
  // Within the same second there is nothing to read again.
  expect(ran.stdout).toMatch(/^harvest: 1 of 1 terminals, 0 failed; [03] records read, 0 new\n$/);

  const found = await logs();
  expect(found.map(({ bet }) => bet)).toEqual(['2.50', '2.50', '2.50']);
  expect(found[0]).toMatchObject({
    gameId: '206',
    playedAt: expect.stringMatching(/^20\d\d-.*Z$/),
    betTransactionId: '',
  });
  const shown = await world.cli.json('game-log', 'show', ...TERMINAL_OPTIONS, String(found[0]?.id));
  expect(shown).toMatchObject({ ...found[0], html: expect.stringContaining('<') });
  const text = await world.cli.run('game-log', 'show', ...TERMINAL_OPTIONS, String(found[0]?.id));
  expect(text.stdout).toMatch(/\nhtmlCharacters +\d+\n/);
  expect(text.stdout).not.toContain('<');

  const again = await world.cli.json(
    'harvest',
    ...TERMINAL_OPTIONS,
    '--from',
    new Date(Date.now() - 3_600_000).toISOString(),
  );
  expect(again).toEqual({ terminals: 1, terminalsDone: 1, terminalsFailed: 0, recordsRead: 3, recordsNew: 0 });
  expect(await logs('--until', '2020-01-01')).toEqual([]);
});

test('how far it is, for all and for one hall', async () => {
  const all = await world.viewer.json('harvest', 'status');
  expect(all).toMatchObject({ terminals: 1, terminalsBehind: 0, terminalsFailing: 0, gaps: 0, behind: [] });
  expect(await world.viewer.json('harvest', 'status', '--hall', HALL)).toMatchObject({ terminals: 1 });
  expect(await world.viewer.json('harvest', 'status', '--hall', '7')).toMatchObject({ terminals: 0 });
  expect((await world.viewer.run('harvest', 'status')).stdout).toMatch(/^harvestedUntil +20\d\d-/);
});

test.each<[string[], number, string | RegExp]>([
  [['harvest', '--uid', '117'], 2, 'error: --uid needs --hall\n'],
  [['harvest', '--until', '2026-01-01'], 2, 'error: --until needs --from\n'],
  [
    ['harvest', '--from', 'yesterday'],
    2,
    /^error: option '--from <time>' argument 'yesterday' is invalid\. A time is as/,
  ],
  [['harvest', '--from', '2026-02-30'], 2, /^error: option '--from <time>' argument '2026-02-30' is invalid/],
  [['harvest', ...TERMINAL_OPTIONS, '--from', '2020-01-01'], 1, 'error: from_ms: must be at most seven days ago\n'],
  [['harvest', '--hall', 'x'], 1, /^error: hall_id: must be/],
  [['game-log', 'list', '--hall', HALL], 2, /^error: required option '--uid <number>'/],
  [['game-log', 'show', ...TERMINAL_OPTIONS, '9'], 1, 'error: game log not found\n'],
])('%j says what is wrong', async (args, code, stderr) => {
  const told = await world.cli.run(...args);
  expect(told).toMatchObject({ code, stdout: '' });
  expect(told.stderr).toMatch(stderr);
});

test('who may only look may not harvest, and who is not known may not look', async () => {
  const refused = await world.viewer.run('harvest');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: not allowed: .*ops/) });
});

test('terminals that could not be read make the run a failure', async () => {
  await world.simulator.kill();
  const ran = await world.cli.run('harvest', ...TERMINAL_OPTIONS);
  expect(ran).toMatchObject({ code: 1 });
  expect(ran.stderr).toMatch(/error: .*(could not be read|StarGame can't be asked)/);
});
