import { expect, test } from 'vitest';
import { TransactionStatus } from '../../../gen/wallet/v1/money_pb.ts';
import { mismatch, playedDay } from './target.ts';

const DAY_MS = 86_400_000n;
const AT_MS = BigInt(Date.parse('2026-11-18T23:59:59.999Z'));
const ROW = { currency_code: 'EUR', report_day: '2026-11-18' };
const BET = {
  ...{ roundId: 'r1', kind: 'bet', status: TransactionStatus.OK, currencyCode: 'EUR' },
  ...{ occurredAtMs: AT_MS, createdAtMs: AT_MS + 5n },
};

test("a transaction's day is the provider's, as far as it said so and within two days", () => {
  expect(playedDay(BET)).toBe('2026-11-18');
  expect(playedDay({ ...BET, occurredAtMs: 0n })).toBe('2026-11-19');
  expect(playedDay({ ...BET, roundId: '' })).toBe('2026-11-19');
  expect(playedDay({ ...BET, occurredAtMs: AT_MS, createdAtMs: AT_MS + 2n * DAY_MS })).toBe('2026-11-18');
  expect(playedDay({ ...BET, occurredAtMs: AT_MS, createdAtMs: AT_MS + 2n * DAY_MS + 1n })).toBe('2026-11-21');
  expect(playedDay({ ...BET, occurredAtMs: AT_MS, createdAtMs: AT_MS - 2n * DAY_MS })).toBe('2026-11-18');
});

test('only what stands, moved money and is of the day and the currency may be canceled', () => {
  expect(mismatch(ROW, BET)).toBeNull();
  expect(mismatch(ROW, { ...BET, status: TransactionStatus.CANCELED })).toMatch(/canceled/);
  expect(mismatch(ROW, { ...BET, status: TransactionStatus.ERROR })).toMatch(/no money/);
  expect(mismatch(ROW, { ...BET, kind: 'deposit' })).toMatch(/no money/);
  expect(mismatch(ROW, { ...BET, currencyCode: 'USD' })).toMatch(/currency/);
  expect(mismatch(ROW, { ...BET, occurredAtMs: 0n })).toMatch(/day/);
});
