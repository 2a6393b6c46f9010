import { change, inTransaction, type Pool, type SqlValue, selectRows } from '../common/db.ts';
import type { Logger } from '../common/log.ts';
import { openOrNull, type SecretBox, SecretError } from './secrets.ts';
import { agentPasswordOwner } from './services/agents.ts';
import { hallPathSecretOwner, hallSecretOwner } from './services/hall-rows.ts';
import { secretOwner } from './services/operators.ts';
import { terminalPasswordOwner } from './services/terminal-rows.ts';

/** A column of secrets (NULL: there is none), its table's key, and for whom each is sealed. A key of one column has '' for the second. */
type SealedColumn = {
  table: string;
  key: readonly [string] | readonly [string, string];
  column: string;
  ownerOf: (first: string, second: string) => string;
};

const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'operators', key: ['operator_id'], column: 'secret_ciphertext', ownerOf: secretOwner },
  { table: 'agents', key: ['agent_id'], column: 'password_ciphertext', ownerOf: agentPasswordOwner },
  { table: 'halls', key: ['hall_id'], column: 'secret_ciphertext', ownerOf: hallSecretOwner },
  { table: 'halls', key: ['hall_id'], column: 'path_secret_ciphertext', ownerOf: hallPathSecretOwner },
  {
    table: 'terminals',
    key: ['hall_id', 'uid'],
    column: 'password_ciphertext',
    ownerOf: (hallId, uid) => terminalPasswordOwner({ hallId, uid }),
  },
];

const PAGE_ROWS = 1_000;
const MAX_NAMED = 20;

type SealedRow = { first: string; second: string; ciphertext: Buffer };

type ResealDeps = { pool: Pool; secrets: SecretBox; log: Logger };

/**
 * Checks at start that all secrets can be read (operators', agents', halls' and terminals'), and seals again under the current key what a
 * previous one sealed: after that the previous key can go. Throws a SecretError that names those whose secrets can't be read, so that a
 * wrong SECRETS_KEY is noticed now and not as a platform locked out.
 */
export async function resealSecrets(deps: ResealDeps): Promise<void> {
  const unreadable: string[] = [];
  for (const sealed of SEALED_COLUMNS) unreadable.push(...(await resealColumn(sealed, deps)));
  if (unreadable.length === 0) return;
  const more = unreadable.length > MAX_NAMED ? ` and ${unreadable.length - MAX_NAMED} more` : '';
  const names = unreadable.slice(0, MAX_NAMED).join(', ');
  throw new SecretError(`SECRETS_KEY (and SECRETS_KEY_PREVIOUS) can't read the secrets of: ${names}${more}`);
}

/** Page by page: there may be very many terminals. Gives the owners of those that can't be read. */
async function resealColumn(sealed: SealedColumn, { pool, secrets, log }: ResealDeps): Promise<string[]> {
  const { table, column, ownerOf } = sealed;
  const unreadable: string[] = [];
  let resealed = 0;
  let page = await selectPage(pool, sealed, null);
  while (page.length > 0) {
    const owned = page.map((row) => ({ ...row, owner: ownerOf(row.first, row.second) }));
    const opened = owned.map((row) => ({ ...row, secret: openOrNull(secrets, row.ciphertext, row.owner) }));
    unreadable.push(...opened.filter(({ secret }) => secret === null).map(({ owner }) => owner));
    const old = opened.flatMap(({ secret, ...row }) =>
      secret === null || secrets.isCurrent(row.ciphertext) ? [] : { ...row, next: secrets.seal(secret, row.owner) },
    );
    if (old.length > 0) await replace(pool, sealed, old);
    resealed += old.length;
    page = page.length < PAGE_ROWS ? [] : await selectPage(pool, sealed, page.at(-1) ?? null);
  }
  if (resealed > 0) log.info({ table, column, secrets: resealed }, 'secrets sealed under the current key');
  return unreadable;
}

/** Those after the row, in order of the key. */
function selectPage(pool: Pool, { table, key, column }: SealedColumn, after: SealedRow | null): Promise<SealedRow[]> {
  const [first, second] = key;
  const conditions = [`${column} IS NOT NULL`];
  const values: SqlValue[] = [];
  if (after !== null && second === undefined) {
    conditions.push(`${first} > ?`);
    values.push(after.first);
  } else if (after !== null) {
    conditions.push(`${first} >= ? AND (${first} > ? OR ${second} > ?)`);
    values.push(after.first, after.first, after.second);
  }
  const columns = `${first} AS first, ${second ?? "''"} AS second, ${column} AS ciphertext`;
  const sql = `SELECT ${columns} FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ${key.join(', ')} LIMIT ?`;
  return selectRows<SealedRow>(pool, sql, [...values, PAGE_ROWS]);
}

/** Guarded: a secret that was changed meanwhile stays changed. */
function replace(
  pool: Pool,
  { table, key, column }: SealedColumn,
  old: readonly (SealedRow & { next: Buffer })[],
): Promise<void> {
  const isRow = key.map((name) => `${name} = ?`).join(' AND ');
  return inTransaction(pool, async (connection) => {
    for (const { first, second, ciphertext, next } of old) {
      const values = [next, ...(key.length === 1 ? [first] : [first, second]), ciphertext];
      await change(connection, `UPDATE ${table} SET ${column} = ? WHERE ${isRow} AND ${column} = ?`, values);
    }
  });
}
