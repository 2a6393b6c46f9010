import type { z } from 'zod';
import { mistakesOf, type Notes } from './operation.ts';

/** A longer one is no entry of a catalogue. */
const BODY_MAX_BYTES = 200_000;
const SKIPPED_TOLD = 5;

/** An entry as it came, as JSON. Null where that is longer than `maxBytes`, or nests too deeply. */
export function bodyOf(entry: unknown, maxBytes: number): string | null {
  try {
    const body = JSON.stringify(entry);
    return Buffer.byteLength(body) > maxBytes ? null : body;
  } catch {
    return null;
  }
}

/**
 * The entries of a list. One that is not what the document says is skipped and noted: it must not lose the others. Of entries with
 * the same id one is kept, which doesn't depend on their order, or each reading of the list would be another change.
 */
export function readEntries<Entry extends { body: string }, T extends z.ZodType>(options: {
  list: readonly unknown[];
  /** Names the list in notes. */
  where: string;
  schema: T;
  make: (entry: z.output<T>, body: string, raw: unknown) => Entry;
  idOf: (entry: Entry) => string;
  /** Whether `one` is rather kept than `other`. */
  isBetter: (one: Entry, other: Entry) => boolean;
  notes: Notes;
}): Entry[] {
  const { list, where, schema, make, idOf, isBetter, notes } = options;
  const entries = new Map<string, Entry>();
  const skip = (why: string): void => {
    notes.skipped += 1;
    if (notes.skippedBecause.length < SKIPPED_TOLD) notes.skippedBecause.push(why);
  };
  for (const [index, raw] of list.entries()) {
    const parsed = schema.safeParse(raw);
    if (!parsed.success) {
      skip(mistakesOf(parsed.error, `${where}.${index}`));
      continue;
    }
    const body = bodyOf(raw, BODY_MAX_BYTES);
    if (body === null) {
      skip(`${where}.${index}: is too long`);
      continue;
    }
    const entry = make(parsed.data, body, raw);
    const other = entries.get(idOf(entry));
    if (other !== undefined) notes.duplicates += 1;
    if (other === undefined || isBetter(entry, other)) entries.set(idOf(entry), entry);
  }
  return [...entries.values()];
}
