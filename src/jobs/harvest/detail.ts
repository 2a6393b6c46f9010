import { RemoteError } from '../../adapter/outbound/remote-error.ts';
import { remotecabGameHistory } from '../../adapter/stargame/remote/operations/remotecab-game-history.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import { change, type Pool, selectRow } from '../../common/db.ts';
import { failedPrecondition, notFound, unavailable } from '../../common/fault.ts';
import type { Credentials } from '../stargame/credentials.ts';
import type { TerminalId } from './store.ts';

export type DetailDeps = { pool: Pool; remote: Remote; credentials: Credentials; now: () => number };

/** What StarGame shows of one game. It has scripts and remote images: never to be shown unsanitised. */
export type Detail = { html: string; fetchedAtMs: number };

const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
/** As much as a MEDIUMTEXT holds. */
const HTML_MAX_BYTES = 16_777_215;

/**
 * The details of a record, from StarGame where we don't have them yet. Throws NOT_FOUND where StarGame has it no more, FAILED_PRECONDITION
 * where the terminal can't be asked about, and UNAVAILABLE where StarGame can't be asked.
 */
export async function readDetail(deps: DetailDeps, terminal: TerminalId, dataId: bigint): Promise<Detail> {
  const { pool, now } = deps;
  const key = [terminal.hallId, terminal.uid, dataId];
  const stored = await selectRow<{ html: string; fetched_at_ms: bigint }>(
    pool,
    'SELECT html, fetched_at_ms FROM game_log_details WHERE hall_id = ? AND uid = ? AND data_id = ?',
    key,
  );
  if (stored !== null) return { html: stored.html, fetchedAtMs: Number(stored.fetched_at_ms) };
  const detail = { html: await fetchHtml(deps, terminal, dataId), fetchedAtMs: now() };
  await change(
    pool,
    `INSERT INTO game_log_details (hall_id, uid, data_id, html, fetched_at_ms) VALUES (?)
     ON DUPLICATE KEY UPDATE data_id = VALUES(data_id)`,
    [[...key, detail.html, detail.fetchedAtMs]],
  );
  return detail;
}

async function fetchHtml(
  { remote, credentials }: DetailDeps,
  { hallId, uid }: TerminalId,
  dataId: bigint,
): Promise<string> {
  const password = (await credentials.terminals(hallId, [uid])).get(uid);
  if (password === undefined) throw failedPrecondition("the terminal's password is not known");
  const request = {
    user_id: uid,
    user_password: password,
    use_hash: 0,
    operation: 'log',
    log_id: String(dataId),
  } as const;
  const result = await remote
    .call(remotecabGameHistory, request, { type: 'user', password })
    .catch((error: unknown) => {
      if (error instanceof RemoteError) throw unavailable(error.message, error);
      throw error;
    });
  if (result.status === 'success') return decoded(result.answer.log_html ?? '');
  if (result.code === 'wrong_user_pass') credentials.distrust(hallId, uid);
  if (result.code === 'log_is_not_isset') throw notFound("StarGame's details of the game log");
  throw failedPrecondition(`remotecab_game_history: ${result.code}`);
}

function decoded(base64: string): string {
  const html = BASE64.test(base64) ? Buffer.from(base64, 'base64') : null;
  if (html === null || html.length > HTML_MAX_BYTES) {
    throw unavailable('remotecab_game_history: log_html is not base64 of at most 16 MiB', null);
  }
  return html.toString();
}
