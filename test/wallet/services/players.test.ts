import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { CreatePlayerRequestSchema, PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { createPlayersService } from '../../../src/wallet/services/players.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = PlayerService;
const { operatorId } = OPERATOR;
const JOHN = {
  operatorId,
  userId: '611',
  userName: 'john_doe',
  displayName: 'John Doe',
  country: 'Germany',
  group: 'vip',
  currencyCode: 'EUR',
};

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
});
afterAll(() => fixture.stop());

describe('CreatePlayer', () => {
  it('makes the player with an account, and the same call again gets the same player', async () => {
    const player = await fixture.call(method.createPlayer, JOHN);
    expect(player).toMatchObject({ ...JOHN, balanceUnits: 0n, blocked: false });
    expect(player.createdAtMs).toBeGreaterThan(0n);
    expect(await fixture.call(method.createPlayer, JOHN)).toEqual(player);
    expect(await fixture.call(method.getPlayer, { operatorId, userId: '611' })).toEqual(player);
  });

  it('takes English where no language is said, and a language tag in its canonical form', async () => {
    expect(await fixture.call(method.createPlayer, { ...JOHN, userId: 'speaks-1' })).toMatchObject({ language: 'en' });
    const german = { ...JOHN, userId: 'speaks-2', language: 'DE-at' };
    expect(await fixture.call(method.createPlayer, german)).toMatchObject({ language: 'de-AT' });
    expect(await fixture.call(method.createPlayer, german)).toMatchObject({ language: 'de-AT' });
    expect(await fixture.call(method.getPlayer, { operatorId, userId: 'speaks-2' })).toMatchObject({
      language: 'de-AT',
    });
  });

  it('makes one player of a hundred calls at once', async () => {
    const wanted = { ...JOHN, userId: 'at-once' };
    const players = await Promise.all(Array.from({ length: 100 }, () => fixture.call(method.createPlayer, wanted)));
    expect(new Set(players.map((player) => player.createdAtMs)).size).toBe(1);
    const { players: listed } = await fixture.call(method.listPlayers, { operatorId, pageSize: 1_000 });
    expect(listed.filter((player) => player.userId === 'at-once')).toHaveLength(1);
  });

  it('makes a hundred players at once', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `crowd-${index}`);
    await Promise.all(ids.map((userId) => addPlayer(fixture.call, userId, 100n)));
    const { players } = await fixture.call(method.listPlayers, { operatorId, pageSize: 1_000 });
    const crowd = players.filter((player) => player.userId.startsWith('crowd-'));
    expect(crowd.map((player) => player.balanceUnits)).toEqual(ids.map(() => 100n));
  });

  it.each([
    ['user_name', { userName: 'other' }],
    ['display_name', { displayName: '' }],
    ['country', { country: 'France' }],
    ['another group', { group: '' }],
    ['currency_code', { currencyCode: 'RUB' }],
    ['language', { language: 'ru' }],
  ])('says ALREADY_EXISTS where the user_id has another %s', async (field, other) => {
    await fixture.call(method.createPlayer, { ...JOHN, userId: 'taken' });
    const refused = await refusal(fixture.call(method.createPlayer, { ...JOHN, userId: 'taken', ...other }));
    expect(refused.code).toBe('ALREADY_EXISTS');
    expect(refused.details).toContain(field);
  });

  it('makes another player_id where one is taken, a bounded number of times', async () => {
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 2 });
    const taken = 4_711n;
    const ids = [taken, taken, taken, 4_712n];
    const players = createPlayersService({ pool, now: Date.now, newPlayerId: () => ids.shift() ?? taken });
    const context = { service: 'test', requestId: 'r', deadlineAtMs: Date.now() + 20_000 };
    const add = (userId: string) =>
      players.createPlayer(create(CreatePlayerRequestSchema, { ...JOHN, userId }), context);
    await add('id-1');
    expect(await add('id-2')).toMatchObject({ userId: 'id-2' });
    expect(ids).toEqual([]);
    await expect(add('id-3')).rejects.toThrow('no free player id');
    expect((await refusal(fixture.call(method.getPlayer, { operatorId, userId: 'id-3' }))).code).toBe('NOT_FOUND');
    await pool.end();
  });

  it('says NOT_FOUND for an unknown operator', async () => {
    const refused = await refusal(fixture.call(method.createPlayer, { ...JOHN, operatorId: 'nobody' }));
    expect(refused).toEqual({ code: 'NOT_FOUND', details: 'operator_id: operator nobody not found' });
  });

  it.each([
    ['operator_id', { operatorId: 'exämple' }],
    ['user_id', { userId: '' }],
    ['user_id', { userId: '6|11' }],
    ['user_id', { userId: 'x'.repeat(71) }],
    ['user_name', { userName: '' }],
    ['user_name', { userName: 'x'.repeat(256) }],
    ['display_name', { displayName: 'x'.repeat(101) }],
    ['country', { country: '' }],
    ['group', { group: 'a|b' }],
    ['currency_code', { currencyCode: '' }],
    ['currency_code', { currencyCode: 'USD' }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.createPlayer, { ...JOHN, userId: 'invalid', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });

  it('takes any script, and tells ids apart that differ in case or accent only', async () => {
    for (const userId of ['José', 'JOSÉ', 'Jose', '玩家😀', "o'hara\\", '%_']) {
      const player = await fixture.call(method.createPlayer, { ...JOHN, userId, userName: userId });
      expect(player.userId).toBe(userId);
      expect(await fixture.call(method.getPlayer, { operatorId, userId })).toEqual(player);
    }
  });
});

describe('GetPlayer', () => {
  it('says NOT_FOUND for an unknown player, and for one of another operator', async () => {
    const refused = await refusal(fixture.call(method.getPlayer, { operatorId, userId: 'nobody' }));
    expect(refused).toEqual({ code: 'NOT_FOUND', details: 'user_id: player nobody of operator casino not found' });
    await addPlayer(fixture.call, 'of-casino');
    const elsewhere = await refusal(fixture.call(method.getPlayer, { operatorId: 'other', userId: 'of-casino' }));
    expect(elsewhere.code).toBe('NOT_FOUND');
  });

  it('says INVALID_ARGUMENT for an id with space at its end, which some collations would find', async () => {
    await addPlayer(fixture.call, 'spaced');
    expect((await refusal(fixture.call(method.getPlayer, { operatorId, userId: 'spaced ' }))).code).toBe(
      'INVALID_ARGUMENT',
    );
  });
});

describe('ListPlayers', () => {
  it('pages by user_id without losing or repeating one, while players are added', async () => {
    const other = { operatorId: 'pages', secret: 's', currencies: ['EUR'] };
    await fixture.call(OperatorService.method.createOperator, other);
    const create = (userId: string) => fixture.call(method.createPlayer, { ...JOHN, operatorId: 'pages', userId });
    for (const userId of ['e', 'c', 'a', 'd', 'b']) await create(userId);
    const seen: string[][] = [];
    let pageToken = '';
    do {
      const page = await fixture.call(method.listPlayers, { operatorId: 'pages', pageSize: 2, pageToken });
      seen.push(page.players.map((player) => player.userId));
      pageToken = page.nextPageToken;
      if (seen.length === 1) await create('0-before');
    } while (pageToken !== '');
    expect(seen).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });

  it('says NOT_FOUND for an unknown operator, and names what is wrong with a page', async () => {
    expect((await refusal(fixture.call(method.listPlayers, { operatorId: 'nobody' }))).code).toBe('NOT_FOUND');
    const size = await refusal(fixture.call(method.listPlayers, { operatorId, pageSize: 1_001 }));
    expect(size).toEqual({ code: 'INVALID_ARGUMENT', details: 'page_size: must be 1 to 1000' });
    const token = await refusal(fixture.call(method.listPlayers, { operatorId, pageToken: 'made up' }));
    expect(token).toEqual({ code: 'INVALID_ARGUMENT', details: 'page_token: is not one of this list' });
  });
});

describe('UpdatePlayer', () => {
  it('changes the fields that are present, and only those', async () => {
    const before = await fixture.call(method.createPlayer, { ...JOHN, userId: 'update' });
    const changed = await fixture.call(method.updatePlayer, {
      operatorId,
      userId: 'update',
      country: 'France',
      group: '',
    });
    expect(changed).toEqual({ ...before, country: 'France', group: '' });
    expect(await fixture.call(method.updatePlayer, { operatorId, userId: 'update' })).toEqual(changed);
    const speaks = await fixture.call(method.updatePlayer, { operatorId, userId: 'update', language: 'RU' });
    expect(speaks).toEqual({ ...changed, language: 'ru' });
  });

  it('says NOT_FOUND, or INVALID_ARGUMENT that names the field', async () => {
    const request = { operatorId, userId: 'nobody', userName: 'x' };
    expect((await refusal(fixture.call(method.updatePlayer, request))).code).toBe('NOT_FOUND');
    await addPlayer(fixture.call, 'update-invalid');
    const refused = await refusal(
      fixture.call(method.updatePlayer, { operatorId, userId: 'update-invalid', userName: '' }),
    );
    expect(refused).toEqual({ code: 'INVALID_ARGUMENT', details: 'user_name: must be 1 to 255 characters' });
    for (const language of ['', 'русский', 'en_GB', `en-x-${'abcd-'.repeat(7)}a`]) {
      const wrong = { operatorId, userId: 'update-invalid', language };
      expect(await refusal(fixture.call(method.updatePlayer, wrong)), language).toEqual({
        code: 'INVALID_ARGUMENT',
        details: 'language: must be a language tag (BCP 47) of at most 35 characters',
      });
    }
  });
});

describe('BlockPlayer and UnblockPlayer', () => {
  it('refuse bets from then on, let wins through, and are idempotent', async () => {
    const userId = 'block';
    await addPlayer(fixture.call, userId, 1_000n);
    const movement = { operatorId, userId, provider: 'test', amountUnits: 100n, roundId: 'r', gameId: '1' };
    for (const _ of [1, 2]) {
      expect(await fixture.call(method.blockPlayer, { operatorId, userId })).toMatchObject({ blocked: true });
    }
    const bet = await fixture.call(MoneyService.method.bet, { ...movement, transactionId: 'block-bet-1' });
    expect(bet.reason).toBe(Reason.PLAYER_BLOCKED);
    const win = await fixture.call(MoneyService.method.win, { ...movement, transactionId: 'block-win-1' });
    expect(win).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 1_100n });
    for (const _ of [1, 2]) {
      expect(await fixture.call(method.unblockPlayer, { operatorId, userId })).toMatchObject({ blocked: false });
    }
    const later = await fixture.call(MoneyService.method.bet, { ...movement, transactionId: 'block-bet-2' });
    expect(later).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 1_000n });
  });

  it('say NOT_FOUND', async () => {
    expect((await refusal(fixture.call(method.blockPlayer, { operatorId, userId: 'nobody' }))).code).toBe('NOT_FOUND');
    expect((await refusal(fixture.call(method.unblockPlayer, { operatorId, userId: 'nobody' }))).code).toBe(
      'NOT_FOUND',
    );
  });
});

describe('GetLimits and SetLimits', () => {
  const ALL = {
    betMaxUnits: 1n,
    lossDayUnits: 2n,
    lossWeekUnits: 3n,
    lossMonthUnits: 4n,
    stakeDayUnits: 5n,
    stakeWeekUnits: 6n,
    stakeMonthUnits: 999_999_999_999_999_999n,
  };

  it('replace all limits; an absent one is none', async () => {
    const player = { operatorId, userId: 'limits' };
    await addPlayer(fixture.call, 'limits');
    expect((await fixture.call(method.getLimits, player)).betMaxUnits).toBeUndefined();
    for (const _ of [1, 2]) expect(await fixture.call(method.setLimits, { ...player, limits: ALL })).toMatchObject(ALL);
    expect(await fixture.call(method.getLimits, player)).toMatchObject(ALL);
    const fewer = await fixture.call(method.setLimits, { ...player, limits: { betMaxUnits: 0n } });
    expect(fewer.betMaxUnits).toBe(0n);
    expect(fewer.lossDayUnits).toBeUndefined();
    const none = await fixture.call(method.setLimits, { ...player, limits: {} });
    expect(none.betMaxUnits).toBeUndefined();
  });

  it('hold for the next bet', async () => {
    const userId = 'limited';
    await addPlayer(fixture.call, userId, 1_000n);
    await fixture.call(method.setLimits, { operatorId, userId, limits: { betMaxUnits: 99n } });
    const bet = { operatorId, userId, provider: 'test', amountUnits: 100n, roundId: 'r', gameId: '1' };
    const outcome = await fixture.call(MoneyService.method.bet, { ...bet, transactionId: 'limited-1' });
    expect(outcome.reason).toBe(Reason.LIMIT_REACHED);
  });

  it('say NOT_FOUND, or INVALID_ARGUMENT that names the field', async () => {
    const nobody = { operatorId, userId: 'nobody' };
    expect((await refusal(fixture.call(method.getLimits, nobody))).code).toBe('NOT_FOUND');
    expect((await refusal(fixture.call(method.setLimits, { ...nobody, limits: {} }))).code).toBe('NOT_FOUND');
    expect(await refusal(fixture.call(method.setLimits, nobody))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: 'limits: must be present; empty for no limits',
    });
    for (const [name, key] of [
      ['bet_max_units', 'betMaxUnits'],
      ['loss_day_units', 'lossDayUnits'],
      ['stake_month_units', 'stakeMonthUnits'],
    ]) {
      const refused = await refusal(fixture.call(method.setLimits, { ...nobody, limits: { [key ?? '']: -1n } }));
      expect(refused.code).toBe('INVALID_ARGUMENT');
      expect(refused.details).toMatch(new RegExp(`^limits\\.${name}: `));
    }
  });
});
