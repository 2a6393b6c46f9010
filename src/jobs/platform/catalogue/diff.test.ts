import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Diff, diffEntries, type KnownEntry } from './diff.ts';
import type { Entry } from './entries.ts';

type Fields = { title: string; enabled: boolean; funMode: boolean };

const fields = fc.record({ title: fc.constantFrom('a', 'b', ''), enabled: fc.boolean(), funMode: fc.boolean() });
const entry: fc.Arbitrary<Entry<Fields>> = fc.record({ fields, digest: fc.constantFrom('1', '2') });
const known: fc.Arbitrary<KnownEntry<Fields>> = fc
  .record({ entry, isMissing: fc.boolean() })
  .map((each) => ({ ...each.entry, isMissing: each.isMissing }));
const ids = fc.integer({ min: 1, max: 8 }).map(String);
const mapOf = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(ids, value), { maxLength: 10 }).map((all) => new Map(all));

/** What the tables hold afterwards. */
function applied(
  before: ReadonlyMap<string, KnownEntry<Fields>>,
  listed: ReadonlyMap<string, Entry<Fields>>,
  diff: Diff,
): Map<string, KnownEntry<Fields>> {
  const after = new Map(before);
  for (const id of [...diff.added, ...diff.changed]) {
    const now = listed.get(id);
    if (now === undefined) throw new Error(`${id} is not listed`);
    after.set(id, { ...now, isMissing: before.get(id)?.isMissing ?? false });
  }
  const mark = (id: string, isMissing: boolean): void => {
    const row = after.get(id);
    if (row === undefined) throw new Error(`${id} is not known`);
    after.set(id, { ...row, isMissing });
  };
  for (const id of diff.back) mark(id, false);
  for (const id of diff.missing) mark(id, true);
  return after;
}

describe('diffEntries', () => {
  test('applied, the tables are as the list says, nothing is deleted, and the same list changes nothing', () => {
    fc.assert(
      fc.property(mapOf(known), mapOf(entry), (before, listed) => {
        const after = applied(before, listed, diffEntries(before, listed));
        for (const [id, { fields, digest }] of listed)
          expect(after.get(id)).toEqual({ fields, digest, isMissing: false });
        for (const [id, row] of before) {
          if (!listed.has(id)) expect(after.get(id)).toEqual({ ...row, isMissing: true });
        }
        expect(after.size).toBe(new Set([...before.keys(), ...listed.keys()]).size);
        expect(diffEntries(after, listed)).toEqual({ added: [], changed: [], missing: [], back: [], changes: [] });
      }),
    );
  });

  test('each thing that differs is told of once, with what was and what is', () => {
    fc.assert(
      fc.property(mapOf(known), mapOf(entry), (before, listed) => {
        const { changes } = diffEntries(before, listed);
        const told = changes.map(({ itemId, field }) => `${itemId} ${field}`);
        expect(new Set(told).size).toBe(told.length);
        const expected: string[] = [];
        for (const [id, now] of listed) {
          const was = before.get(id);
          if (was === undefined) expected.push(`${id} added`);
          if (was === undefined) continue;
          if (was.isMissing) expected.push(`${id} back`);
          const names = (['title', 'enabled', 'funMode'] as const).filter(
            (name) => was.fields[name] !== now.fields[name],
          );
          expected.push(...names.map((name) => `${id} ${name === 'funMode' ? 'fun_mode' : name}`));
          if (names.length === 0 && was.digest !== now.digest) expected.push(`${id} details`);
        }
        for (const [id, was] of before) if (!was.isMissing && !listed.has(id)) expected.push(`${id} missing`);
        expect(told.sort()).toEqual(expected.sort());
      }),
    );
  });

  test('values are as the list has them', () => {
    const before = new Map([['1', { fields: { enabled: true, title: 'a' }, digest: '1', isMissing: false }]]);
    const listed = new Map([['1', { fields: { enabled: false, title: 'b' }, digest: '2' }]]);
    expect(diffEntries(before, listed).changes).toEqual([
      { itemId: '1', field: 'enabled', valueBefore: '1', valueAfter: '0' },
      { itemId: '1', field: 'title', valueBefore: 'a', valueAfter: 'b' },
    ]);
  });
});
