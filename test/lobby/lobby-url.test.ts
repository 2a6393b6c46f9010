import { expect, test } from 'vitest';
import { verifyLobbyToken } from '../../src/common/lobby-link.ts';
import { croupier } from '../cli/croupier.ts';
import { SECRET } from './world.ts';

const PLAYER = ['--operator', 'examplecasino', '--user', '611'];

test('the command line makes a URL that the lobby admits for some minutes, and to stay for as long as it was told', async () => {
  const cli = croupier({ LOBBY_SECRET: SECRET, LOBBY_URL: 'https://play.example.com/lobby' });
  const deposit = ['--deposit-url', 'https://casino.example/pay', '--language', 'de'];
  type Made = { url: string; expiresAt: string; stayUntil: string };
  const made = await cli.json<Made>('lobby-url', ...PLAYER, '--ttl', '3600', ...deposit);
  const url = new URL(made.url);
  expect(`${url.origin}${url.pathname}`).toBe('https://play.example.com/lobby');
  const token = url.searchParams.get('token') ?? '';
  const expiresAtMs = Date.parse(made.expiresAt);
  expect(await verifyLobbyToken(SECRET, token, expiresAtMs - 1_000)).toEqual({
    player: {
      operatorId: 'examplecasino',
      userId: '611',
      homeUrl: '',
      depositUrl: 'https://casino.example/pay',
      language: 'de',
    },
    stayUntilMs: Date.parse(made.stayUntil),
  });
  expect(Date.parse(made.stayUntil) - expiresAtMs).toBe(55 * 60_000);
  expect(await verifyLobbyToken(SECRET, token, expiresAtMs)).toBeNull();
});

test('without a secret, or for longer than a day, there is none', async () => {
  const without = await croupier({}).run('lobby-url', ...PLAYER);
  expect([without.code, without.stdout]).toEqual([1, '']);
  expect(without.stderr).toContain('LOBBY_SECRET');
  const long = await croupier({ LOBBY_SECRET: SECRET }).run('lobby-url', ...PLAYER, '--ttl', '86401');
  expect(long.code).toBe(2);
  const local = await croupier({ LOBBY_SECRET: SECRET }).run('lobby-url', ...PLAYER);
  expect(local.stdout).toMatch(/^http:\/\/127\.0\.0\.1:8080\/lobby\?token=[\w.-]+\n$/);
});
