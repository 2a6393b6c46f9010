import { connect, createServer } from 'node:net';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let wallet: TestProcess;
let cli: Croupier;

const JOHN = ['--operator', 'casino', '--user', '611'];

beforeAll(async () => {
  database = await createTestDatabase();
  wallet = await startWallet({
    env: {
      DATABASE_URL: database.url,
      WALLET_SERVICES: 'admin:read+money+admin:admin-token-of-this-test,viewer:read:viewer-token-of-this-test',
    },
  });
  cli = croupier({ WALLET_URLS: wallet.address, WALLET_TOKEN: 'admin-token-of-this-test' });
  await cli.json('operator', 'add', 'casino', '--secret', 's3cret');
  await cli.json(
    'player',
    'add',
    ...JOHN,
    '--name',
    'john',
    '--country',
    'Germany',
    '--currency',
    'EUR',
    '--balance',
    '100',
  );
});

afterAll(async () => {
  await wallet.stop();
  await database.drop();
});

test('help needs no wallet, and lists the verbs', async () => {
  const away = croupier({ WALLET_URLS: '127.0.0.1:1' });
  const helps = await Promise.all([
    away.run('--help'),
    away.run('player', '--help'),
    away.run('player', 'add', '--help'),
  ]);
  expect(helps.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
  const [all, player, add] = helps.map(({ stdout }) => stdout);
  for (const verb of [
    'operator',
    'player',
    'session',
    'game',
    'stop',
    'transactions',
    'round',
    'launch-url',
    'verify',
  ]) {
    expect(all).toMatch(new RegExp(`^  ${verb} `, 'm'));
  }
  expect(player).toMatch(/^ {2}deposit \[options\] /m);
  expect(add).toMatch(/^ {2}--balance <amount> /m);
});

test('a mistaken command line is exit code 2 and a line on stderr', async () => {
  for (const args of [['frobnicate'], ['player', 'frobnicate'], ['player', 'show'], ['player', 'show', '--frob']]) {
    const { code, stdout, stderr } = await cli.run(...args);
    expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
  }
  expect(await cli.run()).toMatchObject({ code: 2 });
});

test('a wallet that is away is named, with what to do', async () => {
  const away = croupier({ WALLET_URLS: '127.0.0.1:1,127.0.0.1:2' });
  expect(await away.run('player', 'show', ...JOHN)).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: no wallet answers at 127.0.0.1:1 or 127.0.0.1:2: start it with `npm start`, or say with WALLET_URLS where it is\n',
  });
  const half = croupier({ WALLET_URLS: `127.0.0.1:1,${wallet.address}`, WALLET_TOKEN: 'admin-token-of-this-test' });
  expect(await half.json('player', 'show', ...JOHN)).toMatchObject({ userId: '611' });
});

test('configuration mistakes are told by name', async () => {
  const mistaken = croupier({ WALLET_URLS: 'wallet', CLI_TIMEOUT_MS: 'soon' });
  const { code, stderr } = await mistaken.run('player', 'show', ...JOHN);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: CLI_TIMEOUT_MS: .*\n$/);
  expect((await croupier({ WALLET_URLS: 'wallet' }).run('player', 'show', ...JOHN)).stderr).toBe(
    'error: WALLET_URLS: wallet is not host:port\n',
  );
});

test('no token, an unknown one, and one without the role', async () => {
  const verb = ['player', 'block', ...JOHN];
  for (const token of ['', 'wrong-token-of-this-test']) {
    const { code, stderr } = await croupier({ WALLET_URLS: wallet.address, WALLET_TOKEN: token }).run(...verb);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: the wallet does not know this service: .*WALLET_TOKEN.*\n$/);
    expect(stderr).not.toContain('wrong-token-of-this-test');
  }
  const viewer = croupier({ WALLET_URLS: wallet.address, WALLET_TOKEN: 'viewer-token-of-this-test' });
  expect(await viewer.json('player', 'show', ...JOHN)).toMatchObject({ userId: '611' });
  const refused = await viewer.run(...verb);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^error: not allowed: .*\n$/);
});

test('a deposit whose answer is lost is unknown, and asking again under its id moves the money once', async () => {
  await using mute = await muteProxy(wallet.port);
  const cut = croupier({
    WALLET_URLS: `127.0.0.1:${mute.port}`,
    WALLET_TOKEN: 'admin-token-of-this-test',
    CLI_TIMEOUT_MS: '2000',
  });
  const deposit = ['player', 'deposit', ...JOHN, '--amount', '5.00'];
  const lost = await cut.run(...deposit);
  expect(lost.code).toBe(1);
  const [, id = ''] = /^id (\S+)\n/.exec(lost.stderr) ?? [];
  expect(lost.stderr).toContain('the outcome is unknown');
  expect(lost.stderr).toContain(`Run again with --id ${id}`);

  // The request did reach the wallet.
  await until('the deposit is in the ledger', async () => {
    const ledger = await cli.json<{ transactionId: string }[]>('transactions', ...JOHN);
    return ledger.some(({ transactionId }) => transactionId === id);
  });
  expect(await cli.json(...deposit, '--id', id)).toMatchObject({ replayed: true, balance: '105.00' });
});

test('verify is green on a sound ledger, and names the rows of a broken one', async () => {
  const sound = await cli.run('verify');
  expect(sound.code).toBe(0);
  expect(sound.stdout).toMatch(/^1 players, \d+ transactions, 0 findings\n$/);
  expect(await cli.json('verify')).toMatchObject({ findings: [], summary: { players: 1, findings: 0 } });

  const connection = await mysql.createConnection(database.url);
  await connection.query('UPDATE transactions SET amount_units = amount_units + 1 WHERE seq = 1');
  const broken = await cli.run('verify');
  const asJson = await cli.run('verify', '--json');
  await connection.query('UPDATE transactions SET amount_units = amount_units - 1 WHERE seq = 1');
  await connection.end();

  expect(broken).toMatchObject({ code: 1, stderr: 'error: the ledger breaks an invariant\n' });
  expect(broken.stdout).toMatch(/^player \d+, transaction 1: .+\n/);
  expect(asJson.code).toBe(1);
  const report = JSON.parse(asJson.stdout) as { findings: { seq: string }[]; summary: { findings: number } };
  expect(report.findings.map((finding) => finding.seq)).toContain('1');
  expect(report.summary.findings).toBe(report.findings.length);
});

/** A TCP proxy to the wallet that loses what the wallet says after its greeting, as a network that dies would. */
async function muteProxy(walletPort: number): Promise<AsyncDisposable & { port: number }> {
  const server = createServer((near) => {
    const far = connect(walletPort, '127.0.0.1');
    let sent = 0;
    near.on('data', (bytes) => {
      sent += bytes.length;
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      // The HTTP/2 settings pass, which come before the request; the answer to it does not.
      if (sent < HANDSHAKE_BYTES) {
        near.write(bytes);
      }
    });
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const HANDSHAKE_BYTES = 200;
