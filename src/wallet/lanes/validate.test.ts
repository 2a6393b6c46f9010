import { describe, expect, test } from 'vitest';
import { OperationKind } from '../../gen/wallet/v1/money_pb.ts';
import { MAX_UNITS } from '../core/ledger.ts';
import { type OperationInit, operation } from './test-request.ts';
import { invalidField } from './validate.ts';

/** The field that is named, or null where nothing is wrong. */
function fieldOf(more: OperationInit): string | null {
  return invalidField(operation(more))?.split(':')[0] ?? null;
}

const KINDS = Object.values(OperationKind).filter((kind) => kind !== OperationKind.UNSPECIFIED);
const WITHOUT_USER: readonly OperationKind[] = [OperationKind.AUTHENTICATE];
const WITHOUT_TRANSACTION: readonly OperationKind[] = [
  OperationKind.AUTHENTICATE,
  OperationKind.BALANCE,
  OperationKind.FINISH_ROUND,
];

test.each(KINDS)('kind %s of what is valid passes', (kind) => {
  expect(invalidField(operation({ kind }))).toBeNull();
});

test('a kind that does not exist', () => {
  expect(fieldOf({ kind: OperationKind.UNSPECIFIED })).toBe('kind');
  expect(fieldOf({ kind: 12 as OperationKind })).toBe('kind');
});

describe('what a kind needs', () => {
  test.each(KINDS)('kind %s: the user', (kind) => {
    expect(fieldOf({ kind, userId: '' })).toBe(WITHOUT_USER.includes(kind) ? null : 'user_id');
  });

  test.each(KINDS)('kind %s: the transaction id', (kind) => {
    expect(fieldOf({ kind, transactionId: '' })).toBe(WITHOUT_TRANSACTION.includes(kind) ? null : 'transaction_id');
  });

  test.each(KINDS)('kind %s: the round', (kind) => {
    expect(fieldOf({ kind, roundId: '' })).toBe(kind === OperationKind.FINISH_ROUND ? 'round_id' : null);
  });

  test.each(KINDS)('kind %s: only a correction may be negative', (kind) => {
    expect(fieldOf({ kind, amountUnits: -1n })).toBe(kind === OperationKind.CORRECTION ? null : 'amount_units');
  });
});

describe('each field', () => {
  test.each<[keyof OperationInit & string, string, string[], string[]]>([
    [
      'operatorId',
      'operator_id',
      ['a', 'Casino_1.eu-x', 'a'.repeat(20)],
      ['', 'a'.repeat(21), 'a b', 'ä', "a'", 'a\n', 'a;'],
    ],
    [
      'userId',
      'user_id',
      ['611', 'ann lee', 'ä€', 'u'.repeat(70), '😀'.repeat(70)],
      ['u'.repeat(71), '😀'.repeat(71), ' 611', '611 ', '611\n', '\u00a0u'],
    ],
    ['provider', 'provider', ['p', 'a_b-9', 'p'.repeat(16)], ['', 'p'.repeat(17), 'Platform', 'a.b', 'a b', 'p\n']],
    [
      'transactionId',
      'transaction_id',
      ['18446744073709551616', '!~', 't'.repeat(64)],
      ['t'.repeat(65), 'a b', 'a\tb', 'ä', 't\n', '\0'],
    ],
    ['roundId', 'round_id', ['', '99999999999999999999', 'r'.repeat(64)], ['r'.repeat(65), 'a b', 'ü', 'r\n']],
    ['gameId', 'game_id', ['', '403', 'g'.repeat(32)], ['g'.repeat(33), 'a b', 'ü', 'g\n']],
    ['currencyCode', 'currency_code', ['', 'EUR', 'mBTC'], ['EURO5', 'E R', 'EU€', 'EUR\n']],
    ['sessionToken', 'session_token', ['', 'a b', 't'.repeat(255)], ['t'.repeat(256), 'a\tb', 'ü', 't\n']],
    ['requestId', 'request_id', ['', 'r'.repeat(64)], ['r'.repeat(65), 'a b', 'ü', 'r\n']],
  ])('%s', (name, field, good, bad) => {
    for (const value of good) expect([value, fieldOf({ [name]: value })]).toEqual([value, null]);
    for (const value of bad) expect([value, fieldOf({ [name]: value })]).toEqual([value, field]);
  });

  test('amount_units', () => {
    expect(fieldOf({ amountUnits: 0n })).toBeNull();
    expect(fieldOf({ amountUnits: MAX_UNITS })).toBeNull();
    expect(fieldOf({ amountUnits: MAX_UNITS + 1n })).toBe('amount_units');
    const correction = { kind: OperationKind.CORRECTION };
    expect(fieldOf({ ...correction, amountUnits: -MAX_UNITS })).toBeNull();
    expect(fieldOf({ ...correction, amountUnits: -MAX_UNITS - 1n })).toBe('amount_units');
  });

  test('occurred_at_ms', () => {
    expect(fieldOf({ occurredAtMs: 0n })).toBeNull();
    expect(fieldOf({ occurredAtMs: 2n ** 63n - 1n })).toBeNull();
    expect(fieldOf({ occurredAtMs: -1n })).toBe('occurred_at_ms');
  });

  test('context: as many bytes as a TEXT column holds, in UTF-8', () => {
    expect(fieldOf({ context: 'c'.repeat(65_535) })).toBeNull();
    expect(fieldOf({ context: 'c'.repeat(65_536) })).toBe('context');
    expect(fieldOf({ context: '€'.repeat(21_845) })).toBeNull();
    expect(fieldOf({ context: '€'.repeat(21_846) })).toBe('context');
    expect(fieldOf({ context: '🎰'.repeat(16_384) })).toBe('context');
  });
});

describe('what only a bet has', () => {
  test.each(KINDS)('kind %s: a win that comes with it, and that it is void when late', (kind) => {
    const isBet = kind === OperationKind.BET;
    expect(fieldOf({ kind, winUnits: 1n })).toBe(isBet ? null : 'win_units');
    expect(fieldOf({ kind, voidIfLate: true })).toBe(isBet ? null : 'void_if_late');
  });

  test('win_units: 0 or more', () => {
    expect(fieldOf({ winUnits: MAX_UNITS })).toBeNull();
    expect(fieldOf({ winUnits: MAX_UNITS + 1n })).toBe('win_units');
    expect(fieldOf({ winUnits: -1n })).toBe('win_units');
  });

  test('a transaction id that leaves room for that of the win', () => {
    expect(fieldOf({ winUnits: 1n, transactionId: 't'.repeat(60) })).toBeNull();
    expect(fieldOf({ winUnits: 1n, transactionId: 't'.repeat(61) })).toBe('transaction_id');
    expect(fieldOf({ transactionId: 't'.repeat(64), voidIfLate: true })).toBeNull();
  });
});

test('a message says the field as the proto has it, and never the value', () => {
  const bad = { operatorId: 'S3CRET!', sessionToken: 'S3CRET\t' };
  expect(invalidField(operation({ operatorId: bad.operatorId }))).toMatch(/^operator_id: /);
  for (const [name, value] of Object.entries(bad)) {
    expect(invalidField(operation({ [name]: value }))).not.toContain('S3CRET');
  }
});
