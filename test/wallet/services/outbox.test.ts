import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { ClaimMessagesRequestSchema, OutboxService } from '../../../src/gen/wallet/v1/outbox_pb.ts';
import { createOutboxService } from '../../../src/wallet/services/outbox.ts';
import { connect } from '../lanes/fixture.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = OutboxService;
const { operatorId } = OPERATOR;

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611', 100_000n);
});
afterAll(() => fixture.stop());

/** Each finished round owes one message. */
async function finishRounds(names: readonly string[]): Promise<void> {
  for (const roundId of names) {
    const round = { operatorId, userId: '611', provider: 'test', roundId, gameId: '1' };
    await fixture.call(MoneyService.method.bet, { ...round, transactionId: `bet-${roundId}`, amountUnits: 1n });
    await fixture.call(MoneyService.method.finishRound, round);
  }
}

const claim = (request = {}) => fixture.call(method.claimMessages, { limit: 1_000, leaseMs: 600_000, ...request });
const roundOf = (message: { payload: string }): string => JSON.parse(message.payload).roundId;

/** What earlier tests leased is there as well. */
async function emptyOutbox(): Promise<void> {
  const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });
  await pool.query('DELETE FROM outbox');
  await pool.end();
}

async function stats(): Promise<{ messages: number; oldestAtMs: bigint }> {
  const { messages, oldestAtMs } = await fixture.call(method.getOutboxStats, {});
  return { messages, oldestAtMs };
}

async function completeAll(): Promise<void> {
  const { messages } = await claim();
  await fixture.call(method.completeMessages, { messageIds: messages.map((message) => message.messageId) });
}

describe('ClaimMessages', () => {
  it('leases what is owed, oldest first, and to nobody else meanwhile', async () => {
    await completeAll();
    await finishRounds(['a', 'b', 'c']);
    const first = await claim({ limit: 2 });
    expect(first.messages).toHaveLength(2);
    expect(first.messages[0]).toMatchObject({ topic: 'round-close' });
    const second = await claim();
    const messages = [...first.messages, ...second.messages];
    expect(messages.map(roundOf).sort()).toEqual(['a', 'b', 'c']);
    const times = messages.map((message) => Number(message.createdAtMs));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((await claim()).messages).toEqual([]);
  });

  it('hands each message to one of many who claim at once', async () => {
    await completeAll();
    const names = Array.from({ length: 40 }, (_, index) => `many-${index}`);
    await finishRounds(names);
    const claims = await Promise.all(Array.from({ length: 20 }, () => claim({ limit: 5 })));
    const more = await claim();
    const handed = [...claims, more].flatMap(({ messages }) => messages.map(roundOf));
    expect(handed.sort()).toEqual([...names].sort());
  });

  it('hands out again what was not completed when its lease ran out', async () => {
    await completeAll();
    await finishRounds(['lease']);
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });
    let nowMs = Date.now();
    const outbox = createOutboxService({ pool, now: () => nowMs });
    const claimNow = async () => {
      const context = { service: 'test', requestId: 'r', deadlineAtMs: nowMs + 10_000 };
      const { messages = [] } = await outbox.claimMessages(
        create(ClaimMessagesRequestSchema, { leaseMs: 1_000 }),
        context,
      );
      return messages.map((message) => message.messageId);
    };
    const first = await claimNow();
    expect(first).toHaveLength(1);
    nowMs += 999;
    expect(await claimNow()).toEqual([]);
    nowMs += 1;
    expect(await claimNow()).toEqual(first);
    nowMs += 1_000;
    await fixture.call(method.completeMessages, { messageIds: first.map((id) => id ?? 0n) });
    expect(await claimNow()).toEqual([]);
    await pool.end();
  });

  it.each([
    ['limit', { limit: 1_001 }],
    ['lease_ms', { leaseMs: 999 }],
    ['lease_ms', { leaseMs: 600_001 }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(claim(wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe('GetOutboxStats', () => {
  it('counts what is owed, leased or not, and says since when', async () => {
    await emptyOutbox();
    expect(await stats()).toEqual({ messages: 0, oldestAtMs: 0n });
    await finishRounds(['stats-1', 'stats-2', 'stats-3']);
    const { messages } = await claim({ limit: 2 });
    const [oldest] = messages;
    expect(await stats()).toEqual({ messages: 3, oldestAtMs: oldest?.createdAtMs });
    await fixture.call(method.completeMessages, { messageIds: messages.map((message) => message.messageId) });
    const [last] = (await claim()).messages;
    expect(await stats()).toEqual({ messages: 1, oldestAtMs: last?.createdAtMs });
  });
});

describe('CompleteMessages', () => {
  it('removes messages, idempotently', async () => {
    await completeAll();
    await finishRounds(['complete-1', 'complete-2']);
    const { messages } = await claim();
    const messageIds = messages.map((message) => message.messageId);
    for (const _ of [1, 2]) await fixture.call(method.completeMessages, { messageIds });
    await fixture.call(method.completeMessages, { messageIds: [] });
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });
    const [rows] = await pool.query('SELECT * FROM outbox WHERE message_id IN (?)', [messageIds]);
    await pool.end();
    expect(rows).toEqual([]);
  });

  /** Enough ids, of a table that is small enough, that MariaDB reads it whole where it is let. */
  it('does not wait for what money transactions are just writing, nor does a claim', async () => {
    await emptyOutbox();
    const lane = await connect(fixture.databaseUrl);
    onTestFinished(() => lane.end());
    const insert = (ids: readonly number[]) =>
      lane.query('INSERT INTO outbox VALUES ?', [ids.map((id) => [id, 1, 'round-close', '{}', id, id])]);
    const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
    await insert(numbers(0, 200).map((n) => 10 + 10 * n));
    await lane.query('ANALYZE TABLE outbox');
    await lane.beginTransaction();
    await insert(numbers(0, 200).map((n) => 11 + 10 * n));

    expect((await claim({ limit: 100 })).messages).toHaveLength(100);
    // Some of them are not there, next to those that are just being written.
    const messageIds = numbers(0, 100).flatMap((n) => [BigInt(10 + 10 * n), BigInt(12 + 10 * n)]);
    await fixture.call(method.completeMessages, { messageIds });
    expect(await stats()).toMatchObject({ messages: 100 });
    await lane.rollback();
    await emptyOutbox();
  });

  it('says INVALID_ARGUMENT for more than 1000 at once', async () => {
    const messageIds = Array.from({ length: 1_001 }, (_, index) => BigInt(index));
    const refused = await refusal(fixture.call(method.completeMessages, { messageIds }));
    expect(refused).toEqual({ code: 'INVALID_ARGUMENT', details: 'message_ids: must be at most 1000' });
  });
});
