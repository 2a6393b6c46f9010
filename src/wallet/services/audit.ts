import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Connection, change, inTransaction, isDuplicateKey, type Pool, selectRows } from '../../common/db.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { AuditEntrySchema, AuditService } from '../../gen/wallet/v1/audit_pb.ts';

export type AuditDeps = {
  pool: Pool;
  now: () => number;
  /** In order of time. */
  newAuditId: () => bigint;
};

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const INSERT_ATTEMPTS = 5;

/** What somebody did; the ids and times come with the row. */
export type AuditEntry = { actor: string; action: string; target: string; detail: string };

type AuditRow = AuditEntry & { audit_id: bigint; at_ms: bigint };

export function createAuditService({ pool, now, newAuditId }: AuditDeps): ServiceHandlers<typeof AuditService> {
  return {
    async recordAudit(request, { service }) {
      const entry = {
        actor: auditActor(request.actor, service),
        action: fields.auditAction(request.action),
        target: fields.label('target', request.target, { min: 0, max: 128 }),
        detail: fields.note(request.detail, 'detail'),
      };
      const row = await inTransaction(pool, (connection) => writeAudit(connection, entry, { now, newAuditId }));
      return toEntry(row);
    },

    async listAudit(request) {
      const limit = fields.numberOr(DEFAULT_LIMIT, 'limit', request.limit, { min: 1, max: MAX_LIMIT });
      const found = await selectRows<AuditRow>(
        pool,
        'SELECT audit_id, at_ms, actor, action, target, detail FROM audit ORDER BY audit_id DESC LIMIT ?',
        [limit],
      );
      return { entries: found.map(toEntry) };
    },
  };
}

/** Who acts: the person that the calling service names, else the service itself. */
export function auditActor(actor: string, service: string): string {
  return actor === '' ? service : fields.label('actor', actor, { min: 1, max: 64 });
}

/** Adds a row to the trail, in the caller's transaction: what was done and that it was done commit together. */
export async function writeAudit(
  connection: Connection,
  entry: AuditEntry,
  { now, newAuditId }: Pick<AuditDeps, 'now' | 'newAuditId'>,
): Promise<AuditRow> {
  for (let attempt = 1; attempt <= INSERT_ATTEMPTS; attempt += 1) {
    const row: AuditRow = { audit_id: newAuditId(), at_ms: BigInt(now()), ...entry };
    try {
      await change(connection, 'INSERT INTO audit (audit_id, at_ms, actor, action, target, detail) VALUES (?)', [
        [row.audit_id, row.at_ms, row.actor, row.action, row.target, row.detail],
      ]);
      return row;
    } catch (error) {
      // Two entries of the same millisecond may meet by chance.
      if (!isDuplicateKey(error)) throw error;
    }
  }
  throw new Error('no free audit id');
}

function toEntry(row: AuditRow): MessageInitShape<typeof AuditEntrySchema> {
  return {
    auditId: row.audit_id,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    target: row.target,
    detail: row.detail,
  };
}
