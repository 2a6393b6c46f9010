import { z } from 'zod';
import { unconfirmedSchema } from '../../common/unconfirmed-payload.ts';

/** The transaction's. */
const id = z.string().min(1);

const operationSchema = z.object({ id, kind: z.enum(['void', 'credit']), payload: unconfirmedSchema });

/** A win of which only the terminal is known; it becomes a `credit` of the same id. */
const unresolvedSchema = z.object({
  id,
  kind: z.literal('unresolved'),
  payload: unconfirmedSchema
    .pick({ transactionId: true, winUnits: true, requestId: true, why: true, answeredAtMs: true, occurredAtMs: true })
    .extend({ hallId: z.string().min(1), uid: z.string().min(1) }),
});

const recordSchema = z.discriminatedUnion('kind', [operationSchema, unresolvedSchema]);

export type OperationRecord = z.output<typeof operationSchema>;
export type UnresolvedRecord = z.output<typeof unresolvedSchema>;
export type SpoolRecord = OperationRecord | UnresolvedRecord;

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
