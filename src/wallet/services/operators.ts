import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, isDuplicateKey, type Pool, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import { alreadyExists } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import type {
  CreateOperatorRequest,
  CredentialSchema,
  OperatorSchema,
  OperatorService,
  UpdateOperatorRequest,
} from '../../gen/wallet/v1/operators_pb.ts';
import { type SecretBox, SecretError } from '../secrets.ts';
import { findOperator, OPERATOR_COLUMNS, type OperatorRow, parseStrings } from './operator-rows.ts';

export type OperatorsDeps = { pool: Pool; secrets: SecretBox; log: Logger; now: () => number };

type SealedRow = OperatorRow & { secret_ciphertext: Buffer };

const SELECT_SEALED = `SELECT ${OPERATOR_COLUMNS}, secret_ciphertext FROM operators`;

export function createOperatorsService({
  pool,
  secrets,
  log,
  now,
}: OperatorsDeps): ServiceHandlers<typeof OperatorService> {
  return {
    async createOperator(request) {
      const wanted = checkNewOperator(request);
      const sealed = secrets.seal(wanted.secret, secretOwner(wanted.operator_id));
      await insertOperator(pool, wanted, sealed, now());
      const row = await selectRow<SealedRow>(pool, `${SELECT_SEALED} WHERE operator_id = ?`, [wanted.operator_id]);
      if (row === null) throw new Error('the operator that was just inserted is gone');
      if (!isSame(row, wanted, secrets)) {
        throw alreadyExists(`operator_id: operator ${wanted.operator_id} exists with other data`);
      }
      return toOperator(row);
    },

    async getOperator(request) {
      return toOperator(await findOperator(pool, fields.operatorId(request.operatorId)));
    },

    async listOperators() {
      const found = await selectRows<OperatorRow>(
        pool,
        `SELECT ${OPERATOR_COLUMNS} FROM operators ORDER BY operator_id`,
      );
      return { operators: found.map(toOperator) };
    },

    async updateOperator(request) {
      const operatorId = fields.operatorId(request.operatorId);
      const values = checkUpdate(request, (secret) => secrets.seal(secret, secretOwner(operatorId)));
      await findOperator(pool, operatorId);
      const assignments = [...Object.keys(values), 'updated_at_ms'].map((column) => `${column} = ?`).join(', ');
      await change(pool, `UPDATE operators SET ${assignments} WHERE operator_id = ?`, [
        ...Object.values(values),
        now(),
        operatorId,
      ]);
      return toOperator(await findOperator(pool, operatorId));
    },

    async listCredentials() {
      const found = await selectRows<SealedRow>(pool, `${SELECT_SEALED} ORDER BY operator_id`);
      return {
        credentials: found.flatMap((row) => {
          const credential = toCredential(row, secrets);
          // One row that can't be read takes away that operator, not all of them.
          if (credential === null) log.error({ operatorId: row.operator_id }, 'secret can not be decrypted');
          return credential ?? [];
        }),
      };
    },
  };
}

/** Whom a secret is sealed for. */
export function secretOwner(operatorId: string): string {
  return `operator ${operatorId}`;
}

type NewOperator = { operator_id: string; secret: string; currencies: string[]; allowlist: string[] };

function checkNewOperator(request: CreateOperatorRequest): NewOperator {
  return {
    operator_id: fields.operatorId(request.operatorId),
    secret: fields.secret(request.secret),
    currencies: fields.currencies(request.currencies),
    allowlist: fields.allowlist(request.allowlist),
  };
}

/** The columns that an update changes. */
function checkUpdate(request: UpdateOperatorRequest, seal: (secret: string) => Buffer): Record<string, SqlValue> {
  const { secret, currencies, allowlist } = request;
  return {
    ...(secret !== undefined && { secret_ciphertext: seal(fields.secret(secret)) }),
    ...(currencies !== undefined && { currencies: JSON.stringify(fields.currencies(currencies.values)) }),
    ...(allowlist !== undefined && { allowlist: JSON.stringify(fields.allowlist(allowlist.values)) }),
  };
}

/** Leaves an operator that exists as it is. */
async function insertOperator(pool: Pool, operator: NewOperator, sealed: Buffer, nowMs: number): Promise<void> {
  try {
    await change(
      pool,
      'INSERT INTO operators (operator_id, secret_ciphertext, currencies, allowlist, created_at_ms, updated_at_ms) VALUES (?)',
      [
        [
          operator.operator_id,
          sealed,
          JSON.stringify(operator.currencies),
          JSON.stringify(operator.allowlist),
          nowMs,
          nowMs,
        ],
      ],
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** The order of the lists means nothing. */
function isSame(row: SealedRow, wanted: NewOperator, secrets: SecretBox): boolean {
  const credential = toCredential(row, secrets);
  const sorted = (values: readonly string[]): string => JSON.stringify([...values].sort());
  return (
    credential !== null &&
    credential.secret === wanted.secret &&
    sorted(credential.currencies) === sorted(wanted.currencies) &&
    sorted(credential.allowlist) === sorted(wanted.allowlist)
  );
}

function toOperator(row: OperatorRow): MessageInitShape<typeof OperatorSchema> {
  return {
    operatorId: row.operator_id,
    currencies: parseStrings(row.currencies),
    allowlist: parseStrings(row.allowlist),
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

/** Null where the secret can't be read. */
function toCredential(row: SealedRow, secrets: SecretBox) {
  try {
    return {
      operatorId: row.operator_id,
      secret: secrets.open(row.secret_ciphertext, secretOwner(row.operator_id)),
      currencies: parseStrings(row.currencies),
      allowlist: parseStrings(row.allowlist),
    } satisfies MessageInitShape<typeof CredentialSchema>;
  } catch (error) {
    if (error instanceof SecretError) return null;
    throw error;
  }
}
