import { describe, expect, it } from 'vitest';
import { Fields } from './fields.ts';
import { scanMembers } from './members.ts';

function fieldsOf(text: string): Fields {
  return new Fields(JSON.parse(text), scanMembers(text, 0));
}

/** What one reading gives and complains about. */
function reading<T>(text: string, read: (fields: Fields) => T): { value: T; problem: string | null } {
  const fields = fieldsOf(text);
  return { value: read(fields), problem: fields.problem };
}

describe('integer', () => {
  const read = (text: string) =>
    reading(`{"transaction_id":${text}}`, (fields) => fields.integer('transaction_id', 20));

  it.each([
    ['3568', '3568'],
    ['"3568"', '3568'],
    ['0', '0'],
    ['"0003568"', '3568'],
    ['"000"', '0'],
    ['18446744073709551617', '18446744073709551617'],
    ['99999999999999999999', '99999999999999999999'],
    ['"99999999999999999999"', '99999999999999999999'],
  ])('reads %s', (text, value) => expect(read(text)).toEqual({ value, problem: null }));

  it.each([
    '100000000000000000000',
    '-1',
    '-0',
    '1.0',
    '1e3',
    '1E400',
    '""',
    '" 1"',
    '"1 "',
    '"0x1"',
    '"١"',
    'null',
    'true',
    '[1]',
    '{}',
  ])('refuses %s', (text) =>
    expect(read(text).problem).toBe('transaction_id must be a whole number of up to 20 digits'),
  );
});

describe('userId', () => {
  const read = (text: string) => reading(`{"user_id":${text}}`, (fields) => fields.userId());

  it.each([
    ['"611"', '611'],
    ['611', '611'],
    ['92233720368547758080', '92233720368547758080'],
    ['"Jürgen 😀"', 'Jürgen 😀'],
    [`"${'😀'.repeat(70)}"`, '😀'.repeat(70)],
  ])('reads %s', (text, value) => expect(read(text)).toEqual({ value, problem: null }));

  it.each([
    '""',
    `"${'x'.repeat(71)}"`,
    `"${'😀'.repeat(71)}"`,
    '"6|11"',
    '"6\\u000011"',
    '"\\ud800"',
    '-1',
    '1.5',
    '1e2',
    'null',
    '[]',
    'false',
  ])('refuses %s', (text) => expect(read(text).problem).toMatch(/^user_id must be /));

  it('goes out as a string, as it was written', () => {
    expect(fieldsOf('{"user_id":113}').rawUserId()).toBe('"113"');
    expect(fieldsOf('{"user_id":"\\u0036"}').rawUserId()).toBe('"\\u0036"');
  });
});

describe('token', () => {
  it('may be empty, and null only where the table says so', () => {
    expect(reading('{"token":""}', (fields) => fields.token())).toEqual({ value: '', problem: null });
    expect(reading('{"token":null}', (fields) => fields.tokenOrNull())).toEqual({ value: '', problem: null });
    expect(reading('{"token":null}', (fields) => fields.token()).problem).toMatch(/^token must be /);
    expect(reading('{}', (fields) => fields.tokenOrNull()).problem).toMatch(/^token must be /);
    expect(reading(`{"token":"${'x'.repeat(51)}"}`, (fields) => fields.tokenOrNull()).problem).toMatch(
      /^token must be /,
    );
  });
});

describe('amountUnits', () => {
  const read = (text: string) => reading(`{"amount":${text}}`, (fields) => fields.amountUnits('amount'));

  it.each([
    ['3', 300n],
    ['3.0', 300n],
    ['17.25', 1725n],
    ['"17.25"', 1725n],
    ['1.0e+15', 100_000_000_000_000_000n],
    ['9999999999999999.99', 999_999_999_999_999_999n],
    ['0.30', 30n],
  ])('reads %s', (text, value) => expect(read(text)).toEqual({ value, problem: null }));

  it.each(['-1', '-0', '0.001', '10000000000000000', '1e400', '""', '"a"', 'null', 'true', '[3]', '{}'])(
    'refuses %s',
    (text) => expect(read(text).problem).toMatch(/^amount must be a decimal/),
  );
});

describe('currencyCode', () => {
  const read = (text: string) => reading(`{"currency_code":${text}}`, (fields) => fields.currencyCode());

  it.each(['EUR', 'mBTC', '$'])('reads %s', (value) => expect(read(`"${value}"`)).toEqual({ value, problem: null }));

  it.each(['""', '"EUROS"', '"E R"', '"EU|"', '"€"', 'null', '978'])('refuses %s', (text) =>
    expect(read(text).problem).toMatch(/^currency_code must be /),
  );
});

describe('the other types', () => {
  it('reads them by the table', () => {
    const fields = fieldsOf(
      '{"b":true,"n":null,"transaction_type":"REFUND","at":"2020-12-01 13:44:54","o":{"a":1},"t":"x"}',
    );
    expect(fields.booleanOrNull('b')).toBe(true);
    expect(fields.booleanOrNull('n')).toBeNull();
    expect(fields.transactionType()).toBe('REFUND');
    expect(fields.dateTimeMs('at')).toBe(Date.UTC(2020, 11, 1, 13, 44, 54));
    expect(fields.object('o')).toEqual({ a: 1 });
    expect(fields.text('t', 1)).toBe('x');
    expect(fields.problem).toBeNull();
  });

  it.each<[string, (fields: Fields) => unknown]>([
    ['b', (fields) => fields.booleanOrNull('b')],
    ['transaction_type', (fields) => fields.transactionType()],
    ['at', (fields) => fields.dateTimeMs('at')],
    ['o', (fields) => fields.object('o')],
    ['t', (fields) => fields.text('t', 10)],
  ])('names %s where it is absent, or of another type', (name, read) => {
    expect(reading('{}', read).problem).toMatch(new RegExp(`^${name} must be `));
    expect(reading(`{"${name}":[1]}`, read).problem).toMatch(new RegExp(`^${name} must be `));
    expect(reading(`{"${name}":1}`, read).problem).toMatch(new RegExp(`^${name} must be `));
  });

  it('takes no value from a prototype', () => {
    const fields = fieldsOf('{"__proto__":{"token":"x"}}');
    fields.token();
    expect(fields.problem).toMatch(/^token must be /);
  });
});

describe('problem', () => {
  it('names the first malformed field', () => {
    const fields = fieldsOf('{}');
    fields.token();
    fields.userId();
    expect(fields.problem).toMatch(/^token /);
  });

  it('names a field that occurs twice before all others', () => {
    expect(reading('{"user_id":"1","user_id":"2"}', (fields) => fields.token()).problem).toBe('user_id occurs twice');
    expect(fieldsOf(`{"${'x'.repeat(50)}":1,"${'x'.repeat(50)}":2}`).problem).toBe(`${'x'.repeat(40)} occurs twice`);
  });
});
