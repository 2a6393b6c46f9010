import { z } from 'zod';
import { unconfirmedSchema } from '../../common/unconfirmed-payload.ts';

const recordSchema = z.object({
  /** The transaction's. */
  id: z.string().min(1),
  kind: z.enum(['void', 'credit']),
  payload: unconfirmedSchema,
});

export type SpoolRecord = z.output<typeof recordSchema>;

const lineSchema = z.union([z.object({ owe: recordSchema }), z.object({ done: z.string() })]);

/**
 * What a spool's text says: the records owed and not done, in order; lines that are not ours; and how many bytes stand at the end
 * without a line break, which a process left that died while it wrote them.
 */
export function parseSpool(text: string): { records: SpoolRecord[]; corrupt: string[]; tornBytes: number } {
  const lines = text.split('\n');
  const torn = lines.pop() ?? '';
  const records = new Map<string, SpoolRecord>();
  const corrupt: string[] = [];
  for (const line of lines) {
    const entry = parseLine(line);
    if (entry === null) corrupt.push(line);
    else if ('owe' in entry) records.set(entry.owe.id, entry.owe);
    else records.delete(entry.done);
  }
  return { records: [...records.values()], corrupt, tornBytes: Buffer.byteLength(torn) };
}

function parseLine(line: string): z.output<typeof lineSchema> | null {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
