import type { MessageInitShape } from '@bufbuild/protobuf';
import { type StopSchema, StopScope, type StopService } from '../../gen/wallet/v1/stops_pb.ts';
import { change, isDuplicateKey, type Pool, selectRow, selectRows } from '../db.ts';
import { invalidArgument, unavailable } from './fault.ts';
import * as fields from './fields.ts';
import type { ServiceHandlers } from './handler.ts';

export type StopsDeps = { pool: Pool; now: () => number };

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

export function createStopsService({ pool, now }: StopsDeps): ServiceHandlers<typeof StopService> {
  return {
    async addStop(request) {
      const key = checkKey(request);
      const note = fields.note(request.note);
      await insertStop(pool, { scope: key[0], scope_id: key[1], note, created_at_ms: BigInt(now()) });
      const row = await selectRow<StopRow>(pool, `${SELECT_STOPS} WHERE scope = ? AND scope_id = ?`, key);
      if (row === null) throw unavailable('the stop was removed meanwhile: add it again', null);
      return toStop(row);
    },

    async removeStop(request) {
      const removed = await change(pool, 'DELETE FROM stops WHERE scope = ? AND scope_id = ?', checkKey(request));
      return { removed: removed === 1 };
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

/** Leaves a stop that stands as it is. */
async function insertStop(pool: Pool, row: StopRow): Promise<void> {
  try {
    await change(pool, 'INSERT INTO stops (scope, scope_id, note, created_at_ms) VALUES (?)', [Object.values(row)]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

function toStop(row: StopRow): MessageInitShape<typeof StopSchema> {
  const scope = SCOPES.get(row.scope);
  if (scope === undefined) throw new Error(`a stop of scope ${row.scope}`);
  return { scope, scopeId: row.scope_id, note: row.note, createdAtMs: row.created_at_ms };
}
