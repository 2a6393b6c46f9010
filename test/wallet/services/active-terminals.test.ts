import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HallService, type Terminal } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = HallService;
const { operatorId } = OPERATOR;
const FROM_MS = 1_800_000_000_000n;
const DAY_MS = 86_400_000n;
const HOUR_MS = 3_600_000n;

let fixture: Fixture;

/** Players, and when each one's ledger row is of. */
const PLAYED: Record<string, bigint> = {
  before: FROM_MS - 1n,
  first: FROM_MS,
  last: FROM_MS + HOUR_MS - 1n,
  after: FROM_MS + HOUR_MS,
};

beforeAll(async () => {
  fixture = await startFixture();
  const { call } = fixture;
  await addOperator(call);
  for (const hallId of ['1', '10', '2']) {
    await call(method.createHall, { hallId, operatorId, secret: 's', pathSecret: 'path' });
  }
  const connection = await createConnection(fixture.databaseUrl);
  for (const [index, [userId, atMs]] of Object.entries(PLAYED).entries()) {
    await addPlayer(call, userId, 500n);
    await call(MoneyService.method.withdraw, { operatorId, userId, transactionId: `w-${userId}`, amountUnits: 1n });
    await connection.query(
      'UPDATE transactions t JOIN players p ON p.player_id = t.player_id SET t.created_at_ms = ? WHERE p.user_id = ?',
      [atMs, userId],
    );
    for (const hallId of ['1', '10', '2']) {
      await call(method.linkTerminal, { hallId, uid: String(index), operatorId, userId });
    }
  }
  await connection.end();
  await addPlayer(call, 'idle');
  await call(method.linkTerminal, { hallId: '1', uid: '9', operatorId, userId: 'idle' });
  await call(method.unlinkTerminal, { hallId: '10', uid: '1' });
});
afterAll(() => fixture.stop());

async function active(request: { fromMs: bigint; untilMs: bigint; pageSize?: number }): Promise<Terminal[]> {
  const found: Terminal[] = [];
  let pageToken = '';
  do {
    const page = await fixture.call(method.listActiveTerminals, { ...request, pageToken });
    expect(page.terminals.length).toBeLessThanOrEqual(request.pageSize ?? 1_000);
    found.push(...page.terminals);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

const names = (terminals: readonly Terminal[]) => terminals.map(({ hallId, uid }) => `${hallId}/${uid}`);

describe('ListActiveTerminals', () => {
  it.each([1, 2, 6, 10_000])(
    'lists each terminal of who played in the span once, linked or not, %i a page',
    async (pageSize) => {
      const found = await active({ fromMs: FROM_MS, untilMs: FROM_MS + HOUR_MS, pageSize });
      expect(names(found)).toEqual(['1/1', '1/2', '10/1', '10/2', '2/1', '2/2']);
      expect(found[2]).toMatchObject({ userId: 'first', operatorId, currencyCode: 'EUR', linked: false });
    },
  );

  it('takes in the beginning of the span and not its end, up to a day', async () => {
    expect(names(await active({ fromMs: FROM_MS - 1n, untilMs: FROM_MS }))).toEqual(['1/0', '10/0', '2/0']);
    expect(await active({ fromMs: FROM_MS + HOUR_MS, untilMs: FROM_MS + DAY_MS + HOUR_MS })).toHaveLength(3);
    expect(await active({ fromMs: FROM_MS - 1n, untilMs: FROM_MS + DAY_MS - 1n })).toHaveLength(12);
    expect(await active({ fromMs: 0n, untilMs: DAY_MS })).toEqual([]);
  });

  it.each([
    ['from_ms', { fromMs: -1n, untilMs: 1n }],
    ['until_ms', { fromMs: 5n, untilMs: 5n }],
    ['until_ms', { fromMs: 5n, untilMs: 4n }],
    ['until_ms', { fromMs: 5n, untilMs: DAY_MS + 6n }],
    ['page_size', { fromMs: 0n, untilMs: 1n, pageSize: 10_001 }],
    ['page_token', { fromMs: 0n, untilMs: 1n, pageToken: 'x' }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.listActiveTerminals, wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});
