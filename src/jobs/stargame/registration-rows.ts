import { change, isDuplicateKey, type Pool, selectRow } from '../../common/db.ts';

export type RegistrationKey = { operatorId: string; userId: string; hallId: string };

/** A row of `registrations`. */
export type Registration = RegistrationKey & {
  operationId: bigint;
  phone: string;
  /** Empty: not known yet. */
  uid: string;
  registeredAtMs: number | null;
};

type Row = { operation_id: bigint; phone: string; uid: string; registered_at_ms: bigint | null };

const BY_KEY = 'operator_id = ? AND user_id = ? AND hall_id = ?';

const values = ({ operatorId, userId, hallId }: RegistrationKey): string[] => [operatorId, userId, hallId];

export async function findRegistration(pool: Pool, key: RegistrationKey): Promise<Registration | null> {
  const sql = `SELECT operation_id, phone, uid, registered_at_ms FROM registrations WHERE ${BY_KEY}`;
  const row = await selectRow<Row>(pool, sql, values(key));
  if (row === null) return null;
  const { operation_id: operationId, phone, uid, registered_at_ms: registeredAtMs } = row;
  return {
    ...key,
    operationId,
    phone,
    uid,
    registeredAtMs: registeredAtMs === null ? null : Number(registeredAtMs),
  };
}

/** The registration as it is begun; one that was begun before keeps its operation id. */
export async function beginRegistration(
  pool: Pool,
  key: RegistrationKey,
  first: { operationId: bigint; phone: string; nowMs: number },
): Promise<void> {
  try {
    await change(
      pool,
      `INSERT INTO registrations (operator_id, user_id, hall_id, operation_id, phone, uid, created_at_ms, leased_until_ms)
        VALUES (?)`,
      [[...values(key), first.operationId, first.phone, '', first.nowMs, 0]],
    );
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
}

/** Has the registration to itself until `untilMs`; null while another process has. */
export async function leaseRegistration(
  pool: Pool,
  key: RegistrationKey,
  nowMs: number,
  untilMs: number,
): Promise<Registration | null> {
  const sql = `UPDATE registrations SET leased_until_ms = ? WHERE ${BY_KEY} AND leased_until_ms <= ?`;
  const leased = await change(pool, sql, [untilMs, ...values(key), nowMs]);
  return leased === 1 ? findRegistration(pool, key) : null;
}

/** Where it is still the lease that ends at `untilMs`. */
export async function releaseRegistration(pool: Pool, key: RegistrationKey, untilMs: number): Promise<void> {
  const sql = `UPDATE registrations SET leased_until_ms = 0 WHERE ${BY_KEY} AND leased_until_ms = ?`;
  await change(pool, sql, [...values(key), untilMs]);
}

export async function changePhone(pool: Pool, key: RegistrationKey, phone: string): Promise<void> {
  await change(pool, `UPDATE registrations SET phone = ? WHERE ${BY_KEY}`, [phone, ...values(key)]);
}

/** A terminal is the player's from now on; what it was registered as before stays. */
export async function finishRegistration(pool: Pool, key: RegistrationKey, uid: string, nowMs: number): Promise<void> {
  const sql = `UPDATE registrations SET uid = ?, registered_at_ms = ? WHERE ${BY_KEY} AND registered_at_ms IS NULL`;
  await change(pool, sql, [uid, nowMs, ...values(key)]);
}
