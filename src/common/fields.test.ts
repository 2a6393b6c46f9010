import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Fault } from './fault.ts';
import * as fields from './fields.ts';

function faultOf(check: () => unknown): Fault | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

describe('user_id', () => {
  it.each(['1', 'x'.repeat(70), 'Jürgen 7', '😀'.repeat(70), '__proto__', "'; DROP TABLE players"])(
    'takes %s',
    (value) => {
      expect(fields.userId(value)).toBe(value);
    },
  );

  it.each(['', 'x'.repeat(71), '😀'.repeat(71), ' 611', '611 ', '6|11', '6\u000011', '611\n', '\u00a0611'])(
    'refuses %j',
    (value) => {
      const fault = faultOf(() => fields.userId(value));
      expect(fault?.code).toBe(status.INVALID_ARGUMENT);
      expect(fault?.message).toMatch(/^user_id: /);
    },
  );
});

describe('allowlist', () => {
  it('takes addresses and ranges of both families, each once', () => {
    const values = ['10.0.0.1', '10.0.0.0/8', '2001:db8::1', '2001:db8::/32', '10.0.0.1'];
    expect(fields.allowlist(values)).toEqual(values.slice(0, 4));
    expect(fields.allowlist([])).toEqual([]);
  });

  it.each([
    '10',
    '10.0.0',
    '010.0.0.1',
    '0x0a.0.0.1',
    '10.0.0.1/33',
    '10.0.0.1/',
    '2001:db8::/129',
    'localhost',
    '',
    '*',
  ])('refuses %j', (value) => {
    expect(faultOf(() => fields.allowlist([value]))?.code).toBe(status.INVALID_ARGUMENT);
  });
});

describe('the other fields', () => {
  it.each([
    ['operator_id', () => fields.operatorId('')],
    ['operator_id', () => fields.operatorId('x'.repeat(21))],
    ['operator_id', () => fields.operatorId('exämple')],
    ['operator_id', () => fields.operatorId('example ')],
    ['provider', () => fields.provider('Platform')],
    ['game_id', () => fields.gameId('2|00')],
    ['game_id', () => fields.gameId('')],
    ['game_id', () => fields.gameId('2'.repeat(33))],
    ['currency_code', () => fields.currencyCode('EURO€')],
    ['currency_code', () => fields.currencyCode('')],
    ['token', () => fields.sessionToken('x'.repeat(19))],
    ['token', () => fields.sessionToken('x'.repeat(51))],
    ['token', () => fields.sessionToken(`${'x'.repeat(20)}-`)],
    ['secret', () => fields.secret('')],
    ['secret', () => fields.secret('schlüssel')],
    ['secret', () => fields.secret('x'.repeat(256))],
    ['note', () => fields.note('x'.repeat(256))],
    ['currencies', () => fields.currencies([])],
    ['currencies', () => fields.currencies(['EUR', 'EUROS'])],
    ['allowlist', () => fields.allowlist(Array.from({ length: 201 }, (_, index) => `10.0.0.${index}`))],
    ['page_size', () => fields.pageSize(1_001)],
    ['limits.bet_max_units', () => fields.limitUnits(-1n, 'limits.bet_max_units')],
    ['limits.bet_max_units', () => fields.limitUnits(10n ** 18n, 'limits.bet_max_units')],
  ])('%s is refused by name', (field, check) => {
    const fault = faultOf(check);
    expect(fault?.code).toBe(status.INVALID_ARGUMENT);
    expect(fault?.message.startsWith(`${field}: `)).toBe(true);
  });

  it('a secret is not part of the error', () => {
    expect(faultOf(() => fields.secret('geheim-ü'))?.message).not.toContain('geheim');
  });

  it('takes what is at the limits', () => {
    expect(fields.gameId('!{}~')).toBe('!{}~');
    expect(fields.limitUnits(999_999_999_999_999_999n, 'x')).toBe(999_999_999_999_999_999n);
    expect(fields.limitUnits(0n, 'x')).toBe(0n);
    expect(fields.limitUnits(undefined, 'x')).toBeNull();
    expect(fields.pageSize(0)).toBe(100);
    expect(fields.pageSize(1_000)).toBe(1_000);
    expect(fields.secret('x'.repeat(255))).toHaveLength(255);
  });
});
