import { describe, expect, test } from 'vitest';
import { OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, listedGameKey, roundKey, transactionKey, userKey } from '../core/keys.ts';
import { moneyLoads, readLoads, readState } from './load.ts';
import type { Request } from './request.ts';
import { request } from './test-request.ts';

const sqlOf = (loads: ReturnType<typeof moneyLoads>): string[] => loads.map(({ sql }) => sql.replace(/\s+/g, ' '));
const moneySql = (...requests: Request[]): string[] => sqlOf(moneyLoads(requests, false));
const readSql = (...requests: Request[]): string[] => sqlOf(readLoads(requests));
const about = (statements: readonly string[], what: RegExp): string[] => statements.filter((sql) => what.test(sql));

describe('what a money batch loads', () => {
  test('accounts first, locked in the order of their ids, each once', () => {
    const [locked, ...others] = moneySql(request({}, 30n), request({}, 4n), request({}, 200n), request({}, 4n));
    expect(locked).toMatch(/WHERE a.player_id IN \(4,30,200\) ORDER BY a.player_id FOR UPDATE$/);
    for (const sql of others) expect(sql).not.toMatch(/FOR UPDATE|LOCK IN SHARE/);
  });

  test('accounts without those that others hold, where it must not wait', () => {
    const [locked, ...others] = sqlOf(moneyLoads([request({}, 30n), request({}, 4n)], true));
    expect(locked).toMatch(/WHERE a.player_id IN \(4,30\) ORDER BY a.player_id FOR UPDATE SKIP LOCKED$/);
    for (const sql of others) expect(sql).not.toMatch(/FOR UPDATE|LOCK IN SHARE/);
  });

  test('each id once, by operator and provider', () => {
    const statements = moneySql(
      request({ transactionId: 'a' }),
      request({ transactionId: 'b' }),
      request({ transactionId: 'a' }),
      request({ transactionId: 'a', provider: 'stargame' }),
      request({ transactionId: 'a', operatorId: 'another' }),
    );
    const found = about(statements, /FROM transactions WHERE operator_id/);
    expect(found).toHaveLength(3);
    expect(found[0]).toContain("operator_id = 'casino' AND provider = 'platform' AND transaction_id IN ('a','b')");
    expect(found[1]).toContain("operator_id = 'casino' AND provider = 'stargame' AND transaction_id IN ('a')");
    expect(found[2]).toContain("operator_id = 'another' AND provider = 'platform' AND transaction_id IN ('a')");
  });

  test('the id of a win where one comes with a bet', () => {
    const statements = moneySql(request({ transactionId: 'a', winUnits: 1n }), request({ transactionId: 'b' }));
    expect(about(statements, /FROM transactions WHERE operator_id/)[0]).toContain(
      "transaction_id IN ('a','b','a+win')",
    );
  });

  test('sessions only where a token is named; an empty one is no token', () => {
    expect(about(moneySql(request(), request({ sessionToken: '' })), /FROM sessions/)).toEqual([]);
    const [sql] = about(moneySql(request({ sessionToken: "it's" })), /FROM sessions/);
    expect(sql).toContain("token IN ('it\\'s')");
  });

  test('games and stops only for bets', () => {
    const credit = moneySql(request({ kind: OperationKind.WIN }), request({ kind: OperationKind.CANCEL }));
    expect(about(credit, /FROM (games|disabled_games|stops)/)).toEqual([]);
    const bets = moneySql(request({ gameId: '1' }), request({ gameId: '2' }), request({ gameId: '1' }));
    expect(about(bets, /FROM games/)[0]).toContain("provider = 'platform' AND game_id IN ('1','2')");
    expect(about(bets, /FROM disabled_games/)).toEqual([
      "SELECT operator_id, game_id FROM disabled_games WHERE operator_id IN ('casino') AND provider = 'platform' AND game_id IN ('1','2')",
    ]);
    expect(about(bets, /FROM stops/)).toHaveLength(1);
  });

  test.each([
    [OperationKind.BET, false],
    [OperationKind.WIN, false],
    [OperationKind.CANCEL, false],
    [OperationKind.FINISH_ROUND, true],
  ])('what is said of the round of kind %s, and whether it was played only where that is asked: %s', (kind, played) => {
    const statements = moneySql(request({ kind }));
    expect(about(statements, /FROM rounds/)).toHaveLength(1);
    expect(about(statements, /SELECT DISTINCT .* FROM transactions/)).toHaveLength(played ? 1 : 0);
  });

  test('each round of each player once', () => {
    const [sql] = about(moneySql(request({}, 1n), request({}, 1n), request({}, 2n)), /FROM rounds/);
    expect(sql).toContain("WHERE (player_id = 1 AND provider = 'platform' AND round_id = 'r1') OR (player_id = 2 AND");
    expect(sql?.match(/player_id = /g)).toHaveLength(2);
    expect(about(moneySql(request({ roundId: '' }), request({}, null)), /FROM rounds/)).toEqual([]);
  });
});

describe('what reads load', () => {
  test('takes no lock', () => {
    const kinds = [OperationKind.BALANCE, OperationKind.STATUS, OperationKind.AUTHENTICATE, OperationKind.BET];
    for (const sql of readSql(...kinds.map((kind) => request({ kind, sessionToken: 'a' })))) {
      expect(sql).not.toMatch(/FOR UPDATE|LOCK IN SHARE/);
    }
  });

  test('names no token and no game where none is asked about', () => {
    const statements = readSql(request({ kind: OperationKind.BALANCE, transactionId: '' }));
    expect(statements).toHaveLength(1);
    expect(statements[0]).toContain('FROM players p JOIN accounts a');
  });

  test('players by user, for each operator', () => {
    const statements = readSql(
      request({ kind: OperationKind.BALANCE, userId: "o'neil" }),
      request({ kind: OperationKind.STATUS, userId: 'b' }),
      request({ kind: OperationKind.BALANCE, operatorId: 'another' }),
    );
    const found = about(statements, /p.user_id IN/);
    expect(found).toHaveLength(2);
    expect(found[0]).toContain("p.operator_id = 'casino' AND p.user_id IN ('o\\'neil','b')");
  });

  test('players by token, and the games of their sessions, for those who authenticate', () => {
    const token = { kind: OperationKind.AUTHENTICATE, userId: '', transactionId: '', gameId: '', sessionToken: 'a' };
    const statements = readSql(request(token), request({ ...token, provider: 'stargame', sessionToken: 'b' }));
    expect(about(statements, /p.user_id IN/)).toEqual([]);
    expect(about(statements, /FROM sessions s JOIN players/)[0]).toContain("s.token IN ('a','b')");
    const games = about(statements, /FROM sessions s JOIN games/);
    expect(games).toHaveLength(2);
    expect(games[0]).toContain("g.provider = 'platform' AND s.token IN ('a')");
    expect(games[1]).toContain("g.provider = 'stargame' AND s.token IN ('b')");
    expect(about(statements, /FROM stops/)).toHaveLength(1);
  });
});

describe('what the rows say', () => {
  const PLAYER = ['5', 'casino', 'u5', 'EUR', null];
  const IDENTITY = ['john', 'John', 'Germany', 'vip'];
  const ACCOUNT = ['999999999999999999', '7', 20_649, '1', '2', '3', '-4', '-5', '-6'];
  const LIMITS = ['5', '100', null, null, '3', null, null, '999999999999999999'];
  const NO_LIMITS = [null, null, null, null, null, null, null, null];

  test('a player, the account and the limits', () => {
    const loads = moneyLoads([request({}, 5n)], false).slice(0, 1);
    const state = readState(loads, [[[...PLAYER, ...ACCOUNT, ...LIMITS]]]);
    const player = state.playersByUser.get(userKey('casino', 'u5'));
    expect(player).toEqual({
      playerId: 5n,
      operatorId: 'casino',
      userId: 'u5',
      currencyCode: 'EUR',
      blocked: false,
      identity: null,
      limits: {
        betMaxUnits: 100n,
        stakeDayUnits: null,
        stakeWeekUnits: null,
        stakeMonthUnits: 3n,
        lossDayUnits: null,
        lossWeekUnits: null,
        lossMonthUnits: 999_999_999_999_999_999n,
      },
    });
    expect(state.playersById.get(5n)).toBe(player);
    expect(state.accounts.get(5n)).toEqual({
      balanceUnits: 999_999_999_999_999_999n,
      seq: 7n,
      counters: {
        day: 20_649,
        stakeDayUnits: 1n,
        stakeWeekUnits: 2n,
        stakeMonthUnits: 3n,
        lossDayUnits: -4n,
        lossWeekUnits: -5n,
        lossMonthUnits: -6n,
      },
    });
  });

  test('who a player is, where a read asks', () => {
    const loads = readLoads([request({ kind: OperationKind.BALANCE, transactionId: '' })]);
    const state = readState(loads, [[[...PLAYER, ...ACCOUNT, ...LIMITS, ...IDENTITY]]]);
    expect(state.playersById.get(5n)).toMatchObject({
      limits: { betMaxUnits: 100n },
      identity: { userName: 'john', displayName: 'John', country: 'Germany', group: 'vip' },
    });
  });

  test('a player who is blocked, without limits', () => {
    const blocked = [...PLAYER.slice(0, 4), '1700000000000'];
    const state = readState(moneyLoads([request({}, 5n)], false).slice(0, 1), [
      [[...blocked, ...ACCOUNT, ...NO_LIMITS]],
    ]);
    expect(state.playersById.get(5n)).toMatchObject({ blocked: true, limits: null });
  });

  const transactionLoad = () => {
    const all = moneyLoads([request()], false);
    return all.filter(({ sql }) => sql.includes('FROM transactions'));
  };
  const BET = ['t1', 0, '5', 'bet', 'error', 'limit_reached', '300', 'EUR', 'r1', '200', '-7', '1700000000000'];

  test('a transaction, and that it was undone', () => {
    const key = transactionKey('casino', 'platform', 't1');
    const known = readState(transactionLoad(), [[BET]]).transactions.get(key);
    expect(known).toEqual({
      playerId: 5n,
      kind: 'bet',
      status: 'error',
      reason: Reason.LIMIT_REACHED,
      amountUnits: 300n,
      currencyCode: 'EUR',
      roundId: 'r1',
      gameId: '200',
      balanceAfterUnits: -7n,
      createdAtMs: 1_700_000_000_000,
      reversed: false,
    });
    const reversal = ['t1', 1, '5', 'reversal', 'ok', '', '0', 'EUR', 'r1', '200', '-7', '1700000000001'];
    const undone = readState(transactionLoad(), [[BET, reversal]]).transactions.get(key);
    expect(undone).toEqual({ ...known, reversed: true });
  });

  test('a reversal of nothing is no state to decide on', () => {
    const reversal = ['t1', 1, '5', 'reversal', 'ok', '', '0', 'EUR', 'r1', '200', '-7', '1700000000001'];
    expect(() => readState(transactionLoad(), [[reversal]])).toThrow(/reversal without its transaction/);
  });

  test('sessions, games, stops and rounds', () => {
    const loads = moneyLoads([request({ sessionToken: 'a' }), request({ kind: OperationKind.FINISH_ROUND })], false);
    const rows = loads.map(({ sql }) => {
      if (sql.includes('FROM sessions')) {
        return [
          ['a', '5', '200', '1700000000000', null, '0', '0'],
          ['b', '6', '', '1700000000000', '1', '60000', '1600000000000'],
        ];
      }
      if (sql.includes('FROM games')) return [['200', 0, 'Evolution', 1]];
      if (sql.includes('FROM disabled_games')) return [['casino', '201']];
      if (sql.includes('FROM stops')) return [['vendor', 'Evolution']];
      if (sql.includes('FROM rounds')) return [['1', 'platform', 'r1', '1700000000000', null]];
      return sql.includes('DISTINCT') ? [['1', 'platform', 'r1']] : [];
    });
    const state = readState(loads, rows);
    expect(state.sessions.get('a')).toEqual({
      playerId: 5n,
      gameId: '200',
      expiresAtMs: 1_700_000_000_000,
      closed: false,
      idleTimeoutMs: 0,
      usedAtMs: 0,
    });
    expect(state.sessions.get('b')).toMatchObject({
      closed: true,
      idleTimeoutMs: 60_000,
      usedAtMs: 1_600_000_000_000,
    });
    expect(state.games.get(gameKey('platform', '200'))).toEqual({ enabled: false, vendor: 'Evolution', pinned: true });
    expect([...state.disabledGames]).toEqual([listedGameKey('casino', 'platform', '201')]);
    expect([...state.stops]).toEqual(['vendor Evolution']);
    expect(state.rounds.get(roundKey(1n, 'platform', 'r1'))).toEqual({ finished: true, closed: false });
    expect([...state.playedRounds]).toEqual([roundKey(1n, 'platform', 'r1')]);
  });
});
