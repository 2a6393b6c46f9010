import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, inTransaction, selectRow } from '../../../src/common/db.ts';
import {
  HallMode,
  HallService,
  LinkTerminalRequestSchema,
  type Terminal,
} from '../../../src/gen/wallet/v1/halls_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { createSecretBox } from '../../../src/wallet/secrets.ts';
import { createTerminalHandlers } from '../../../src/wallet/services/terminals.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = HallService;
const { operatorId } = OPERATOR;
const LINK = { hallId: '1', uid: '117', operatorId, userId: 'anna' };
const context = { service: 'test', requestId: 'r', deadlineAtMs: Date.now() + 60_000 };

/** Nothing is sealed where no password is given. */
const secrets = createSecretBox(Buffer.alloc(32));

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await fixture.call(OperatorService.method.createOperator, { ...OPERATOR, operatorId: 'other' });
  for (const userId of ['anna', 'bert']) await addPlayer(fixture.call, userId);
  for (const hallId of ['1', '2', '10']) {
    await fixture.call(method.createHall, { hallId, operatorId, secret: 's', pathSecret: 'path' });
  }
});
afterAll(() => fixture.stop());

const link = (request: Partial<typeof LINK> = {}): Promise<Terminal> =>
  fixture.call(method.linkTerminal, { ...LINK, ...request });
const get = (hallId: string, uid: string): Promise<Terminal> => fixture.call(method.getTerminal, { hallId, uid });

describe('LinkTerminal', () => {
  it('links a terminal to a player, idempotently', async () => {
    const linked = await link();
    expect(linked).toMatchObject({ ...LINK, currencyCode: 'EUR', language: 'en', linked: true });
    expect(linked.updatedAtMs).toBe(linked.createdAtMs);
    expect(await link()).toEqual(linked);
    expect(await get('1', '117')).toEqual(linked);
  });

  it('the same uid in another hall is another terminal, and a player may have several', async () => {
    expect(await link({ hallId: '2', userId: 'bert' })).toMatchObject({ hallId: '2', userId: 'bert' });
    expect(await link({ hallId: '2', uid: '118', userId: 'bert' })).toMatchObject({ uid: '118', userId: 'bert' });
    expect(await get('1', '117')).toMatchObject({ userId: 'anna' });
  });

  it("a terminal is its player's for ever, also unlinked", async () => {
    const theirs = {
      code: 'ALREADY_EXISTS',
      details: 'uid: terminal 200 of hall 1 belongs to player anna',
    };
    await link({ uid: '200' });
    expect(await refusal(link({ uid: '200', userId: 'bert' }))).toEqual(theirs);
    await fixture.call(method.unlinkTerminal, { hallId: '1', uid: '200' });
    expect(await refusal(link({ uid: '200', userId: 'bert' }))).toEqual(theirs);
    expect(await get('1', '200')).toMatchObject({ userId: 'anna', linked: false });
  });

  it('a hall that has terminals keeps its mode: what was staked in one could not be won in the other', async () => {
    await link({ uid: '201' });
    const transfer = fixture.call(method.updateHall, { hallId: '1', mode: HallMode.TRANSFER });
    expect(await refusal(transfer)).toEqual({
      code: 'FAILED_PRECONDITION',
      details: 'mode: a hall that has terminals keeps its mode',
    });
    const same = { hallId: '1', mode: HallMode.SEAMLESS, agentId: '5' };
    expect(await fixture.call(method.updateHall, same)).toMatchObject({ agentId: '5' });
  });

  it('of many players at once one gets it', async () => {
    const wanted = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'anna' : 'bert'));
    const answers = await Promise.allSettled(wanted.map((userId) => link({ uid: '300', userId })));
    const owner = (await get('1', '300')).userId;
    for (const [index, answer] of answers.entries()) {
      expect(answer.status, `${wanted[index]}, owner ${owner}`).toBe(
        wanted[index] === owner ? 'fulfilled' : 'rejected',
      );
    }
  });

  it.each([
    ['NOT_FOUND', 'hall_id', { hallId: '9' }],
    ['NOT_FOUND', 'user_id', { userId: 'nobody' }],
    ['INVALID_ARGUMENT', 'operator_id', { operatorId: 'other' }],
    ['INVALID_ARGUMENT', 'hall_id', { hallId: 'x' }],
    ['INVALID_ARGUMENT', 'uid', { uid: '' }],
    ['INVALID_ARGUMENT', 'uid', { uid: '1'.repeat(21) }],
    ['INVALID_ARGUMENT', 'uid', { uid: '-1' }],
    ['INVALID_ARGUMENT', 'user_id', { userId: '' }],
  ])('says %s and names %s', async (code, field, wrong) => {
    const refused = await refusal(link({ uid: '400', ...wrong }));
    expect(refused.code).toBe(code);
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
    expect((await refusal(get('1', '400'))).code).toBe('NOT_FOUND');
  });
});

describe('UnlinkTerminal', () => {
  it('closes a terminal, idempotently, and the same player opens it again', async () => {
    const linked = await link({ uid: '500' });
    const unlinked = await fixture.call(method.unlinkTerminal, { hallId: '1', uid: '500' });
    expect(unlinked).toMatchObject({ linked: false, userId: 'anna', createdAtMs: linked.createdAtMs });
    expect(unlinked.updatedAtMs).toBeGreaterThan(linked.updatedAtMs);
    expect(await fixture.call(method.unlinkTerminal, { hallId: '1', uid: '500' })).toEqual(unlinked);
    const again = await link({ uid: '500' });
    expect(again).toMatchObject({ linked: true, createdAtMs: linked.createdAtMs });
    expect(again.updatedAtMs).toBeGreaterThan(unlinked.updatedAtMs);
  });

  it('says NOT_FOUND, as GetTerminal does', async () => {
    const unknown = { code: 'NOT_FOUND', details: 'uid: terminal 999 of hall 1 not found' };
    expect(await refusal(fixture.call(method.unlinkTerminal, { hallId: '1', uid: '999' }))).toEqual(unknown);
    expect(await refusal(get('1', '999'))).toEqual(unknown);
    expect((await refusal(get('1', 'ü'))).code).toBe('INVALID_ARGUMENT');
  });
});

describe("a player's language", () => {
  const speak = (userId: string, language: string) =>
    fixture.call(PlayerService.method.updatePlayer, { operatorId, userId, language });

  it("moves all of the player's terminals, and nobody else's", async () => {
    await addPlayer(fixture.call, 'clara');
    const before = [
      await link({ uid: '600', userId: 'clara' }),
      await link({ hallId: '2', uid: '600', userId: 'clara' }),
    ];
    const other = await link({ uid: '601' });
    await speak('clara', 'ru');
    for (const { hallId, uid, updatedAtMs } of before) {
      const after = await get(hallId, uid);
      expect(after.language).toBe('ru');
      expect(after.updatedAtMs).toBeGreaterThan(updatedAtMs);
    }
    expect(await get('1', '601')).toEqual(other);
  });

  it('other changes of the player move nothing', async () => {
    const before = await link({ uid: '117' });
    await fixture.call(PlayerService.method.updatePlayer, { operatorId, userId: 'anna', group: 'vip' });
    expect(await get('1', '117')).toEqual(before);
  });

  it("a terminal that is linked while its player's language changes is never left with the old one", async () => {
    await addPlayer(fixture.call, 'dora');
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 3 });
    const terminals = createTerminalHandlers({ pool, secrets, now: () => 1 });
    let linked: Promise<unknown> = Promise.resolve();
    // The change of the language has moved the terminals that there are, and has not committed yet.
    await inTransaction(pool, async (connection) => {
      await connection.query("UPDATE players SET language = 'lv' WHERE user_id = 'dora'");
      linked = terminals.linkTerminal(
        create(LinkTerminalRequestSchema, { ...LINK, uid: '700', userId: 'dora' }),
        context,
      );
      await untilSomebodyWaits(pool);
      expect((await refusal(get('1', '700'))).code).toBe('NOT_FOUND');
    });
    expect(await linked).toMatchObject({ language: 'lv' });
    await pool.end();
  });
});

describe('ListTerminals', () => {
  it('pages by hall and uid, each once', async () => {
    for (const uid of ['5', '51', '6', '7']) await link({ hallId: '10', uid });
    expect(await seen({ pageSize: 2, hallId: '10' })).toEqual(['10/5', '10/51', '10/6', '10/7']);
    const all = await seen({ pageSize: 3 });
    expect(all).toEqual([...all].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['1/117', '2/117', '10/51']));
    expect(await seen({ hallId: '77' })).toEqual([]);
  });

  it('lists what changed since, in order of the changes, of one hall or of all', async () => {
    const first = await link({ hallId: '10', uid: '80' });
    const since = first.updatedAtMs + 1_000n;
    const clock = { nowMs: Number(since) };
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });
    const terminals = createTerminalHandlers({ pool, secrets, now: () => clock.nowMs });
    const change = async (hallId: string, uid: string, atMs: bigint): Promise<void> => {
      clock.nowMs = Number(atMs);
      await terminals.linkTerminal(create(LinkTerminalRequestSchema, { ...LINK, hallId, uid }), context);
    };
    await change('10', '82', since + 1n);
    await change('10', '81', since);
    await change('2', '83', since);
    await change('10', '84', since - 1n);
    await change('1', '85', since + 2n);
    await pool.end();
    for (const pageSize of [1, 2, 100]) {
      expect(await seen({ updatedSinceMs: since, pageSize })).toEqual(['10/81', '2/83', '10/82', '1/85']);
    }
    expect(await seen({ updatedSinceMs: since, hallId: '10', pageSize: 1 })).toEqual(['10/81', '10/82']);
    expect(await seen({ updatedSinceMs: since + 3n })).toEqual([]);
  });

  it("lists one player's, in pages, of all halls or of one", async () => {
    await addPlayer(fixture.call, 'emma');
    const emma = { operatorId, userId: 'emma' };
    for (const [hallId, uid] of [
      ['10', '91'],
      ['2', '90'],
      ['10', '90'],
    ] as const) {
      await link({ hallId, uid, userId: 'emma' });
    }
    await fixture.call(method.unlinkTerminal, { hallId: '2', uid: '90' });
    for (const pageSize of [1, 100]) expect(await seen({ ...emma, pageSize })).toEqual(['10/90', '10/91', '2/90']);
    expect(await seen({ ...emma, hallId: '10' })).toEqual(['10/90', '10/91']);
    expect(await seen({ ...emma, userId: 'nobody' })).toEqual([]);
    expect(await seen({ operatorId: 'other', userId: 'emma' })).toEqual([]);
  });

  it.each([
    ['hall_id', { hallId: 'x' }],
    ['operator_id', { userId: 'anna' }],
    ['user_id', { operatorId }],
    ['updated_since_ms', { operatorId, userId: 'anna', updatedSinceMs: 1n }],
    ['page_size', { pageSize: 1_001 }],
    ['updated_since_ms', { updatedSinceMs: -1n }],
    ['page_token', { pageToken: 'x' }],
    ['page_token', { pageToken: tokenOf(['1', 'ü']) }],
    ['page_token', { pageToken: tokenOf(['1', '1', '1']) }],
    ['page_token', { updatedSinceMs: 1n, pageToken: tokenOf(['1', '1']) }],
    ['page_token', { updatedSinceMs: 1n, pageToken: tokenOf(['now', '1', '1']) }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.listTerminals, wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

function tokenOf(key: string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

type Seen = { hallId?: string; operatorId?: string; userId?: string; updatedSinceMs?: bigint; pageSize?: number };

/** All pages, as hall/uid. */
async function seen(request: Seen): Promise<string[]> {
  const found: string[] = [];
  let pageToken = '';
  do {
    const page = await fixture.call(method.listTerminals, { ...request, pageToken });
    expect(page.terminals.length).toBeLessThanOrEqual(request.pageSize ?? 100);
    found.push(...page.terminals.map(({ hallId, uid }) => `${hallId}/${uid}`));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

/** Until the statement that locks the player's row is in the server. */
async function untilSomebodyWaits(pool: ReturnType<typeof createPool>): Promise<void> {
  for (;;) {
    const waiting = await selectRow(
      pool,
      "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT player_id FROM players%FOR UPDATE'",
    );
    if (waiting !== null) return;
  }
}
