import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { until } from '../jobs/until.ts';
import { createRemoteWorld, HALL, type RemoteWorld, TERMINAL } from './remote-world.ts';

let world: RemoteWorld;

/** Of the demo data's operator; its halls are the game server's, too. */
const OPERATOR = 'examplecasino';
const TRANSFER_HALL = '1891';

beforeAll(async () => {
  world = await createRemoteWorld();
  await world.tell('halls', {
    hallId: TRANSFER_HALL,
    agentId: '1334',
    name: 'transfers',
    secret: 'secret2',
    balanceUnits: '10000000',
  });
  const hall = ['stargame', 'hall', 'add', TRANSFER_HALL, '--operator', OPERATOR, '--secret', 'secret2'];
  await world.cli.json(...hall, '--path-secret', 'notify2', '--mode', 'transfer', '--agent', '1334');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const stargame = (...args: string[]) => world.cli.json('stargame', ...args);

test('a terminal is registered once', async () => {
  const registered = await stargame('register', '--hall', HALL, '--user', '611', '--phone', '491701234567');
  expect(registered).toMatchObject({ hallId: HALL, uid: expect.stringMatching(/^\d+$/), isNew: true });
  expect(await stargame('register', '--hall', HALL, '--user', '611')).toEqual({ ...registered, isNew: false });
  expect(await stargame('register', '--hall', HALL, '--user', '117')).toMatchObject({ uid: TERMINAL, isNew: false });
});

test('a game is opened, in each form, and its session closed', async () => {
  const launch = ['launch', '--hall', HALL, '--user', '117', '--game', '206'];
  const showgame = await stargame(...launch);
  expect(showgame).toMatchObject({ uid: TERMINAL, token: expect.stringMatching(/^.{20,}$/), html: '', parameters: '' });
  const opened = await fetch(String(showgame.url));
  expect(opened.status).toBe(200);
  const line = await world.cli.run('stargame', ...launch, '--language', 'ru');
  expect(line).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/stargame\/showgame\?.*lang=ru/),
  });
  expect((await stargame(...launch, '--form', 'starconfig')).html).toContain('starconfig');
  expect((await stargame(...launch, '--form', 'flash')).parameters).toContain('=');

  const session = await world.cli.json<{ closedAt: string | null }[]>(
    'session',
    'list',
    '--operator',
    OPERATOR,
    '--user',
    '117',
  );
  expect(session.length).toBeGreaterThan(0);
  expect(await stargame('close', String(showgame.token))).toEqual({ confirmed: true });
  expect((await world.cli.run('stargame', 'close', String(showgame.token))).stdout).toBe('closed\n');
});

test.each([
  ["the hall's secret", ['api_get_balance', `hall_id=${HALL}`, `user_id=${TERMINAL}`], { user_id: TERMINAL }],
  ["the agent's password", ['api_get_agent_balance', 'agent_id=1334'], { agent_id: '1334' }],
  [
    "the terminal's password",
    ['remotecab_session', '--hall', HALL, `user_id=${TERMINAL}`, 'operation=set'],
    { uid: TERMINAL },
  ],
])('an answer comes to the callback, signed with %s', async (_, call, answer) => {
  expect(await stargame('call', ...call, '--callback')).toMatchObject({ status: 'success', answer });
});

test('a demo needs no player', async () => {
  const demo = await stargame('launch', '--hall', HALL, '--game', '206', '--demo');
  expect(demo).toMatchObject({ url: expect.stringContaining('sid=777'), token: '', uid: '' });
});

test('the games', async () => {
  const games = await world.viewer.json<{ gameId: string; name: string }[]>('stargame', 'games');
  expect(games.length).toBeGreaterThan(0);
  expect(games[0]?.gameId).toMatch(/^\d+$/);
  for (const list of ['new', 'popular', 'web']) {
    expect(await world.viewer.json('stargame', 'games', '--list', list), list).toBeInstanceOf(Array);
  }
});

test('any operation by hand, with its secret filled in', async () => {
  const call = ['stargame', 'call', 'api_get_balance', `hall_id=${HALL}`];
  const called = await world.cli.json(...call, `user_id=${TERMINAL}`);
  expect(called).toMatchObject({ status: 'success', code: '', answer: { user_id: TERMINAL, hall_id: HALL } });
  const text = await world.cli.run(...call, `user_id=${TERMINAL}`);
  expect(JSON.parse(text.stdout)).toMatchObject({ user_id: TERMINAL });

  const refused = await world.cli.run(...call, 'user_id=9', '--json');
  expect(refused).toMatchObject({ code: 1, stderr: 'error: StarGame refused api_get_balance: user_not_isset\n' });
  expect(JSON.parse(refused.stdout)).toMatchObject({ status: 'failure', code: 'user_not_isset' });
  for (const [fields, rule] of [
    [['user_id=117', 'colour=red'], /colour/],
    [['user_id=x'], /user_id/],
    [[], /user_id/],
  ] as const) {
    const forbidden = await world.cli.run(...call, ...fields);
    expect(forbidden).toMatchObject({ code: 1, stdout: '' });
    expect(forbidden.stderr).toMatch(rule);
  }
  expect(await world.viewer.run(...call, 'user_id=117')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/admin/),
  });
});

test('a field that others must not see comes from a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'croupier-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'secret');
  await writeFile(file, 'fgghhjjuku\n');
  const call = ['stargame', 'call', 'api_create_hall', 'agent_id=1334', 'hall_name=FromAFile'];
  const made = await world.cli.json<{ answer: { hall_id: string } }>(...call, '--field-file', `hall_secret=${file}`);
  const hall = ['stargame', 'hall', 'add', made.answer.hall_id, '--operator', OPERATOR, '--secret', 'fgghhjjuku'];
  await world.cli.json(...hall, '--path-secret', 'notify3');
  // The jobs look for a hall that they don't know once a second.
  const balance = await until('the jobs know the hall', () =>
    stargame('call', 'api_get_hall_balance', `hall_id=${made.answer.hall_id}`).catch(() => undefined),
  );
  expect(balance).toMatchObject({ status: 'success' });
  for (const [more, message] of [
    [['--field-file', `${file}`], /is not field=path/],
    [['--field-file', `hall_secret=${file}`, 'hall_secret=x'], /hall_secret is given twice/],
    [['--field-file', `hall_secret=${file}.gone`], /can't be read: ENOENT/],
  ] as const) {
    expect(await world.cli.run(...call, ...more)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
  }
});

type Row = Record<string, unknown>;
const balanceOf = async (user: string) =>
  (await world.cli.json('player', 'show', '--operator', OPERATOR, '--user', user)).balance;

test('money is carried to a terminal and back, once under one id', async () => {
  const player = ['--hall', TRANSFER_HALL, '--user', '17'];
  await stargame('register', ...player);
  expect(await balanceOf('17')).toBe('100.00');
  const into = ['transfer', 'in', ...player, '--amount', '30.00', '--id', 'in-1'];
  const moved = await stargame(...into);
  expect(moved).toMatchObject({ transferId: 'in-1', direction: 'in', amount: '30.00', state: 'done', userId: '17' });
  expect(await stargame(...into)).toMatchObject({ state: 'done' });
  expect(await balanceOf('17')).toBe('70.00');
  const other = await world.cli.run('stargame', 'transfer', 'in', ...player, '--amount', '5.00', '--id', 'in-1');
  expect(other).toMatchObject({ code: 1, stdout: '' });

  expect(await stargame('transfer', 'out', ...player, '--amount', '10', '--id', 'out-1')).toMatchObject({
    state: 'done',
  });
  expect(await balanceOf('17')).toBe('80.00');
  const all = await world.cli.run('stargame', 'transfer', 'out', ...player, '--all');
  expect(all).toMatchObject({ code: 0, stderr: expect.stringMatching(/^id cli-[A-Za-z0-9]{24}\n$/) });
  expect(await balanceOf('17')).toBe('100.00');

  expect(await stargame('transfer', 'show', 'in-1', '--operator', OPERATOR)).toMatchObject({
    state: 'done',
    amount: '30.00',
  });
  const listed = await world.viewer.json<Row[]>('stargame', 'transfer', 'list', '--state', 'done');
  expect(listed.map(({ direction }) => direction)).toEqual(['out', 'out', 'in']);
  expect(await world.viewer.json('stargame', 'transfer', 'list', '--unfinished')).toEqual([]);
});

test('a transfer that is refused moved nothing, and is a failure', async () => {
  const much = ['transfer', 'in', '--hall', TRANSFER_HALL, '--user', '17', '--amount', '999', '--id', 'much'];
  const refused = await world.cli.run('stargame', ...much);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: transfer much is refused: /) });
  expect(await balanceOf('17')).toBe('100.00');
});

test('a person says what became of a transfer that is stuck', async () => {
  const odd = { operation: 'api_operation_balance', kind: 'error_code', code: 'strange', count: 1 };
  await world.tell('faults', odd);
  const player = ['--hall', TRANSFER_HALL, '--user', '17', '--amount', '5.00', '--id', 'stuck-1'];
  const stuck = await world.cli.run('stargame', 'transfer', 'in', ...player);
  expect(stuck).toMatchObject({ code: 1, stderr: 'error: transfer stuck-1 is stuck: unknown_code\n' });
  const settle = [
    'stargame',
    'transfer',
    'settle',
    'stuck-1',
    '--operator',
    OPERATOR,
    '--moved',
    'no',
    '--note',
    'asked',
  ];
  expect(await world.viewer.run(...settle)).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: /) });
  // Not before what StarGame was asked last can take no effect any more.
  const settled = await until('it is settled', async () => {
    const told = await world.cli.run(...settle, '--json');
    return told.code === 0 && (JSON.parse(told.stdout) as Row);
  });
  expect(settled).toMatchObject({ transferId: 'stuck-1', state: 'refunded' });
  expect(await balanceOf('17')).toBe('100.00');
  expect(await world.cli.run(...settle.with(7, 'maybe'))).toMatchObject({ code: 2, stdout: '' });
});

test.each<[string[], number, string | RegExp]>([
  [['call', 'api_get_balance', 'user_id'], 2, 'error: user_id is not field=value\n'],
  [['call', 'api_get_balance', 'a=1', 'a=2'], 2, 'error: a is given twice\n'],
  [['call', 'api_no_such'], 1, /^error: .*operation/],
  [['launch', '--hall', HALL, '--game', '206'], 2, 'error: give either --user or --demo\n'],
  [['launch', '--hall', HALL, '--game', '206', '--user', '117', '--demo'], 2, 'error: give either --user or --demo\n'],
  [['launch', '--hall', HALL, '--game', '206', '--user', '117', '--form', 'book'], 2, /^error: option '--form <form>'/],
  [['launch', '--hall', HALL, '--game', '206', '--user', '999'], 1, /^error: .*not found/],
  [['register', '--hall', '99', '--user', '611'], 1, /^error: .*hall/],
  [['close', 'nobodysToken00000000000'], 1, /^error: .*not found/],
  [['games', '--list', 'old'], 2, /^error: option '--list <list>'/],
  [['transfer', 'in', '--hall', HALL, '--user', '17'], 2, 'error: give --amount, or on the way out --all\n'],
  [['transfer', 'in', '--hall', HALL, '--user', '17', '--amount', '0'], 2, 'error: --amount must be more than 0\n'],
  [
    ['transfer', 'in', '--hall', HALL, '--user', '117', '--amount', '1', '--id', 'seamless'],
    1,
    /^error: .*(transfer|seamless)/,
  ],
  [['transfer', 'show', 'no', '--operator', OPERATOR], 1, /^error: .*not found/],
])('stargame %j says what is wrong', async (args, code, stderr) => {
  const told = await world.cli.run('stargame', ...args);
  expect(told).toMatchObject({ code, stdout: '' });
  expect(told.stderr).toMatch(stderr);
});

test('without the jobs each verb says so at once; with StarGame away, that nothing was done', async () => {
  await world.simulator.kill();
  const away = await world.cli.run('stargame', 'call', 'api_get_balance', `hall_id=${HALL}`, `user_id=${TERMINAL}`);
  expect(away).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: the jobs process can't do this now: /),
  });
  await world.jobs.kill();
  const gone = await world.cli.run('stargame', 'games');
  expect(gone).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: no jobs process answers at 127\.0\.0\.1:.*JOBS_URL/),
  });
});
