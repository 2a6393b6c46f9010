import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callUnary } from '../../src/common/grpc.ts';
import { type WalletChannel, walletChannels } from '../../src/common/wallet-client.ts';
import { GameService } from '../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let wallet: TestProcess;
let channel: WalletChannel;
let cli: Croupier;

const JOHN = ['--operator', 'casino', '--user', '611'];

type Session = { token: string; gameId: string; lobbyId: string; closedAt: string | null; expiresAt: string };

beforeAll(async () => {
  database = await createTestDatabase();
  wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  [channel] = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  }) as [WalletChannel];
  cli = croupier({
    WALLET_URLS: wallet.address,
    GAME_LAUNCH_HOST: 'launch.example.com',
    GAME_LAUNCH_HOSTS: 'evolution=live.example.com',
  });
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
  channel.close();
  await wallet.stop();
  await database.drop();
});

/** What the platform does meanwhile. */
async function bet(transactionId: string, roundId: string, amountUnits: bigint, gameId = '200'): Promise<Reason> {
  const subject = { operatorId: 'casino', userId: '611', provider: 'platform' };
  const request = { ...subject, transactionId, roundId, gameId, amountUnits };
  const outcome = await callUnary(channel.client, MoneyService.method.bet, request, { deadlineMs: 10_000 });
  return outcome.reason;
}

test('a session is opened for a game or a lobby, listed and closed', async () => {
  const opened = await cli.run('session', 'open', ...JOHN, '--game', '200');
  expect(opened.stdout).toMatch(/^[A-Za-z0-9]{32}\n$/);
  const token = opened.stdout.trim();

  const lobby = await cli.json<Session>('session', 'open', ...JOHN, '--lobby', 'portomaso', '--ttl', '60');
  expect(lobby).toMatchObject({ gameId: '', lobbyId: 'portomaso', closedAt: null });

  const given = 'eqkB1WoKQCvjrvV6taJRN';
  const again = ['session', 'open', ...JOHN, '--game', '37', '--token', given];
  expect(await cli.json<Session>(...again)).toEqual(await cli.json<Session>(...again));
  expect(await cli.run('session', 'open', ...JOHN, '--game', '38', '--token', given)).toMatchObject({ code: 1 });

  const closed = await cli.json<Session>('session', 'close', token);
  expect(closed.closedAt).not.toBeNull();
  expect(await cli.json<Session>('session', 'close', token)).toEqual(closed);

  const listed = await cli.json<Session[]>('session', 'list', ...JOHN);
  expect(new Set(listed.map((session) => session.token))).toEqual(new Set([given, lobby.token, token]));
});

test('a session that ends by being idle says after how long, and when it was last used', async () => {
  const opened = await cli.json('session', 'open', ...JOHN, '--game', '200', '--idle', '90');
  expect(opened).toMatchObject({ idleSeconds: 90, usedAt: opened.createdAt });
  const listed = await cli.json<Session[]>('session', 'list', ...JOHN);
  expect(listed.find((session) => session.token === opened.token)).toEqual(opened);
  const without = await cli.json('session', 'open', ...JOHN, '--game', '200');
  expect(without).toMatchObject({ idleSeconds: null, usedAt: null });
  expect(await cli.run('session', 'open', ...JOHN, '--game', '200', '--idle', '86401')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/idle_timeout_seconds: must be 1 to 86400/),
  });
});

test('session verbs say what is wrong', async () => {
  expect(await cli.run('session', 'open', ...JOHN)).toMatchObject({
    code: 2,
    stderr: 'error: give either --game or --lobby\n',
  });
  expect(await cli.run('session', 'open', ...JOHN, '--game', '1', '--lobby', 'x')).toMatchObject({ code: 2 });
  expect(await cli.run('session', 'open', ...JOHN, '--game', '1', '--ttl', 'long')).toMatchObject({ code: 2 });
  const unknown = await cli.run('session', 'close', 'A'.repeat(20));
  expect(unknown).toMatchObject({ code: 1, stderr: 'error: session not found\n' });
});

test('a disabled game refuses bets until it is enabled', async () => {
  expect(await cli.json('game', 'disable', '300', '--vendor', 'netent', '--title', 'Slot')).toMatchObject({
    provider: 'platform',
    gameId: '300',
    enabled: false,
    vendor: 'netent',
    title: 'Slot',
  });
  expect(await bet('g1', 'gr1', 1n, '300')).toBe(Reason.GAME_DISABLED);
  expect(await cli.json('game', 'enable', '300')).toMatchObject({ enabled: true, vendor: 'netent' });
  expect(await bet('g2', 'gr1', 1n, '300')).toBe(Reason.UNSPECIFIED);

  await cli.json('game', 'disable', '7', '--provider', 'stargame');
  const all = await cli.json<{ gameId: string }[]>('game', 'list');
  expect(all.map((game) => game.gameId)).toEqual(expect.arrayContaining(['300', '7']));
  const ours = await cli.json<{ gameId: string }[]>('game', 'list', '--provider', 'stargame');
  expect(ours.map((game) => game.gameId)).toEqual(['7']);
});

test("games show what an operator's list disables, also those that are not listed, and what is pinned", async () => {
  const game = { gameId: '901', vendor: 'netent', title: 'Listed', enabled: false };
  const request = {
    operatorId: 'casino',
    games: [game, { ...game, gameId: '902' }, { ...game, gameId: '903', enabled: true }],
  };
  await callUnary(channel.client, GameService.method.syncGames, request, { deadlineMs: 10_000 });
  expect(await bet('l1', 'lr1', 1n, '901')).toBe(Reason.GAME_DISABLED);
  expect(await cli.json('game', 'enable', '901', '--pin')).toMatchObject({ enabled: true, pinned: true });
  expect(await bet('l2', 'lr1', 1n, '901')).toBe(Reason.UNSPECIFIED);
  expect(await cli.json('game', 'enable', '901')).toMatchObject({ pinned: true });

  type Listed = { gameId: string; pinned: boolean; listDisabledAt?: string | null };
  const sql = await mysql.createConnection(database.url);
  await sql.query("INSERT INTO disabled_games VALUES ('casino', 'platform', '904', 1)");
  await sql.end();
  const listed = await cli.json<Listed[]>('game', 'list', '--operator', 'casino');
  const found = (gameId: string) => listed.filter((each) => each.gameId === gameId);
  expect(found('901')).toMatchObject([{ enabled: true, pinned: true, listDisabledAt: expect.any(String) }]);
  expect(found('902')).toMatchObject([{ enabled: true, pinned: false, listDisabledAt: expect.any(String) }]);
  expect(found('903')).toMatchObject([{ enabled: true, pinned: false, listDisabledAt: null }]);
  expect(found('904')).toMatchObject([{ vendor: '', updatedAt: null, listDisabledAt: '1970-01-01T00:00:00.001Z' }]);
  const stargame = await cli.json<Listed[]>('game', 'list', '--operator', 'casino', '--provider', 'stargame');
  for (const gameId of ['901', '902', '903', '904']) expect(stargame.map((each) => each.gameId)).not.toContain(gameId);
  const [plain] = await cli.json<Listed[]>('game', 'list');
  expect(plain).not.toHaveProperty('listDisabledAt');

  expect(await cli.json('game', 'enable', '901', '--no-pin')).toMatchObject({ pinned: false });
  expect(await bet('l3', 'lr1', 1n, '901')).toBe(Reason.GAME_DISABLED);
});

test.each([
  ['all', [], ''],
  ['operator', ['casino'], 'casino'],
  ['vendor', ['stopped-vendor'], 'stopped-vendor'],
  ['game', ['400'], 'platform:400'],
])('a stop of scope %s refuses bets until it is removed', async (scope, id, scopeId) => {
  await cli.json('game', 'enable', '400', '--vendor', 'stopped-vendor');
  const added = await cli.json('stop', 'add', ...id, '--scope', scope, '--note', 'a test');
  expect(added).toMatchObject({ scope, id: scopeId, note: 'a test' });
  expect(await bet(`stop-${scope}`, 'sr1', 1n, '400')).toBe(Reason.PLAY_STOPPED);
  expect(await cli.json('stop', 'list', '--scope', scope)).toEqual([added]);
  expect((await cli.run('stop', 'remove', ...id, '--scope', scope)).stdout).toBe('removed\n');
  expect(await cli.json('stop', 'remove', ...id, '--scope', scope)).toEqual({ removed: false });
  expect(await bet(`go-${scope}`, 'sr1', 1n, '400')).toBe(Reason.UNSPECIFIED);
  expect(await cli.json('stop', 'list')).toEqual([]);
});

test('stop verbs say what is wrong', async () => {
  expect(await cli.run('stop', 'add', '--scope', 'game')).toMatchObject({ code: 2 });
  expect(await cli.run('stop', 'add', 'casino', '--scope', 'all')).toMatchObject({ code: 2 });
  expect(await cli.run('stop', 'add', '--scope', 'everything')).toMatchObject({ code: 2 });
  expect(await cli.run('stop', 'add', 'casino')).toMatchObject({ code: 2 });
});

test('a round is shown with its totals, and finished', async () => {
  await bet('t1', 'r77', 250n);
  await bet('t2', 'r77', 1_000_000n);
  const shown = await cli.json('round', 'show', 'r77', ...JOHN);
  expect(shown).toMatchObject({ roundId: 'r77', bets: '2.50', wins: '0.00', transactionCount: 1, closedAt: null });

  const finished = await cli.json<{ closedAt: string }>('round', 'finish', 'r77', ...JOHN);
  expect(finished.closedAt).not.toBeNull();
  expect(await cli.json('round', 'finish', 'r77', ...JOHN)).toMatchObject({ closedAt: finished.closedAt });
  expect(await bet('t3', 'r77', 1n)).toBe(Reason.ROUND_CLOSED);

  expect(await cli.run('round', 'show', 'absent', ...JOHN)).toMatchObject({
    code: 1,
    stderr: 'error: round not found\n',
  });
  expect(await cli.run('round', 'finish', 'absent', ...JOHN)).toMatchObject({
    code: 1,
    stderr: 'error: player 611 has no such round at operator casino\n',
  });
});

test('the ledger of a round, newest last, over more than one page', async () => {
  const count = 1_203;
  await Promise.all(Array.from({ length: count }, (_, index) => bet(`p${index}`, 'paged', 0n)));
  const ledger = await cli.json<{ seq: string; roundId: string }[]>('transactions', ...JOHN, '--round', 'paged');
  expect(ledger).toHaveLength(count);
  const seqs = ledger.map((row) => Number(row.seq));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));

  const table = await cli.run('transactions', ...JOHN, '--round', 'paged');
  expect(table.stdout.trimEnd().split('\n')).toHaveLength(count + 1);
  expect(table.stdout.match(/^seq +createdAt/gm)).toHaveLength(1);
  expect((await cli.run('transactions', ...JOHN, '--round', 'absent')).stdout).toBe('none\n');
});

test("a real launch URL has the player's currency and the token of a session that it opened", async () => {
  const launch = await cli.json<{ url: string; token: string; expiresAt: string }>(
    ...['launch-url', ...JOHN, '--mode', 'real', '--game', '37', '--home-url', 'https://casino.example/lobby'],
  );
  const url = new URL(launch.url);
  expect(url.host).toBe('launch.example.com');
  expect(Object.fromEntries(url.searchParams)).toEqual({
    operator_id: 'casino',
    mode: 'real',
    game_id: '37',
    token: launch.token,
    currency: 'EUR',
    language: 'en',
    home_url: 'https://casino.example/lobby',
  });
  const sessions = await cli.json<Session[]>('session', 'list', ...JOHN);
  expect(sessions.find((session) => session.token === launch.token)).toMatchObject({ gameId: '37', closedAt: null });
});

test('a lobby launches on the host of its vendor, a game on that of the vendor in the games list', async () => {
  const lobby = await cli.run(
    'launch-url',
    ...JOHN,
    '--mode',
    'real',
    '--lobby',
    'evolution_game_shows',
    '--vendor',
    'evolution',
  );
  expect(lobby.stdout).toMatch(
    /^https:\/\/live\.example\.com\/\?operator_id=casino&mode=real&lobby_id=evolution_game_shows&/,
  );
  await cli.json('game', 'enable', '555', '--vendor', 'evolution');
  const game = await cli.run('launch-url', '--operator', 'casino', '--mode', 'fun', '--game', '555');
  expect(game.stdout).toBe('https://live.example.com/?operator_id=casino&mode=fun&game_id=555&language=en\n');
});

test('a launch URL says how it is to be opened, as far as it can be told, and its session ends when it is idle', async () => {
  const real = ['launch-url', ...JOHN, '--mode', 'real'];
  const opened = async (...options: string[]) =>
    (await cli.json<{ openAs: string | null }>(...real, ...options)).openAs;
  expect(await opened('--lobby', 'live168', '--idle', '60')).toBe('new_tab');
  const [session] = await cli.json<Record<string, unknown>[]>('session', 'list', ...JOHN);
  expect(session).toMatchObject({ lobbyId: 'live168', idleSeconds: 60 });
  expect(await opened('--game', '37', '--device', 'mobile')).toBe('redirect');
  expect(await opened('--game', '37', '--device', 'desktop')).toBe('frame');
  expect(await opened('--game', '37')).toBeNull();
});

test('a launch that is mistaken opens no session', async () => {
  const before = await cli.json<Session[]>('session', 'list', ...JOHN);
  const real = ['launch-url', ...JOHN, '--mode', 'real', '--game', '37'];
  const fun = ['launch-url', '--operator', 'casino', '--mode', 'fun'];
  const mistakes: [string[], RegExp][] = [
    [[...real, '--home-url', '/lobby'], /home_url/],
    [[...real, '--group', 'not a group'], /group/],
    [[...real, '--lobby', 'x'], /game_id/],
    [[...real, '--currency', 'USD'], /--currency/],
    [['launch-url', '--operator', 'casino', '--mode', 'real', '--game', '37'], /--user/],
    [[...fun, '--lobby', 'x'], /fun mode/],
    [[...fun, '--game', '37', '--deposit-url', 'https://casino.example/'], /deposit_url/],
  ];
  for (const [args, message] of mistakes) {
    const { code, stderr } = await cli.run(...args);
    expect({ args, code }).toEqual({ args, code: 2 });
    expect(stderr).toMatch(message);
  }
  expect(await cli.json('session', 'list', ...JOHN)).toEqual(before);

  const hostless = croupier({ WALLET_URLS: wallet.address });
  expect(await hostless.run(...fun, '--game', '37')).toMatchObject({
    code: 1,
    stderr: 'error: no launch host: set GAME_LAUNCH_HOST to the one that PLATFORM gave you\n',
  });
  await cli.json('player', 'block', ...JOHN);
  expect(await cli.run(...real)).toMatchObject({ code: 1, stderr: 'error: player 611 is blocked\n' });
  await cli.json('player', 'unblock', ...JOHN);
});
