import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Connection, change, inTransaction, isDuplicateKey, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument, unavailable } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { type StopSchema, StopScope, type StopService } from '../../gen/wallet/v1/stops_pb.ts';
import { type AuditDeps, auditActor, writeAudit } from './audit.ts';

export type StopsDeps = AuditDeps;

type StopRow = { scope: string; scope_id: string; note: string; created_at_ms: bigint };
type StopKey = [scope: string, scopeId: string];

const SELECT_STOPS = 'SELECT scope, scope_id, note, created_at_ms FROM stops';

/** By what the column `scope` holds. */
const SCOPES: ReadonlyMap<string, StopScope> = new Map([
  ['all', StopScope.ALL],
  ['operator', StopScope.OPERATOR],
  ['vendor', StopScope.VENDOR],
  ['game', StopScope.GAME],
]);

export function createStopsService(deps: StopsDeps): ServiceHandlers<typeof StopService> {
  const { pool, now } = deps;
  return {
    async addStop(request, { service }) {
      const key = checkKey(request);
      const note = fields.note(request.note);
      const actor = auditActor(request.actor, service);
      const row = await inTransaction(pool, async (connection) => {
        const added = { scope: key[0], scope_id: key[1], note, created_at_ms: BigInt(now()) };
        if (await insertStop(connection, added)) {
          await writeAudit(connection, { actor, action: 'stop.add', target: auditTarget(key), detail: note }, deps);
        }
        return selectRow<StopRow>(connection, `${SELECT_STOPS} WHERE scope = ? AND scope_id = ?`, key);
      });
      if (row === null) throw unavailable('the stop was removed meanwhile: add it again', null);
      return toStop(row);
    },

    async removeStop(request, { service }) {
      const key = checkKey(request);
      const actor = auditActor(request.actor, service);
      const removed = await inTransaction(pool, async (connection) => {
        const matched = await change(connection, 'DELETE FROM stops WHERE scope = ? AND scope_id = ?', key);
        if (matched === 0) return false;
        await writeAudit(connection, { actor, action: 'stop.remove', target: auditTarget(key), detail: '' }, deps);
        return true;
      });
      return { removed };
    },

    async listStops() {
      const found = await selectRows<StopRow>(pool, `${SELECT_STOPS} ORDER BY scope, scope_id`);
      return { stops: found.map(toStop) };
    },
  };
}

/** A stop for an operator, vendor or game that isn't known is no mistake: it may be on its way. */
function checkKey({ scope, scopeId }: { scope: StopScope; scopeId: string }): StopKey {
  switch (scope) {
    case StopScope.ALL:
      if (scopeId !== '') throw invalidArgument('scope_id', 'must be empty for STOP_SCOPE_ALL');
      return ['all', ''];
    case StopScope.OPERATOR:
      return ['operator', fields.operatorId(scopeId, 'scope_id')];
    case StopScope.VENDOR:
      return ['vendor', fields.text('scope_id', scopeId, { min: 1, max: 64 })];
    case StopScope.GAME:
      return ['game', checkGameScope(scopeId)];
    default:
      throw invalidArgument('scope', 'must be ALL, OPERATOR, VENDOR or GAME');
  }
}

function checkGameScope(scopeId: string): string {
  const colon = scopeId.indexOf(':');
  if (colon === -1) throw invalidArgument('scope_id', 'must be provider and game id, as platform:200');
  fields.provider(scopeId.slice(0, colon), 'scope_id');
  fields.gameId(scopeId.slice(colon + 1), 'scope_id');
  return scopeId;
}

/** Leaves a stop that stands as it is, and gives false then. */
async function insertStop(connection: Connection, row: StopRow): Promise<boolean> {
  try {
    await change(connection, 'INSERT INTO stops (scope, scope_id, note, created_at_ms) VALUES (?)', [
      Object.values(row),
    ]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** As "all", "operator examplecasino" or "game platform:200". */
const auditTarget = ([scope, scopeId]: StopKey): string => (scopeId === '' ? scope : `${scope} ${scopeId}`);

function toStop(row: StopRow): MessageInitShape<typeof StopSchema> {
  const scope = SCOPES.get(row.scope);
  if (scope === undefined) throw new Error(`a stop of scope ${row.scope}`);
  return { scope, scopeId: row.scope_id, note: row.note, createdAtMs: row.created_at_ms };
}
