import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { StopScope, StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const games = GameService.method;
const stops = StopService.method;
const { operatorId } = OPERATOR;

let fixture: Fixture;
let betCount = 0;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611', 100_000n);
});
afterAll(() => fixture.stop());

async function betReason(gameId: string, provider = 'platform'): Promise<Reason> {
  betCount += 1;
  const outcome = await fixture.call(MoneyService.method.bet, {
    operatorId,
    userId: '611',
    provider,
    transactionId: `bet-${betCount}`,
    amountUnits: 1n,
    roundId: `round-${betCount}`,
    gameId,
  });
  return outcome.reason;
}

describe('SetGame', () => {
  it('adds a game, and changes what is present', async () => {
    const added = await fixture.call(games.setGame, { gameId: '200', enabled: true, vendor: 'Studio', title: 'Ace' });
    expect(added).toMatchObject({ provider: 'platform', gameId: '200', enabled: true, vendor: 'Studio', title: 'Ace' });
    const disabled = await fixture.call(games.setGame, { gameId: '200', enabled: false });
    expect(disabled).toMatchObject({ enabled: false, vendor: 'Studio', title: 'Ace' });
    const again = await fixture.call(games.setGame, { gameId: '200', enabled: false });
    expect({ ...again, updatedAtMs: 0n }).toEqual({ ...disabled, updatedAtMs: 0n });
    const renamed = await fixture.call(games.setGame, { gameId: '200', enabled: true, title: '' });
    expect(renamed).toMatchObject({ enabled: true, vendor: 'Studio', title: '' });
  });

  it('adds one game of fifty calls at once', async () => {
    const wanted = { provider: 'at-once', gameId: '1', enabled: true };
    await Promise.all(Array.from({ length: 50 }, () => fixture.call(games.setGame, wanted)));
    expect((await fixture.call(games.listGames, { provider: 'at-once' })).games).toHaveLength(1);
  });

  it('holds for the next bet, of that provider only', async () => {
    await fixture.call(games.setGame, { gameId: '300', enabled: false });
    expect(await betReason('300')).toBe(Reason.GAME_DISABLED);
    expect(await betReason('300', 'stargame')).toBe(Reason.UNSPECIFIED);
    await fixture.call(games.setGame, { gameId: '300', enabled: true });
    expect(await betReason('300')).toBe(Reason.UNSPECIFIED);
  });

  it.each([
    ['provider', { provider: 'PLATFORM' }],
    ['game_id', { gameId: '' }],
    ['game_id', { gameId: 'ü' }],
    ['vendor', { vendor: 'x'.repeat(65) }],
    ['title', { title: 'x'.repeat(256) }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(games.setGame, { gameId: '1', enabled: true, ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe('ListGames', () => {
  it('pages by provider and id, each once', async () => {
    for (const [provider, gameId] of [
      ['pages-b', '1'],
      ['pages-a', '2'],
      ['pages-a', '10'],
      ['pages-a', '1'],
      ['pages-b', 'A'],
    ] as const) {
      await fixture.call(games.setGame, { provider, gameId, enabled: true });
    }
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await fixture.call(games.listGames, { pageSize: 2, pageToken });
      expect(page.games.length).toBeLessThanOrEqual(2);
      seen.push(...page.games.map((game) => `${game.provider}:${game.gameId}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const pages = seen.filter((id) => id.startsWith('pages-'));
    expect(pages).toEqual(['pages-a:1', 'pages-a:10', 'pages-a:2', 'pages-b:1', 'pages-b:A']);
    expect(new Set(seen).size).toBe(seen.length);
    const { games: ofB } = await fixture.call(games.listGames, { provider: 'pages-b' });
    expect(ofB.map((game) => game.gameId)).toEqual(['1', 'A']);
  });

  it('names what is wrong with a page', async () => {
    for (const wrong of [{ pageToken: 'x' }, { pageSize: 1_001 }, { provider: 'ü' }]) {
      expect((await refusal(fixture.call(games.listGames, wrong))).code).toBe('INVALID_ARGUMENT');
    }
  });
});

describe('stops', () => {
  it.each([
    ['everything', { scope: StopScope.ALL, scopeId: '' }],
    ['one operator', { scope: StopScope.OPERATOR, scopeId: 'casino' }],
    ['one vendor', { scope: StopScope.VENDOR, scopeId: 'Studio' }],
    ['one game', { scope: StopScope.GAME, scopeId: 'platform:200' }],
  ])('of %s refuse bets from then on, and are idempotent', async (_, stop) => {
    await fixture.call(games.setGame, { gameId: '200', enabled: true, vendor: 'Studio' });
    expect(await betReason('200')).toBe(Reason.UNSPECIFIED);
    const added = await fixture.call(stops.addStop, { ...stop, note: 'why' });
    expect(added).toMatchObject({ ...stop, note: 'why' });
    expect(await fixture.call(stops.addStop, { ...stop, note: 'again' })).toEqual(added);
    expect((await fixture.call(stops.listStops, {})).stops).toEqual([added]);
    expect(await betReason('200')).toBe(Reason.PLAY_STOPPED);
    expect((await fixture.call(stops.removeStop, stop)).removed).toBe(true);
    expect((await fixture.call(stops.removeStop, stop)).removed).toBe(false);
    expect((await fixture.call(stops.listStops, {})).stops).toEqual([]);
    expect(await betReason('200')).toBe(Reason.UNSPECIFIED);
  });

  it('of something else refuse nothing here', async () => {
    const others = [
      { scope: StopScope.OPERATOR, scopeId: 'other' },
      { scope: StopScope.VENDOR, scopeId: 'Other' },
      { scope: StopScope.GAME, scopeId: 'platform:201' },
      { scope: StopScope.GAME, scopeId: 'stargame:200' },
    ];
    for (const other of others) await fixture.call(stops.addStop, other);
    expect(await betReason('200')).toBe(Reason.UNSPECIFIED);
    for (const other of others) expect((await fixture.call(stops.removeStop, other)).removed).toBe(true);
  });

  it.each([
    ['scope', { scope: StopScope.UNSPECIFIED, scopeId: '' }],
    ['scope', { scope: 99 as StopScope, scopeId: '' }],
    ['scope_id', { scope: StopScope.ALL, scopeId: 'x' }],
    ['scope_id', { scope: StopScope.OPERATOR, scopeId: '' }],
    ['scope_id', { scope: StopScope.VENDOR, scopeId: '' }],
    ['scope_id', { scope: StopScope.GAME, scopeId: '200' }],
    ['scope_id', { scope: StopScope.GAME, scopeId: 'platform:' }],
    ['note', { scope: StopScope.ALL, scopeId: '', note: 'x'.repeat(256) }],
  ])('say INVALID_ARGUMENT and name %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(stops.addStop, wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
    expect((await fixture.call(stops.listStops, {})).stops).toEqual([]);
  });
});
