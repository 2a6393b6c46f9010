import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, isDuplicateKey, type Pool, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import { alreadyExists, failedPrecondition, invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import {
  type CreateHallRequest,
  HallMode,
  type HallSchema,
  type HallService,
  type UpdateHallRequest,
} from '../../gen/wallet/v1/halls_pb.ts';
import { openOrNull, type SecretBox } from '../secrets.ts';
import { createAgentHandlers } from './agents.ts';
import {
  findHall,
  HALL_COLUMNS,
  type HallRow,
  hallPathSecretOwner,
  hallSecretOwner,
  type StoredHallMode,
} from './hall-rows.ts';
import { findOperator, parseStrings } from './operator-rows.ts';
import { createPasswordHandlers } from './terminal-passwords.ts';
import { createTerminalHandlers } from './terminals.ts';

export type HallsDeps = { pool: Pool; secrets: SecretBox; log: Logger; now: () => number };

type SealedRow = HallRow & { secret_ciphertext: Buffer; path_secret_ciphertext: Buffer };

const SELECT_SEALED = `SELECT ${HALL_COLUMNS}, secret_ciphertext, path_secret_ciphertext FROM halls`;
const DEFAULT_TIME_ZONE = 'UTC';

export function createHallsService({ pool, secrets, log, now }: HallsDeps): ServiceHandlers<typeof HallService> {
  return {
    async createHall(request) {
      const wanted = checkNewHall(request);
      await findOperator(pool, wanted.operator_id);
      await insertHall(pool, wanted, secrets, now());
      const row = await selectRow<SealedRow>(pool, `${SELECT_SEALED} WHERE hall_id = ?`, [wanted.hall_id]);
      if (row === null) throw new Error('the hall that was just inserted is gone');
      if (!isSame(row, wanted, secrets)) {
        throw alreadyExists(`hall_id: hall ${wanted.hall_id} exists with other data`);
      }
      return toHall(row);
    },

    async updateHall(request) {
      const hallId = fields.stargameId('hall_id', request.hallId);
      const values = checkUpdate(request, secrets);
      await findHall(pool, hallId);
      const assignments = [...Object.keys(values), 'updated_at_ms'].map((column) => `${column} = ?`).join(', ');
      // What was staked spin by spin is won spin by spin: a hall that was played in stays what it is.
      const changed = await change(
        pool,
        `UPDATE halls SET ${assignments} WHERE hall_id = ?
         AND (mode = COALESCE(?, mode) OR NOT EXISTS (SELECT 1 FROM terminals t WHERE t.hall_id = ?))`,
        [...Object.values(values), now(), hallId, values.mode ?? null, hallId],
      );
      if (changed === 0) throw failedPrecondition('mode: a hall that has terminals keeps its mode');
      return toHall(await findHall(pool, hallId));
    },

    async listHalls() {
      const found = await selectRows<HallRow>(pool, `SELECT ${HALL_COLUMNS} FROM halls ORDER BY hall_id`);
      return { halls: found.map(toHall) };
    },

    async listHallCredentials() {
      const found = await selectRows<SealedRow>(pool, `${SELECT_SEALED} ORDER BY hall_id`);
      return {
        credentials: found.flatMap((row) => {
          const opened = openSecrets(row, secrets);
          // One row that can't be read takes away that hall, not all of them.
          if (opened === null) log.error({ hallId: row.hall_id }, 'secret can not be decrypted');
          return opened === null ? [] : { hall: toHall(row), ...opened };
        }),
      };
    },

    ...createAgentHandlers({ pool, secrets, log, now }),
    ...createTerminalHandlers({ pool, secrets, now }),
    ...createPasswordHandlers({ pool, secrets, log }),
  };
}

type NewHall = {
  hall_id: string;
  operator_id: string;
  secret: string;
  pathSecret: string;
  allowlist: string[];
  time_zone: string;
  agent_id: string;
  mode: StoredHallMode;
};

function checkNewHall(request: CreateHallRequest): NewHall {
  return {
    hall_id: fields.stargameId('hall_id', request.hallId),
    operator_id: fields.operatorId(request.operatorId),
    secret: fields.secret(request.secret),
    pathSecret: fields.pathSecret(request.pathSecret),
    allowlist: fields.allowlist(request.allowlist),
    time_zone: request.timeZone === '' ? DEFAULT_TIME_ZONE : fields.timeZone(request.timeZone),
    agent_id: agentIdOrNone(request.agentId),
    mode: storedMode(request.mode),
  };
}

/** The columns that an update changes. */
function checkUpdate(request: UpdateHallRequest, secrets: SecretBox): Record<string, SqlValue> {
  const { hallId, secret, pathSecret, allowlist, timeZone, agentId, mode } = request;
  return {
    ...(secret !== undefined && {
      secret_ciphertext: secrets.seal(fields.secret(secret), hallSecretOwner(hallId)),
    }),
    ...(pathSecret !== undefined && {
      path_secret_ciphertext: secrets.seal(fields.pathSecret(pathSecret), hallPathSecretOwner(hallId)),
    }),
    ...(allowlist !== undefined && { allowlist: JSON.stringify(fields.allowlist(allowlist.values)) }),
    ...(timeZone !== undefined && { time_zone: fields.timeZone(timeZone) }),
    ...(agentId !== undefined && { agent_id: agentIdOrNone(agentId) }),
    ...(mode !== undefined && { mode: storedMode(mode) }),
  };
}

const agentIdOrNone = (agentId: string): string => (agentId === '' ? '' : fields.stargameId('agent_id', agentId));

function storedMode(mode: HallMode): StoredHallMode {
  switch (mode) {
    case HallMode.UNSPECIFIED:
    case HallMode.SEAMLESS:
      return 'seamless';
    case HallMode.TRANSFER:
      return 'transfer';
    default:
      throw invalidArgument('mode', 'must be seamless or transfer');
  }
}

/** Leaves a hall that exists as it is. */
async function insertHall(pool: Pool, hall: NewHall, secrets: SecretBox, nowMs: number): Promise<void> {
  try {
    await change(
      pool,
      `INSERT INTO halls (hall_id, operator_id, secret_ciphertext, path_secret_ciphertext, allowlist, time_zone, agent_id, mode,
         created_at_ms, updated_at_ms) VALUES (?)`,
      [
        [
          hall.hall_id,
          hall.operator_id,
          secrets.seal(hall.secret, hallSecretOwner(hall.hall_id)),
          secrets.seal(hall.pathSecret, hallPathSecretOwner(hall.hall_id)),
          JSON.stringify(hall.allowlist),
          hall.time_zone,
          hall.agent_id,
          hall.mode,
          nowMs,
          nowMs,
        ],
      ],
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** The order of the allowlist means nothing. */
function isSame(row: SealedRow, wanted: NewHall, secrets: SecretBox): boolean {
  const opened = openSecrets(row, secrets);
  const sorted = (values: readonly string[]): string => JSON.stringify([...values].sort());
  return (
    opened !== null &&
    opened.secret === wanted.secret &&
    opened.pathSecret === wanted.pathSecret &&
    row.operator_id === wanted.operator_id &&
    row.time_zone === wanted.time_zone &&
    row.agent_id === wanted.agent_id &&
    row.mode === wanted.mode &&
    sorted(parseStrings(row.allowlist)) === sorted(wanted.allowlist)
  );
}

/** Null where one of them can't be read. */
function openSecrets(row: SealedRow, secrets: SecretBox): { secret: string; pathSecret: string } | null {
  const secret = openOrNull(secrets, row.secret_ciphertext, hallSecretOwner(row.hall_id));
  const pathSecret = openOrNull(secrets, row.path_secret_ciphertext, hallPathSecretOwner(row.hall_id));
  return secret === null || pathSecret === null ? null : { secret, pathSecret };
}

function toHall(row: HallRow): MessageInitShape<typeof HallSchema> {
  return {
    hallId: row.hall_id,
    operatorId: row.operator_id,
    allowlist: parseStrings(row.allowlist),
    timeZone: row.time_zone,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    agentId: row.agent_id,
    mode: row.mode === 'transfer' ? HallMode.TRANSFER : HallMode.SEAMLESS,
  };
}
