import type { Logger } from '../common/log.ts';
import { change, type Pool, selectRows } from './db.ts';
import { type SecretBox, SecretError } from './secrets.ts';
import { hallPathSecretOwner, hallSecretOwner } from './services/hall-rows.ts';
import { secretOwner } from './services/operators.ts';

/** A column of secrets, and for whom each is sealed. */
type SealedColumn = { table: string; idColumn: string; column: string; ownerOf: (id: string) => string };

const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'operators', idColumn: 'operator_id', column: 'secret_ciphertext', ownerOf: secretOwner },
  { table: 'halls', idColumn: 'hall_id', column: 'secret_ciphertext', ownerOf: hallSecretOwner },
  { table: 'halls', idColumn: 'hall_id', column: 'path_secret_ciphertext', ownerOf: hallPathSecretOwner },
];

type ResealDeps = { pool: Pool; secrets: SecretBox; log: Logger };

/**
 * Checks at start that every operator's and hall's secrets can be read, and seals again under the current key what a previous one
 * sealed: after that the previous key can go. Throws a SecretError that names those whose secrets can't be read, so that a
 * wrong SECRETS_KEY is noticed now and not as a platform locked out.
 */
export async function resealSecrets(deps: ResealDeps): Promise<void> {
  const unreadable: string[] = [];
  for (const sealed of SEALED_COLUMNS) unreadable.push(...(await resealColumn(sealed, deps)));
  if (unreadable.length > 0) {
    throw new SecretError(`SECRETS_KEY (and SECRETS_KEY_PREVIOUS) can't read the secrets of: ${unreadable.join(', ')}`);
  }
}

/** Gives the owners of those that can't be read. */
async function resealColumn(sealed: SealedColumn, { pool, secrets, log }: ResealDeps): Promise<string[]> {
  const { table, idColumn, column, ownerOf } = sealed;
  const found = await selectRows<{ id: string; ciphertext: Buffer }>(
    pool,
    `SELECT ${idColumn} AS id, ${column} AS ciphertext FROM ${table} ORDER BY ${idColumn}`,
  );
  const unreadable: string[] = [];
  for (const { id, ciphertext } of found) {
    const owner = ownerOf(id);
    try {
      const secret = secrets.open(ciphertext, owner);
      if (secrets.isCurrent(ciphertext)) continue;
      // Guarded: a secret that was changed meanwhile stays changed.
      await change(pool, `UPDATE ${table} SET ${column} = ? WHERE ${idColumn} = ? AND ${column} = ?`, [
        secrets.seal(secret, owner),
        id,
        ciphertext,
      ]);
      log.info({ owner }, 'secret sealed under the current key');
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      unreadable.push(owner);
    }
  }
  return unreadable;
}
