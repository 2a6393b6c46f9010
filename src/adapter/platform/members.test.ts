import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanMembers, skipSpace } from './members.ts';

describe('scanMembers', () => {
  it('gives every value as it was written', () => {
    const text =
      ' {"id" : 18446744073709551616,\n"amount":3.0 , "text":"a\\"}{,", "nested":{"a":[1,{"b":"]"}]},"last":null}';
    const members = scanMembers(text, skipSpace(text, 0));
    expect(members.names).toEqual(['id', 'amount', 'text', 'nested', 'last']);
    expect(members.raw('id')).toBe('18446744073709551616');
    expect(members.raw('amount')).toBe('3.0');
    expect(members.raw('text')).toBe('"a\\"}{,"');
    expect(members.raw('nested')).toBe('{"a":[1,{"b":"]"}]}');
    expect(members.raw('last')).toBe('null');
    expect(members.raw('absent')).toBeUndefined();
  });

  it('reads names that are written with escapes', () => {
    expect(scanMembers('{"\\u0061mount":1}', 0).raw('amount')).toBe('1');
  });

  it('counts the backslashes before a quote', () => {
    const members = scanMembers('{"a":"\\\\","b":"\\\\\\"","c":1}', 0);
    expect(members.names).toEqual(['a', 'b', 'c']);
    expect(members.raw('b')).toBe('"\\\\\\""');
  });

  it('names what occurs twice, and gives the last', () => {
    const members = scanMembers('{"a":1,"__proto__":2,"a":3}', 0);
    expect(members.duplicate()).toBe('a');
    expect(members.raw('a')).toBe('3');
    expect(scanMembers('{"a":1,"__proto__":2}', 0).duplicate()).toBeUndefined();
  });

  it('does not recurse', () => {
    const deep = 32_000;
    const text = `{"deep":${'['.repeat(deep)}${']'.repeat(deep)},"next":1}`;
    expect(scanMembers(text, 0).raw('next')).toBe('1');
  });

  it('agrees with JSON.parse on any object, however it is spaced', () => {
    const spaces = fc.constantFrom(undefined, 1, '\t');
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), spaces, (object, space) => {
        const text = JSON.stringify(object, null, space);
        const parsed: Record<string, unknown> = JSON.parse(text);
        const members = scanMembers(text, 0);
        expect(members.names).toHaveLength(Object.keys(parsed).length);
        for (const name of members.names) expect(JSON.parse(members.raw(name) ?? '')).toEqual(parsed[name]);
      }),
    );
  });
});
