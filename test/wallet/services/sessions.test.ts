import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { startWallet } from '../../harness/processes.ts';
import { until } from '../../jobs/until.ts';
import { addOperator, addPlayer, createCall, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

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

describe('OpenSessions', () => {
  it('opens each for itself, and tells of its player', async () => {
    const token = 'OneOfManySessions12345';
    const game = { operatorId, userId: '611', gameId: '200' };
    const wanted = [
      { ...game, token },
      { ...game, userId: 'nobody' },
      { ...game, gameId: '' },
      { ...game, token },
      { ...game, gameId: '201', token },
      { ...game, token: 'short' },
      game,
    ];
    const { sessions } = await fixture.call(method.openSessions, { sessions: wanted });
    const { NOT_FOUND, INVALID_ARGUMENT, ALREADY_EXISTS, OK } = status;
    expect(sessions.map(({ code }) => code)).toEqual([
      ...[OK, NOT_FOUND, INVALID_ARGUMENT, OK, ALREADY_EXISTS, INVALID_ARGUMENT, OK],
    ]);
    expect(sessions[0]).toMatchObject({
      session: { token, userId: '611' },
      currencyCode: 'EUR',
      language: 'en',
      group: '',
    });
    expect(sessions[3]?.session).toEqual(sessions[0]?.session);
    expect(sessions[1]).toMatchObject({ message: expect.stringMatching(/player/) });
    expect(sessions[2]).toMatchObject({ message: expect.stringMatching(/^game_id: /) });
    expect(sessions.map(({ session }) => session === undefined)).toEqual([false, true, true, false, true, true, false]);
  });

  it.each([[[]], [Array.from({ length: 201 }, () => ({ operatorId, userId: '611', gameId: '200' }))]])(
    'takes neither none nor too many (%#)',
    async (sessions) => {
      expect(await refusal(fixture.call(method.openSessions, { sessions }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    },
  );
});

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

  it('answers each of many calls at once for itself: new ones, repeats, taken tokens, unknown and blocked players', async () => {
    await addPlayer(fixture.call, 'crowd');
    await addPlayer(fixture.call, 'crowd-blocked');
    await fixture.call(PlayerService.method.blockPlayer, { operatorId, userId: 'crowd-blocked' });
    const taken = await open({ token: 'TokenThatIsTakenEarly' });
    const answers = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const token = `CrowdToken${String(index).padStart(10, '0')}`;
        if (index % 5 === 1) return refusal(open({ token, userId: 'nobody' }));
        if (index % 5 === 2) return refusal(open({ token, userId: 'crowd-blocked' }));
        if (index % 5 === 3) return refusal(open({ token: taken.token, userId: 'crowd' }));
        if (index % 5 === 4) return open({ token: taken.token });
        return open({ token, userId: 'crowd', idleTimeoutSeconds: 1 + index });
      }),
    );
    answers.forEach((answer, index) => {
      if (index % 5 === 1) expect(answer).toMatchObject({ code: 'NOT_FOUND' });
      else if (index % 5 === 2) expect(answer).toMatchObject({ code: 'FAILED_PRECONDITION' });
      else if (index % 5 === 3) expect(answer).toMatchObject({ code: 'ALREADY_EXISTS' });
      else if (index % 5 === 4) expect(answer).toEqual(taken);
      else {
        expect(answer).toMatchObject({
          token: `CrowdToken${String(index).padStart(10, '0')}`,
          userId: 'crowd',
          idleTimeoutMs: BigInt(1 + index) * 1_000n,
        });
      }
    });
    const { sessions } = await fixture.call(method.listSessions, { operatorId, userId: 'crowd', pageSize: 1_000 });
    expect(sessions).toHaveLength(60);
    expect(new Set(sessions.map((session) => session.token)).size).toBe(60);
  });

  it('opens a token once where two wallets are asked at once', async () => {
    await using wallet = await startWallet({ env: { DATABASE_URL: fixture.databaseUrl } });
    const other = createCall(wallet);
    try {
      const ask = (wanted: Record<string, unknown>, index: number) =>
        (index % 2 === 0 ? fixture : other).call(method.openSession, {
          operatorId,
          userId: '611',
          gameId: '200',
          ...wanted,
        });
      const tokens = Array.from({ length: 40 }, (_, index) => `TwoWallets${String(index).padStart(10, '0')}`);
      const sessions = await Promise.all(
        tokens.flatMap((token) => Array.from({ length: 4 }, (_, index) => ask({ token }, index))),
      );
      for (const [index, token] of tokens.entries()) {
        const ofToken = sessions.slice(index * 4, index * 4 + 4);
        expect(ofToken.map((session) => session.token)).toEqual([token, token, token, token]);
        expect(new Set(ofToken.map((session) => session.createdAtMs)).size).toBe(1);
      }
    } finally {
      other.close();
    }
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
    ['idle_timeout_seconds', { idleTimeoutSeconds: 86_401 }],
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

describe('a session with an idle time-out', () => {
  let bets = 0;
  const bet = async (sessionToken: string): Promise<Reason> => {
    bets += 1;
    const subject = { operatorId, userId: '611', provider: 'test', gameId: '200', sessionToken };
    const id = `idle-${bets}`;
    return (
      await fixture.call(MoneyService.method.bet, { ...subject, transactionId: id, amountUnits: 1n, roundId: id })
    ).reason;
  };

  it('ends when nobody has used it for so long, for good, while one without goes on', async () => {
    const idle = await open({ idleTimeoutSeconds: 1 });
    expect(idle).toMatchObject({ idleTimeoutMs: 1_000n, usedAtMs: idle.createdAtMs });
    const other = await open();
    expect(other.idleTimeoutMs).toBe(0n);
    await until('the session is idle', async () => Date.now() > Number(idle.createdAtMs) + 1_000);
    expect(await bet(idle.token)).toBe(Reason.SESSION_INVALID);
    expect(await bet(idle.token)).toBe(Reason.SESSION_INVALID);
    expect(await bet(other.token)).toBe(Reason.UNSPECIFIED);
    // It is not closed, and asking for it again doesn't open it again.
    const again = await open({ token: idle.token, idleTimeoutSeconds: 600 });
    expect(again).toEqual(idle);
    expect(await bet(idle.token)).toBe(Reason.SESSION_INVALID);
  });

  it('is kept by its use, which the wallet writes a little later', async () => {
    const { token, createdAtMs } = await open({ idleTimeoutSeconds: 8 });
    const used = await until('a use of the session is written', async () => {
      expect(await bet(token)).toBe(Reason.UNSPECIFIED);
      const { usedAtMs } = await fixture.call(method.getSession, { token });
      return usedAtMs > createdAtMs && usedAtMs;
    });
    // An eighth of the time-out is what it may be late.
    expect(used - createdAtMs).toBeGreaterThanOrEqual(1_000n);
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
