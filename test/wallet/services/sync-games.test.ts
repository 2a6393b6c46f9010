import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = GameService;
const { operatorId } = OPERATOR;
const OTHER = 'casino2';

let fixture: Fixture;
let betCount = 0;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611', 100_000n);
  await fixture.call(OperatorService.method.createOperator, { ...OPERATOR, operatorId: OTHER });
  const player = { operatorId: OTHER, userId: '611', userName: 'john', country: 'Germany', currencyCode: 'EUR' };
  await fixture.call(PlayerService.method.createPlayer, player);
});
afterAll(() => fixture.stop());

/** A bet of nothing: refused only where the game is. */
async function betReason(gameId: string, operator = operatorId, provider = 'platform'): Promise<Reason> {
  betCount += 1;
  const id = `bet-${betCount}`;
  const subject = { operatorId: operator, userId: '611', provider, gameId };
  return (await fixture.call(MoneyService.method.bet, { ...subject, transactionId: id, roundId: id })).reason;
}

type Entry = { gameId: string; vendor?: string; title?: string; enabled?: boolean };

const sync = (games: readonly Entry[], more: Record<string, unknown> = {}) =>
  fixture.call(method.syncGames, {
    operatorId,
    games: games.map((game) => ({ vendor: 'netent', title: `Game ${game.gameId}`, enabled: true, ...game })),
    ...more,
  });

async function counts(games: readonly Entry[], more: Record<string, unknown> = {}): Promise<number[]> {
  const { added, changed, disabled, enabled } = await sync(games, more);
  return [added, changed, disabled, enabled];
}

async function gameOf(gameId: string, provider = 'platform') {
  for (let pageToken = ''; ; ) {
    const page = await fixture.call(method.listGames, { provider, pageSize: 1_000, pageToken });
    const found = page.games.find((game) => game.gameId === gameId);
    if (found !== undefined || page.nextPageToken === '') return found;
    pageToken = page.nextPageToken;
  }
}

async function disabledOf(request: { operatorId?: string; pageSize: number }): Promise<string[]> {
  const seen: string[] = [];
  for (let pageToken = ''; ; ) {
    const page = await fixture.call(method.listDisabledGames, { ...request, pageToken });
    seen.push(...page.games.map((game) => `${game.operatorId}:${game.provider}:${game.gameId}`));
    if (page.nextPageToken === '') return seen;
    pageToken = page.nextPageToken;
  }
}

describe('SyncGames', () => {
  it('adds what is not there, changes what differs, and does nothing the second time', async () => {
    const list = [{ gameId: 'a1' }, { gameId: 'a2', enabled: false }, { gameId: 'a3' }];
    expect(await counts(list)).toEqual([3, 0, 1, 0]);
    const stored = await gameOf('a2');
    expect(stored).toMatchObject({ enabled: true, vendor: 'netent', title: 'Game a2', pinned: false });
    expect(await counts(list)).toEqual([0, 0, 0, 0]);
    expect(await gameOf('a2')).toEqual(stored);
    expect(await counts([{ gameId: 'a1', title: 'Renamed' }, { gameId: 'a2' }])).toEqual([0, 1, 0, 1]);
    expect(await gameOf('a1')).toMatchObject({ title: 'Renamed', vendor: 'netent' });
    expect(await gameOf('a3')).toMatchObject({ title: 'Game a3' });
  });

  it('refuses bets on what its list disables from the next bet on, at that operator and provider only', async () => {
    await sync([{ gameId: 'b1' }]);
    expect(await betReason('b1')).toBe(Reason.UNSPECIFIED);
    await sync([{ gameId: 'b1', enabled: false }]);
    expect(await betReason('b1')).toBe(Reason.GAME_DISABLED);
    expect(await betReason('b1', OTHER)).toBe(Reason.UNSPECIFIED);
    expect(await betReason('b1', operatorId, 'another')).toBe(Reason.UNSPECIFIED);
    await sync([{ gameId: 'b1', enabled: false }], { operatorId: OTHER });
    await sync([{ gameId: 'b1' }]);
    expect(await betReason('b1')).toBe(Reason.UNSPECIFIED);
    expect(await betReason('b1', OTHER)).toBe(Reason.GAME_DISABLED);
  });

  it('leaves to people what they decided: disabled stays disabled, and pinned is not touched', async () => {
    await fixture.call(method.setGame, { gameId: 'c1', enabled: false });
    await sync([{ gameId: 'c1', enabled: true }]);
    expect(await betReason('c1')).toBe(Reason.GAME_DISABLED);

    await fixture.call(method.setGame, { gameId: 'c2', enabled: true, vendor: 'ours', title: 'Ours', pinned: true });
    const pinned = await gameOf('c2');
    expect(await counts([{ gameId: 'c2', enabled: false }])).toEqual([0, 0, 1, 0]);
    expect(await gameOf('c2')).toEqual(pinned);
    expect(await betReason('c2')).toBe(Reason.UNSPECIFIED);
    // Pinned and disabled is disabled.
    expect(await fixture.call(method.setGame, { gameId: 'c2', enabled: false })).toMatchObject({ pinned: true });
    expect(await betReason('c2')).toBe(Reason.GAME_DISABLED);
    // Once it is pinned no more, what the list said holds.
    await fixture.call(method.setGame, { gameId: 'c2', enabled: true, pinned: false });
    expect(await betReason('c2')).toBe(Reason.GAME_DISABLED);
    expect(await counts([{ gameId: 'c2', enabled: true }])).toEqual([0, 1, 0, 1]);
    expect(await betReason('c2')).toBe(Reason.UNSPECIFIED);
  });

  it('counts for a game that is in no catalogue', async () => {
    const sql = await mysql.createConnection(fixture.databaseUrl);
    await sql.query("INSERT INTO disabled_games VALUES (?, 'platform', 'd1', 0)", [operatorId]);
    await sql.end();
    expect(await gameOf('d1')).toBeUndefined();
    expect(await betReason('d1')).toBe(Reason.GAME_DISABLED);
    expect(await betReason('d1', OTHER)).toBe(Reason.UNSPECIFIED);
  });

  it('comes to one result where several of two operators arrive at once, in whichever order their games are', async () => {
    const list = Array.from({ length: 1_000 }, (_, index) => ({ gameId: `e${index}`, enabled: index % 2 === 0 }));
    const lists = [list, [...list].reverse(), list, [...list].reverse()];
    await Promise.all(lists.flatMap((games) => [sync(games), sync(games, { operatorId: OTHER })]));
    expect(await counts(list)).toEqual([0, 0, 0, 0]);
    expect(await counts(list, { operatorId: OTHER })).toEqual([0, 0, 0, 0]);
    const disabled = await disabledOf({ pageSize: 1_000 });
    expect(disabled.filter((key) => key.includes(':e'))).toHaveLength(1_000);
  });

  it('takes all of a list or nothing', async () => {
    const wrong: [string, Promise<unknown>][] = [
      ['games', sync([])],
      ['games', sync([{ gameId: 'f1' }, { gameId: 'f1' }])],
      ['games', sync(Array.from({ length: 1_001 }, (_, index) => ({ gameId: `f${index}` })))],
      ['game_id', sync([{ gameId: 'f1' }, { gameId: 'f 2' }])],
      ['vendor', sync([{ gameId: 'f1' }, { gameId: 'f2', vendor: 'x'.repeat(65) }])],
      ['title', sync([{ gameId: 'f1' }, { gameId: 'f2', title: 'a|b' }])],
      ['operator_id', sync([{ gameId: 'f1' }], { operatorId: '' })],
      ['provider', sync([{ gameId: 'f1' }], { provider: 'PLATFORM' })],
    ];
    for (const [field, call] of wrong) {
      const refused = await refusal(call);
      expect(refused.code).toBe('INVALID_ARGUMENT');
      expect(refused.details).toMatch(new RegExp(`^${field}: `));
    }
    expect(await gameOf('f1')).toBeUndefined();
  });
});

describe('ListDisabledGames', () => {
  it('pages by operator, provider and id, each once', async () => {
    const off = (...ids: string[]) => ids.map((gameId) => ({ gameId, enabled: false }));
    await sync(off('1', '10', '2'), { operatorId: 'pages-b', provider: 'stargame' });
    await sync(off('9'), { operatorId: 'pages-b' });
    await sync(off('A', 'a'), { operatorId: 'pages-a' });
    const all = await disabledOf({ pageSize: 2 });
    expect(new Set(all).size).toBe(all.length);
    expect(all.filter((key) => key.startsWith('pages-'))).toEqual([
      'pages-a:platform:A',
      'pages-a:platform:a',
      'pages-b:platform:9',
      'pages-b:stargame:1',
      'pages-b:stargame:10',
      'pages-b:stargame:2',
    ]);
    expect(await disabledOf({ operatorId: 'pages-a', pageSize: 1 })).toEqual([
      'pages-a:platform:A',
      'pages-a:platform:a',
    ]);
  });

  it('names what is wrong with a page', async () => {
    for (const wrong of [{ pageToken: 'x' }, { pageSize: 1_001 }, { operatorId: 'ü' }]) {
      expect((await refusal(fixture.call(method.listDisabledGames, wrong))).code).toBe('INVALID_ARGUMENT');
    }
  });
});
