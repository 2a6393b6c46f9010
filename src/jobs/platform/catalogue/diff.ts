import type { Entry } from './entries.ts';

export type KnownEntry<F> = Entry<F> & { isMissing: boolean };

/** `field`: added, missing, back, or a field of the entry; details: only something else of its body. */
export type EntryChange = { itemId: string; field: string; valueBefore: string; valueAfter: string };

export type Diff = {
  added: string[];
  /** Something of them differs, whether or not they were missing. */
  changed: string[];
  missing: string[];
  /** Were missing, and are listed again. */
  back: string[];
  changes: EntryChange[];
};

type Value = string | boolean;
type Fields = Readonly<Record<string, Value>>;

/**
 * What a list changes. Applied, the same list changes nothing. Of an entry that was missing and is back it is also told what differs from
 * before.
 */
export function diffEntries<F extends Fields>(
  known: ReadonlyMap<string, KnownEntry<F>>,
  listed: ReadonlyMap<string, Entry<F>>,
): Diff {
  const diff: Diff = { added: [], changed: [], missing: [], back: [], changes: [] };
  for (const [itemId, entry] of listed) {
    const before = known.get(itemId);
    if (before === undefined) {
      diff.added.push(itemId);
      diff.changes.push(happened(itemId, 'added'));
      continue;
    }
    if (before.isMissing) {
      diff.back.push(itemId);
      diff.changes.push(happened(itemId, 'back'));
    }
    const changes = fieldChanges(itemId, before, entry);
    if (changes.length > 0) diff.changed.push(itemId);
    diff.changes.push(...changes);
  }
  for (const [itemId, before] of known) {
    if (before.isMissing || listed.has(itemId)) continue;
    diff.missing.push(itemId);
    diff.changes.push(happened(itemId, 'missing'));
  }
  return diff;
}

const happened = (itemId: string, field: string): EntryChange => ({ itemId, field, valueBefore: '', valueAfter: '' });

function fieldChanges<F extends Fields>(itemId: string, before: Entry<F>, after: Entry<F>): EntryChange[] {
  const changes = Object.entries(after.fields)
    .filter(([field, value]) => value !== before.fields[field])
    .map(([field, value]) => ({
      itemId,
      field: snakeCase(field),
      valueBefore: text(before.fields[field]),
      valueAfter: text(value),
    }));
  if (changes.length > 0 || before.digest === after.digest) return changes;
  return [happened(itemId, 'details')];
}

/** As the list has it: 1 and 0. */
function text(value: Value | undefined): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value ?? '';
}

/** Names as in the proto: funMode is fun_mode. */
const snakeCase = (field: string): string => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
