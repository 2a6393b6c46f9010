import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let wallet: TestProcess;
let cli: Croupier;

const ANNA = ['--operator', 'casino', '--user', 'anna'];
const BERT = ['--operator', 'casino', '--user', 'bert'];
const SECRETS = ['--secret', 'hidden', '--path-secret', 'hidden-path'];
/** No output may have one in it; each begins with the same word. */
const PASSWORD = 'hidden-password';
const TERMINAL = ['--hall', '1890', '--uid', '117'];

beforeAll(async () => {
  database = await createTestDatabase();
  wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  cli = croupier({ WALLET_URLS: wallet.address });
  await cli.json('operator', 'add', 'casino', '--secret', 's3cret');
  for (const player of [ANNA, BERT]) {
    await cli.json('player', 'add', ...player, '--name', 'name', '--country', 'Malta', '--currency', 'EUR');
  }
  await cli.json('stargame', 'hall', 'add', '1890', '--operator', 'casino', ...SECRETS);
});

afterAll(async () => {
  await wallet.stop();
  await database.drop();
});

test('halls are added once, listed, shown and changed, and their secrets are never printed', async () => {
  const add = ['stargame', 'hall', 'add', '7', '--operator', 'casino', ...SECRETS, '--allow', '10.0.0.0/8'];
  const added = await cli.json(...add, '--time-zone', 'europe/riga');
  expect(added).toMatchObject({
    hallId: '7',
    operatorId: 'casino',
    allowlist: ['10.0.0.0/8'],
    timeZone: 'Europe/Riga',
    agentId: '',
    mode: 'seamless',
  });
  expect(await cli.json(...add, '--time-zone', 'Europe/Riga')).toEqual(added);
  const other = await cli.run(...add);
  expect(other).toMatchObject({ code: 1, stderr: 'error: hall 7 exists with other data\n' });
  expect(await cli.json('stargame', 'hall', 'show', '7')).toEqual(added);

  const set = ['stargame', 'hall', 'set', '7'];
  expect(await cli.json(...set, '--allow', '192.0.2.1', '--time-zone', 'UTC')).toMatchObject({
    allowlist: ['192.0.2.1'],
    timeZone: 'UTC',
  });
  expect(await cli.json(...set, '--allow-any', '--secret', 'hidden2', '--path-secret', 'hidden-path2')).toMatchObject({
    allowlist: [],
    timeZone: 'UTC',
  });
  expect(await cli.json(...set, '--agent', '1334', '--mode', 'transfer')).toMatchObject({
    agentId: '1334',
    mode: 'transfer',
    allowlist: [],
  });
  expect(await cli.json(...set, '--agent', '')).toMatchObject({ agentId: '', mode: 'transfer' });
  const whole = ['stargame', 'hall', 'add', '8', '--operator', 'casino', ...SECRETS, '--agent', '5'];
  expect(await cli.json(...whole, '--mode', 'transfer')).toMatchObject({ agentId: '5', mode: 'transfer' });
  const listed = await cli.json<{ hallId: string }[]>('stargame', 'hall', 'list');
  expect(listed.map((hall) => hall.hallId)).toEqual(['1890', '7', '8']);
  const table = await cli.run('stargame', 'hall', 'list');
  expect(table.stdout).toMatch(
    /^hallId +operatorId +allowlist +timeZone +agentId +mode +createdAt +updatedAt\n1890 +casino +- +UTC +- +seamless /,
  );
  expect(JSON.stringify([added, other, listed, table])).not.toContain('hidden');
});

test.each<[string[], number, string | RegExp]>([
  [['hall', 'show', '99'], 1, 'error: hall 99 not found\n'],
  [['hall', 'set', '99', '--allow-any'], 1, 'error: hall 99 not found\n'],
  [['hall', 'set', '1890'], 2, /^error: nothing to change: give --secret, .*\n$/],
  [
    ['hall', 'set', '1890', '--allow', '10.0.0.1', '--allow-any'],
    2,
    'error: --allow and --allow-any exclude each other\n',
  ],
  [
    ['hall', 'set', '1890', '--time-zone', 'Nowhere'],
    1,
    'error: time_zone: must be a time zone, such as UTC or Europe/Riga\n',
  ],
  [['hall', 'set', '1890', '--mode', 'other'], 2, /^error: option '--mode <mode>' argument 'other' is invalid/],
  [['hall', 'set', '1890', '--agent', 'x'], 1, 'error: agent_id: must be 1 to 20 digits\n'],
  [['agent', 'set', '1'], 2, 'error: give --password or --password-file\n'],
  [['agent', 'set', 'x', '--password', 'p'], 1, 'error: agent_id: must be 1 to 20 digits\n'],
  [
    ['agent', 'set', '1', '--password', 'p', '--password-file', '-'],
    2,
    'error: --password and --password-file exclude each other\n',
  ],
  [['hall', 'add', '5', '--operator', 'casino', '--path-secret', 'path'], 2, 'error: give --secret or --secret-file\n'],
  [['hall', 'add', '5', '--operator', 'casino', '--secret', 's'], 2, /^error: required option '--path-secret <text>'/],
  [['hall', 'add', '5', '--operator', 'nobody', ...SECRETS], 1, 'error: operator nobody not found\n'],
  [['hall', 'add', 'x', '--operator', 'casino', ...SECRETS], 1, 'error: hall_id: must be 1 to 20 digits\n'],
  [['terminal', 'show', '--hall', '1890', '--uid', '9'], 1, 'error: terminal 9 of hall 1890 not found\n'],
  [['terminal', 'unlink', '--hall', '1890', '--uid', '9'], 1, 'error: terminal 9 of hall 1890 not found\n'],
  [['terminal', 'link', '--hall', '99', '--uid', '9', ...ANNA], 1, 'error: hall 99 not found\n'],
  [
    ['terminal', 'link', '--hall', '1890', '--uid', '9', '--operator', 'casino', '--user', '999'],
    1,
    'error: player 999 not found at operator casino\n',
  ],
  [['terminal', 'link', '--hall', '1890', ...ANNA], 2, /^error: required option '--uid <number>'/],
])('stargame %j says what is wrong', async (args, code, stderr) => {
  const told = await cli.run('stargame', ...args);
  expect(told).toMatchObject({ code, stdout: '' });
  expect(told.stderr).toMatch(stderr);
});

test('terminals are linked, unlinked, shown and listed, and stay their player’s', async () => {
  const linked = await cli.json('stargame', 'terminal', 'link', ...TERMINAL, ...ANNA);
  expect(linked).toMatchObject({
    hallId: '1890',
    uid: '117',
    operatorId: 'casino',
    userId: 'anna',
    currencyCode: 'EUR',
    language: 'en',
    linked: true,
    hasPassword: false,
  });
  expect(await cli.json('stargame', 'terminal', 'link', ...TERMINAL, ...ANNA)).toEqual(linked);
  const withPassword = ['stargame', 'terminal', 'link', ...TERMINAL, ...ANNA, '--password', PASSWORD];
  expect(await cli.json(...withPassword)).toEqual({ ...linked, hasPassword: true });
  expect(await cli.run('stargame', 'terminal', 'link', ...TERMINAL, ...BERT)).toMatchObject({
    code: 1,
    stderr: 'error: terminal 117 of hall 1890 belongs to player anna\n',
  });
  expect(await cli.json('stargame', 'terminal', 'unlink', ...TERMINAL)).toMatchObject({ linked: false });
  expect(await cli.json('stargame', 'terminal', 'show', ...TERMINAL)).toMatchObject({ linked: false, userId: 'anna' });
  await cli.json('stargame', 'terminal', 'link', '--hall', '1890', '--uid', '118', ...BERT);
  const uids = async (...args: string[]) =>
    (await cli.json<{ uid: string }[]>('stargame', 'terminal', 'list', ...args)).map(({ uid }) => uid);
  expect(await uids()).toEqual(['117', '118']);
  expect(await uids('--hall', '1890')).toEqual(['117', '118']);
  expect(await uids('--hall', '7')).toEqual([]);
  const table = await cli.run('stargame', 'terminal', 'list');
  expect(table.stdout).toMatch(
    /^hallId +uid .* linked +hasPassword .*\n1890 +117 .* false +true .*\n1890 +118 .* true +false /,
  );
  expect(table.stdout).not.toContain('hidden');
});

test('agents are set and listed, and their passwords are never printed', async () => {
  const set = await cli.json('stargame', 'agent', 'set', '1334', '--password', PASSWORD);
  expect(set).toMatchObject({ agentId: '1334' });
  const folder = await mkdtemp(join(tmpdir(), 'croupier-'));
  const file = join(folder, 'password');
  await writeFile(file, `${PASSWORD}\n`);
  // The line's end in the file is no part of it: it is the same password.
  expect(await cli.json('stargame', 'agent', 'set', '1334', '--password-file', file)).toEqual(set);
  await rm(folder, { recursive: true });
  await cli.json('stargame', 'agent', 'set', '7', '--password', PASSWORD);
  const listed = await cli.json<{ agentId: string }[]>('stargame', 'agent', 'list');
  expect(listed.map(({ agentId }) => agentId)).toEqual(['1334', '7']);
  const table = await cli.run('stargame', 'agent', 'list');
  expect(table.stdout).toMatch(/^agentId +createdAt +updatedAt\n1334 +\d{4}-/);
  expect(JSON.stringify([set, listed, table])).not.toContain('hidden');
});

test("a player's language is given, changed and shown", async () => {
  const carl = ['--operator', 'casino', '--user', 'carl'];
  const add = ['player', 'add', ...carl, '--name', 'carl', '--country', 'Latvia', '--currency', 'EUR'];
  expect(await cli.json(...add, '--language', 'LV')).toMatchObject({ language: 'lv' });
  expect(await cli.json('player', 'set', ...carl, '--language', 'ru')).toMatchObject({ language: 'ru' });
  expect(await cli.json('player', 'show', ...carl)).toMatchObject({ language: 'ru' });
  const wrong = await cli.run('player', 'set', ...carl, '--language', 'en_GB');
  expect(wrong).toMatchObject({ code: 1, stdout: '' });
  expect(wrong.stderr).toMatch(/^error: language: must be a language tag/);
});

test('a stop is in the audit trail with who pressed it', async () => {
  await cli.run('stop', 'add', '--scope', 'operator', 'casino', '--note', 'fire');
  await cli.run('stop', 'add', '--scope', 'operator', 'casino', '--note', 'again');
  await cli.run('stop', 'remove', '--scope', 'operator', 'casino');
  const actor = `cli:${userInfo().username}`;
  const entries = await cli.json<Record<string, unknown>[]>('audit', 'list');
  expect(entries.map(({ at, ...entry }) => entry)).toEqual([
    { actor, action: 'stop.remove', target: 'operator casino', detail: '' },
    { actor, action: 'stop.add', target: 'operator casino', detail: 'fire' },
  ]);
  expect(await cli.json('audit', 'list', '--limit', '1')).toHaveLength(1);
  expect((await cli.run('audit', 'list')).stdout).toMatch(/^at +actor +action +target +detail\n\d{4}-/);
  expect(await cli.run('audit', 'list', '--limit', '0')).toMatchObject({ code: 2 });
});
