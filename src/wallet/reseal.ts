import type { Logger } from '../common/log.ts';
import { change, type Pool, selectRows } from './db.ts';
import { type SecretBox, SecretError } from './secrets.ts';
import { secretOwner } from './services/operators.ts';

/**
 * Checks at start that every operator's secret can be read, and seals again under the current key what a previous one sealed: after
 * that the previous key can go. Throws a SecretError that names the operators whose secrets can't be read, so that a wrong
 * SECRETS_KEY is noticed now and not as a platform locked out.
 */
export async function resealSecrets(deps: { pool: Pool; secrets: SecretBox; log: Logger }): Promise<void> {
  const { pool, secrets, log } = deps;
  const found = await selectRows<{ operator_id: string; secret_ciphertext: Buffer }>(
    pool,
    'SELECT operator_id, secret_ciphertext FROM operators ORDER BY operator_id',
  );
  const unreadable: string[] = [];
  for (const { operator_id, secret_ciphertext } of found) {
    const owner = secretOwner(operator_id);
    try {
      const secret = secrets.open(secret_ciphertext, owner);
      if (secrets.isCurrent(secret_ciphertext)) continue;
      // Guarded: a secret that was changed meanwhile stays changed.
      await change(pool, 'UPDATE operators SET secret_ciphertext = ? WHERE operator_id = ? AND secret_ciphertext = ?', [
        secrets.seal(secret, owner),
        operator_id,
        secret_ciphertext,
      ]);
      log.info({ operatorId: operator_id }, 'secret sealed under the current key');
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      unreadable.push(operator_id);
    }
  }
  if (unreadable.length > 0) {
    throw new SecretError(`SECRETS_KEY (and SECRETS_KEY_PREVIOUS) can't read the secrets of: ${unreadable.join(', ')}`);
  }
}
