import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let wallet: TestProcess;
let cli: Croupier;

const JOHN = ['--operator', 'casino', '--user', '611'];
const JOHN_DATA = ['--name', 'john_doe', '--country', 'Germany', '--currency', 'EUR', '--display-name', 'John Doe'];

beforeAll(async () => {
  database = await createTestDatabase();
  wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  cli = croupier({ WALLET_URLS: wallet.address });
  await cli.json('operator', 'add', 'casino', '--secret', 's3cret');
});

afterAll(async () => {
  await wallet.stop();
  await database.drop();
});

test('operators are added once, listed, shown and changed, and their secret is never printed', async () => {
  const added = await cli.json(
    'operator',
    'add',
    'brand2',
    '--secret',
    'hidden',
    '--currency',
    'EUR',
    '--currency',
    'RUB',
  );
  expect(added).toMatchObject({ operatorId: 'brand2', currencies: ['EUR', 'RUB'], allowlist: [] });
  expect(
    await cli.json('operator', 'add', 'brand2', '--secret', 'hidden', '--currency', 'EUR', '--currency', 'RUB'),
  ).toEqual(added);

  const again = await cli.run('operator', 'add', 'brand2', '--secret', 'other');
  expect(again).toMatchObject({ code: 1, stdout: '', stderr: 'error: operator brand2 exists with other data\n' });

  const changed = await cli.json('operator', 'set', 'brand2', '--allow', '10.0.0.0/8', '--allow', '192.0.2.1');
  expect(changed).toMatchObject({ currencies: ['EUR', 'RUB'], allowlist: ['10.0.0.0/8', '192.0.2.1'] });
  expect(await cli.json('operator', 'set', 'brand2', '--allow-any')).toMatchObject({ allowlist: [] });
  expect(await cli.json('operator', 'show', 'brand2')).toMatchObject({ operatorId: 'brand2', allowlist: [] });

  const listed = await cli.json<{ operatorId: string }[]>('operator', 'list');
  expect(listed.map((operator) => operator.operatorId)).toEqual(['brand2', 'casino']);
  const table = await cli.run('operator', 'list');
  expect(table.stdout).toMatch(/^operatorId +currencies +allowlist +createdAt +updatedAt\nbrand2 +EUR RUB +- /);
  expect(JSON.stringify([listed, added, table, again])).not.toContain('hidden');
});

test('a secret is read from a file, without its last line break', async () => {
  const path = join(tmpdir(), `croupier-secret-${process.pid}`);
  await writeFile(path, 'from-a-file\n');
  await cli.json('operator', 'add', 'filed', '--secret-file', path);
  // The same data again: the secret from the command line is the one from the file.
  await cli.json('operator', 'add', 'filed', '--secret', 'from-a-file');
  expect(await cli.run('operator', 'add', 'filed', '--secret-file', `${path}-absent`)).toMatchObject({
    code: 2,
    stderr: `error: --secret-file ${path}-absent can't be read: ENOENT\n`,
  });
});

test('operator verbs say what is wrong', async () => {
  expect(await cli.run('operator', 'show', 'nobody')).toMatchObject({
    code: 1,
    stderr: 'error: operator nobody not found\n',
  });
  expect(await cli.run('operator', 'add', 'nosecret')).toMatchObject({
    code: 2,
    stderr: 'error: give --secret or --secret-file\n',
  });
  expect(await cli.run('operator', 'set', 'casino')).toMatchObject({ code: 2 });
  const badList = await cli.run('operator', 'set', 'casino', '--allow', 'not-an-address');
  expect(badList.code).toBe(1);
  expect(badList.stderr).toMatch(/^error: allowlist.*\n$/);
});

test('a player is added with an opening balance, once, however often it runs', async () => {
  const added = await cli.json('player', 'add', ...JOHN, ...JOHN_DATA, '--balance', '420.76');
  expect(added).toMatchObject({
    operatorId: 'casino',
    userId: '611',
    userName: 'john_doe',
    displayName: 'John Doe',
    country: 'Germany',
    group: '',
    currencyCode: 'EUR',
    balance: '420.76',
    blocked: false,
  });
  expect(await cli.json('player', 'add', ...JOHN, ...JOHN_DATA, '--balance', '420.76')).toEqual(added);
  expect(await cli.run('player', 'add', ...JOHN, ...JOHN_DATA, '--balance', '500')).toMatchObject({ code: 1 });
  expect(await cli.json('player', 'show', ...JOHN)).toEqual(added);
});

test('players are listed, changed, blocked and unblocked', async () => {
  const mary = ['--operator', 'casino', '--user', 'mary'];
  await cli.json('player', 'add', ...mary, '--name', 'mary', '--country', 'Malta', '--currency', 'EUR');
  expect(await cli.json('player', 'set', ...mary, '--group', 'vip', '--display-name', 'Mary')).toMatchObject({
    userName: 'mary',
    group: 'vip',
    displayName: 'Mary',
  });
  expect(await cli.run('player', 'set', ...mary)).toMatchObject({ code: 2 });
  expect(await cli.json('player', 'block', ...mary)).toMatchObject({ blocked: true });
  expect(await cli.json('player', 'block', ...mary)).toMatchObject({ blocked: true });
  expect(await cli.json('player', 'unblock', ...mary)).toMatchObject({ blocked: false });

  const players = await cli.json<{ userId: string }[]>('player', 'list', '--operator', 'casino');
  expect(players.map((player) => player.userId)).toContain('mary');
  expect((await cli.run('player', 'show', ...mary)).stdout).toMatch(/^operatorId +casino\nuserId +mary\n/);
});

test('an unknown player is told in one line by every verb that has one', async () => {
  const nobody = ['--operator', 'casino', '--user', '999'];
  const told = { code: 1, stdout: '', stderr: 'error: player 999 not found at operator casino\n' };
  for (const verb of ['show', 'block', 'unblock', 'limits']) {
    expect(await cli.run('player', verb, ...nobody)).toEqual(told);
  }
  expect(await cli.run('transactions', ...nobody)).toEqual(told);
  expect(await cli.run('session', 'list', ...nobody)).toEqual(told);
  const deposit = await cli.run('player', 'deposit', ...nobody, '--amount', '1', '--id', 'd-none');
  expect(deposit).toMatchObject({ code: 1, stderr: 'error: player 999 not found at operator casino (id d-none)\n' });
  expect(await cli.run('player', 'list', '--operator', 'nobody')).toMatchObject({
    code: 1,
    stderr: 'error: operator nobody not found\n',
  });
});

test('money moves once under an id, exactly, and the id is printed where it was made', async () => {
  const anna = ['--operator', 'casino', '--user', 'anna'];
  await cli.json('player', 'add', ...anna, '--name', 'anna', '--country', 'Austria', '--currency', 'EUR');

  const deposit = ['player', 'deposit', ...anna, '--amount', '9007199254740993.01', '--id', 'd1', '--note', 'wire 17'];
  expect(await cli.json(...deposit)).toEqual({
    id: 'd1',
    amount: '9007199254740993.01',
    balance: '9007199254740993.01',
    currencyCode: 'EUR',
    replayed: false,
  });
  expect(await cli.json(...deposit)).toMatchObject({ balance: '9007199254740993.01', replayed: true });
  expect((await cli.run(...deposit)).stdout).toBe('done before, under this id; balance 9007199254740993.01 EUR\n');

  const withdrawal = await cli.run('player', 'withdraw', ...anna, '--amount', '9007199254740992');
  expect(withdrawal).toMatchObject({ code: 0, stdout: 'withdrew 9007199254740992.00; balance 1.01 EUR\n' });
  expect(withdrawal.stderr).toMatch(/^id cli-[A-Za-z0-9]{24}\n$/);

  const tooMuch = await cli.run('player', 'withdraw', ...anna, '--amount', '1.02', '--id', 'w2');
  expect(tooMuch).toMatchObject({
    code: 1,
    stderr: 'error: player anna has too little money at operator casino (id w2)\n',
  });
  const otherAmount = await cli.run('player', 'deposit', ...anna, '--amount', '2', '--id', 'd1');
  expect(otherAmount.code).toBe(1);
  expect(otherAmount.stderr).toContain('the id belongs to another transaction');

  expect(await cli.json('player', 'correct', ...anna, '--amount', '-5.00', '--id', 'c1')).toMatchObject({
    amount: '-5.00',
    balance: '-3.99',
  });
  expect(await cli.run('player', 'deposit', ...anna, '--amount', '1', '--currency', 'USD')).toMatchObject({ code: 1 });

  const ledger = await cli.json<Record<string, unknown>[]>('transactions', ...anna);
  expect(ledger.map(({ kind, status, amount, balanceAfter }) => [kind, status, amount, balanceAfter])).toEqual([
    ['deposit', 'OK', '9007199254740993.01', '9007199254740993.01'],
    ['withdrawal', 'OK', '9007199254740992.00', '1.01'],
    ['withdrawal', 'ERROR', '1.02', '1.01'],
    ['correction', 'OK', '-5.00', '-3.99'],
    ['deposit', 'ERROR', '1.00', '-3.99'],
  ]);
  expect(ledger[0]).toMatchObject({ context: expect.stringContaining('wire 17'), transactionId: 'd1', reason: null });
});

test.each([
  ['deposit', '0'],
  ['withdraw', '-0.01'],
  ['correct', '0.00'],
  ['deposit', '1.001'],
])('%s of %s is a mistake that reaches no ledger', async (verb, amount) => {
  const { code, stderr } = await cli.run('player', verb, ...JOHN, '--amount', amount);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: .*amount.*\n$/);
});

test('limits are shown, set one by one, and removed', async () => {
  const none = {
    betMax: null,
    lossDay: null,
    lossWeek: null,
    lossMonth: null,
    stakeDay: null,
    stakeWeek: null,
    stakeMonth: null,
  };
  await cli.json('player', 'add', ...JOHN, ...JOHN_DATA);
  expect(await cli.json('player', 'limits', ...JOHN)).toEqual(none);
  expect(await cli.json('player', 'limits', ...JOHN, '--bet-max', '10', '--loss-day', '99.99')).toEqual({
    ...none,
    betMax: '10.00',
    lossDay: '99.99',
  });
  expect(await cli.json('player', 'limits', ...JOHN, '--bet-max', 'none', '--stake-month', '1000')).toEqual({
    ...none,
    lossDay: '99.99',
    stakeMonth: '1000.00',
  });
  expect((await cli.run('player', 'limits', ...JOHN)).stdout).toContain('lossDay     99.99\n');
  expect(await cli.run('player', 'limits', ...JOHN, '--loss-week', 'much')).toMatchObject({ code: 2 });
});
