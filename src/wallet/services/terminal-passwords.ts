import { change, type Pool, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import type { HallService, SetTerminalPasswordsRequest } from '../../gen/wallet/v1/halls_pb.ts';
import { openOrNull, type SecretBox } from '../secrets.ts';
import { terminalPasswordOwner } from './terminal-rows.ts';

export type PasswordsDeps = { pool: Pool; secrets: SecretBox; log: Logger };

/** The part of HallService that is about the terminals' passwords at the game server. */
export type PasswordHandlers = Pick<
  ServiceHandlers<typeof HallService>,
  'setTerminalPasswords' | 'listTerminalCredentials'
>;

type SealedRow = { uid: string; password_ciphertext: Buffer | null };

const MAX_PASSWORDS = 1_000;

export function createPasswordHandlers({ pool, secrets, log }: PasswordsDeps): PasswordHandlers {
  const select = (hallId: string, uids: readonly string[]): Promise<SealedRow[]> =>
    selectRows<SealedRow>(
      pool,
      'SELECT uid, password_ciphertext FROM terminals WHERE hall_id = ? AND uid IN (?) ORDER BY uid',
      [hallId, uids],
    );

  /** Null where there is none, or it can't be read. */
  const open = (hallId: string, { uid, password_ciphertext: ciphertext }: SealedRow): string | null =>
    ciphertext === null ? null : openOrNull(secrets, ciphertext, terminalPasswordOwner({ hallId, uid }));

  return {
    async setTerminalPasswords(request) {
      const hallId = fields.stargameId('hall_id', request.hallId);
      const wanted = checkPasswords(request);
      const known = await select(hallId, [...wanted.keys()]);
      // Game servers tell the same ones every time. Of two that tell different ones at once either may be the last.
      const changed = known.flatMap((row) => {
        const password = wanted.get(row.uid);
        if (password === undefined || open(hallId, row) === password) return [];
        return { uid: row.uid, ciphertext: secrets.seal(password, terminalPasswordOwner({ hallId, uid: row.uid })) };
      });
      if (changed.length > 0) await update(pool, hallId, changed);
      return {};
    },

    async listTerminalCredentials(request) {
      const hallId = fields.stargameId('hall_id', request.hallId);
      checkCount('uids', request.uids);
      const uids = request.uids.map((uid) => fields.stargameId('uid', uid));
      const found = (await select(hallId, uids)).filter((row) => row.password_ciphertext !== null);
      return {
        credentials: found.flatMap((row) => {
          const password = open(hallId, row);
          // One that can't be read takes away that terminal, not all of them.
          if (password === null) log.error({ hallId, uid: row.uid }, 'password can not be decrypted');
          return password === null ? [] : { uid: row.uid, password };
        }),
      };
    },
  };
}

/** By uid; the last where one comes twice. */
function checkPasswords({ passwords }: SetTerminalPasswordsRequest): Map<string, string> {
  checkCount('passwords', passwords);
  return new Map(
    passwords.map(({ uid, password }) => [fields.stargameId('uid', uid), fields.secret(password, 'password')]),
  );
}

function checkCount(field: string, { length }: { length: number }): void {
  if (length < 1 || length > MAX_PASSWORDS) throw invalidArgument(field, `must be 1 to ${MAX_PASSWORDS}`);
}

/** All in one statement, so all or none. Leaves updated_at_ms: whoever follows the terminals' changes sees no password. */
async function update(pool: Pool, hallId: string, changed: readonly { uid: string; ciphertext: Buffer }[]) {
  const cases = changed.map(() => 'WHEN ? THEN ?').join(' ');
  const sql = `UPDATE terminals SET password_ciphertext = CASE uid ${cases} END WHERE hall_id = ? AND uid IN (?)`;
  const pairs = changed.flatMap(({ uid, ciphertext }) => [uid, ciphertext]);
  await change(pool, sql, [...pairs, hallId, changed.map(({ uid }) => uid)]);
}
