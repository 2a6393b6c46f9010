import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = SessionService;
const { operatorId } = OPERATOR;

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611', 1_000n);
});
afterAll(() => fixture.stop());

const open = (wanted: Record<string, unknown> = {}) =>
  fixture.call(method.openSession, { operatorId, userId: '611', gameId: '200', ...wanted });

describe('OpenSession', () => {
  it('makes a token that opens the game', async () => {
    const session = await open();
    expect(session).toMatchObject({ operatorId, userId: '611', gameId: '200', lobbyId: '', closedAtMs: 0n });
    expect(session.token).toMatch(/^[A-Za-z0-9]{20,50}$/);
    expect(session.expiresAtMs - session.createdAtMs).toBe(3_600_000n);
    expect((await open()).token).not.toBe(session.token);
    const bet = await fixture.call(MoneyService.method.bet, {
      operatorId,
      userId: '611',
      provider: 'test',
      transactionId: 'session-bet',
      amountUnits: 1n,
      roundId: 'r',
      gameId: '200',
      sessionToken: session.token,
    });
    expect(bet.reason).toBe(Reason.UNSPECIFIED);
  });

  it('opens a lobby, for as long as asked', async () => {
    const session = await open({ gameId: '', lobbyId: 'portomaso', ttlSeconds: 31_536_000 });
    expect(session).toMatchObject({ gameId: '', lobbyId: 'portomaso' });
    expect(session.expiresAtMs - session.createdAtMs).toBe(31_536_000_000n);
  });

  it('gives the same session for the same token, once of a hundred calls at once', async () => {
    const token = 'SameTokenSameSession1';
    const sessions = await Promise.all(Array.from({ length: 100 }, () => open({ token })));
    expect(new Set(sessions.map((session) => JSON.stringify(session, (_, value) => String(value)))).size).toBe(1);
    expect(await open({ token, ttlSeconds: 60 })).toEqual(sessions[0]);
    expect((await fixture.call(method.closeSession, { token })).closedAtMs).toBeGreaterThan(0n);
    // What was closed is not opened again by a late repeat.
    expect((await open({ token })).closedAtMs).toBeGreaterThan(0n);
  });

  it('says ALREADY_EXISTS where the token belongs to another game, lobby or player', async () => {
    const token = 'TokenThatIsTakenNow12';
    await addPlayer(fixture.call, '17');
    await open({ token });
    for (const other of [{ gameId: '201' }, { gameId: '', lobbyId: '200' }, { userId: '17' }]) {
      expect(await refusal(open({ token, ...other }))).toEqual({
        code: 'ALREADY_EXISTS',
        details: 'token: another session has it',
      });
    }
    // Tokens are told apart by case.
    expect((await open({ token: token.toLowerCase() })).token).toBe(token.toLowerCase());
  });

  it('says FAILED_PRECONDITION for a blocked player', async () => {
    await addPlayer(fixture.call, 'blocked');
    await fixture.call(PlayerService.method.blockPlayer, { operatorId, userId: 'blocked' });
    expect(await refusal(open({ userId: 'blocked' }))).toEqual({
      code: 'FAILED_PRECONDITION',
      details: 'player blocked is blocked',
    });
  });

  it('says NOT_FOUND for an unknown player', async () => {
    expect((await refusal(open({ userId: 'nobody' }))).code).toBe('NOT_FOUND');
    expect((await refusal(open({ operatorId: 'nobody' }))).code).toBe('NOT_FOUND');
  });

  it.each([
    ['game_id', { gameId: '' }],
    ['game_id', { lobbyId: 'both' }],
    ['game_id', { gameId: 'x'.repeat(33) }],
    ['game_id', { gameId: '2|0' }],
    ['lobby_id', { gameId: '', lobbyId: 'x'.repeat(65) }],
    ['ttl_seconds', { ttlSeconds: 31_536_001 }],
    ['token', { token: 'short' }],
    ['token', { token: `${'x'.repeat(20)}|` }],
    ['user_id', { userId: '' }],
    ['operator_id', { operatorId: '' }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(open(wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe('GetSession and CloseSession', () => {
  it('find it by its token; closing is idempotent and keeps its first time', async () => {
    const session = await open();
    expect(await fixture.call(method.getSession, { token: session.token })).toEqual(session);
    const closed = await fixture.call(method.closeSession, { token: session.token });
    expect(closed.closedAtMs).toBeGreaterThanOrEqual(session.createdAtMs);
    expect(await fixture.call(method.closeSession, { token: session.token })).toEqual(closed);
    expect(await fixture.call(method.getSession, { token: session.token })).toEqual(closed);
  });

  it.each(['', 'TokenThatNobodyHas1234', 'not a token', 'tökentökentökentöken'])(
    'say NOT_FOUND for %j',
    async (token) => {
      const notFound = { code: 'NOT_FOUND', details: 'token: session not found' };
      expect(await refusal(fixture.call(method.getSession, { token }))).toEqual(notFound);
      expect(await refusal(fixture.call(method.closeSession, { token }))).toEqual(notFound);
    },
  );
});

describe('ListSessions', () => {
  it('pages the newest first, each once', async () => {
    await addPlayer(fixture.call, 'pages');
    const opened = [];
    for (let index = 0; index < 5; index += 1) opened.push(await open({ userId: 'pages' }));
    const seen: string[] = [];
    let pageToken = '';
    do {
      const page = await fixture.call(method.listSessions, { operatorId, userId: 'pages', pageSize: 2, pageToken });
      expect(page.sessions.length).toBeLessThanOrEqual(2);
      seen.push(...page.sessions.map((session) => session.token));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const newestFirst = [...opened].sort((a, b) =>
      a.createdAtMs === b.createdAtMs ? (a.token < b.token ? 1 : -1) : Number(b.createdAtMs - a.createdAtMs),
    );
    expect(seen).toEqual(newestFirst.map((session) => session.token));
  });

  it('says NOT_FOUND for an unknown player, and INVALID_ARGUMENT for a page that is none', async () => {
    expect((await refusal(fixture.call(method.listSessions, { operatorId, userId: 'nobody' }))).code).toBe('NOT_FOUND');
    for (const key of [['1'], ['x', 'TokenThatIsTakenNow12'], ['1', 'short']]) {
      const pageToken = Buffer.from(JSON.stringify(key)).toString('base64url');
      const refused = await refusal(fixture.call(method.listSessions, { operatorId, userId: '611', pageToken }));
      expect(refused.code).toBe('INVALID_ARGUMENT');
      expect(refused.details).toMatch(/^page_token: /);
    }
  });
});

it('keeps session tokens out of the log, also when a call fails', async () => {
  const token = 'TokenThatIsNotLogged1';
  await open({ token });
  await refusal(open({ token, gameId: '201' }));
  await fixture.call(OperatorService.method.listOperators, {});
  expect(fixture.wallet.logs().length).toBeGreaterThan(0);
  expect(JSON.stringify(fixture.wallet.logs())).not.toContain(token);
});
