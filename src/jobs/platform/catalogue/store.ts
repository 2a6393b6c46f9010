import { type Connection, change, type Pool, type Queryable, type SqlValue, selectRows } from '../../../common/db.ts';
import type { Pull, PullKey } from '../pulls.ts';
import type { Diff, EntryChange, KnownEntry } from './diff.ts';
import type { GameFields, ListedEntry, LobbyFields } from './entries.ts';

export type ListKind = 'games' | 'lobbies';

/** How a list is kept: its table, and its fields as columns. */
export type Shelf<F> = {
  /** In catalogue_changes. */
  kind: 'game' | 'lobby';
  table: string;
  idColumn: string;
  columns: readonly string[];
  valuesOf: (fields: F) => SqlValue[];
  fieldsOf: (row: Row) => F;
};

export type Row = Record<string, string | number | bigint | null>;

export const GAMES: Shelf<GameFields> = {
  kind: 'game',
  table: 'catalogue_games',
  idColumn: 'game_id',
  columns: [
    ...['title', 'vendor', 'type', 'platform', 'enabled', 'fun_mode', 'campaigns', 'created_on', 'picture_url'],
  ],
  valuesOf: (fields) => [
    ...[fields.title, fields.vendor, fields.type, fields.platform],
    ...[fields.enabled, fields.funMode, fields.campaigns].map(Number),
    ...[fields.createdOn, fields.pictureUrl],
  ],
  fieldsOf: (row) => ({
    title: String(row.title),
    vendor: String(row.vendor),
    type: String(row.type),
    platform: String(row.platform),
    enabled: row.enabled === 1,
    funMode: row.fun_mode === 1,
    campaigns: row.campaigns === 1,
    createdOn: String(row.created_on),
    pictureUrl: String(row.picture_url),
  }),
};

export const LOBBIES: Shelf<LobbyFields> = {
  kind: 'lobby',
  table: 'catalogue_lobbies',
  idColumn: 'lobby_id',
  columns: ['vendor', 'picture_url'],
  valuesOf: (fields) => [fields.vendor, fields.pictureUrl],
  fieldsOf: (row) => ({ vendor: String(row.vendor), pictureUrl: String(row.picture_url) }),
};

/** Bounds of one statement: the database takes no more than a few megabytes, and a lock is held no longer than needed. */
const CHUNK_ROWS = 500;
const CHUNK_CHARACTERS = 1_000_000;
const VALUE_LENGTH = 255;

export async function readKnown<F>(
  on: Queryable,
  shelf: Shelf<F>,
  operatorId: string,
): Promise<Map<string, KnownEntry<F>>> {
  const rows = await selectRows<Row>(
    on,
    `SELECT ${shelf.idColumn} AS id, ${shelf.columns.join(', ')}, SHA2(body, 256) AS digest, missing_since_ms
     FROM ${shelf.table} WHERE operator_id = ?`,
    [operatorId],
  );
  return new Map(
    rows.map((row) => [
      String(row.id),
      { fields: shelf.fieldsOf(row), digest: String(row.digest), isMissing: row.missing_since_ms !== null },
    ]),
  );
}

/** Writes what a list changed, and that it did, and nothing else. */
export async function writeDiff<F>(
  connection: Connection,
  shelf: Shelf<F>,
  list: { operatorId: string; entries: ReadonlyMap<string, ListedEntry<F>>; diff: Diff; nowMs: number },
): Promise<void> {
  const { operatorId, entries, diff, nowMs } = list;
  await upsert(connection, shelf, { operatorId, entries, ids: [...diff.added, ...diff.changed], nowMs });
  // What changed is written by now as listed; of the rest only that it is there again.
  await mark(connection, shelf, { operatorId, ids: diff.back, missingSinceMs: null });
  await mark(connection, shelf, { operatorId, ids: diff.missing, missingSinceMs: nowMs });
  await insertChanges(connection, shelf, { operatorId, changes: diff.changes, nowMs });
}

async function upsert<F>(
  connection: Connection,
  shelf: Shelf<F>,
  what: { operatorId: string; entries: ReadonlyMap<string, ListedEntry<F>>; ids: readonly string[]; nowMs: number },
): Promise<void> {
  const { operatorId, entries, ids, nowMs } = what;
  const columns = [...shelf.columns, 'body', 'changed_at_ms'];
  const sql = `INSERT INTO ${shelf.table}
      (operator_id, ${shelf.idColumn}, ${columns.join(', ')}, first_seen_at_ms, missing_since_ms) VALUES ?
    ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`;
  const rows = ids.flatMap((id) => {
    const entry = entries.get(id);
    return entry === undefined
      ? []
      : [[operatorId, id, ...shelf.valuesOf(entry.fields), entry.body, nowMs, nowMs, null]];
  });
  for (const chunk of chunksOf(rows)) await change(connection, sql, [chunk]);
}

async function mark<F>(
  connection: Connection,
  shelf: Shelf<F>,
  { operatorId, ids, missingSinceMs }: { operatorId: string; ids: readonly string[]; missingSinceMs: number | null },
): Promise<void> {
  for (let from = 0; from < ids.length; from += CHUNK_ROWS) {
    await change(
      connection,
      `UPDATE ${shelf.table} SET missing_since_ms = ? WHERE operator_id = ? AND ${shelf.idColumn} IN (?)`,
      [missingSinceMs, operatorId, ids.slice(from, from + CHUNK_ROWS)],
    );
  }
}

async function insertChanges<F>(
  connection: Connection,
  shelf: Shelf<F>,
  { operatorId, changes, nowMs }: { operatorId: string; changes: readonly EntryChange[]; nowMs: number },
): Promise<void> {
  const sql = `INSERT INTO catalogue_changes
    (operator_id, kind, item_id, field, value_before, value_after, changed_at_ms) VALUES ?`;
  const rows = changes.map(({ itemId, field, valueBefore, valueAfter }) => [
    ...[operatorId, shelf.kind, itemId, field, cut(valueBefore), cut(valueAfter), nowMs],
  ]);
  for (const chunk of chunksOf(rows)) await change(connection, sql, [chunk]);
}

const cut = (value: string): string => [...value].slice(0, VALUE_LENGTH).join('');

function* chunksOf(rows: readonly SqlValue[][]): Generator<SqlValue[][]> {
  let chunk: SqlValue[][] = [];
  let characters = 0;
  for (const row of rows) {
    chunk.push(row);
    for (const value of row) characters += typeof value === 'string' ? value.length : 0;
    if (chunk.length < CHUNK_ROWS && characters < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = [];
    characters = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** Gives a pull back as it was: nothing came of it, and nobody is to blame. */
export async function releasePull(pool: Pool, pull: Pull): Promise<void> {
  await change(
    pool,
    `UPDATE platform_pulls SET leased_until_ms = 0
     WHERE operator_id = ? AND kind = ? AND item = ? AND leased_until_ms = ?`,
    [pull.operatorId, pull.kind, pull.item, pull.leasedUntilMs],
  );
}

/** It is to be done again at once: what was written elsewhere may be older than what another process wrote. */
export async function makeDue(pool: Pool, { operatorId, kind, item }: PullKey, nowMs: number): Promise<void> {
  await change(
    pool,
    'UPDATE platform_pulls SET due_at_ms = LEAST(due_at_ms, ?) WHERE operator_id = ? AND kind = ? AND item = ?',
    [nowMs, operatorId, kind, item],
  );
}

/** Of `keys`, those that there is no pull of yet. */
export async function missingPulls(pool: Pool, keys: readonly PullKey[]): Promise<PullKey[]> {
  const rows = await selectRows<{ operator_id: string; kind: string }>(
    pool,
    "SELECT operator_id, kind FROM platform_pulls WHERE kind IN ('games', 'lobbies')",
  );
  const there = new Set(rows.map((row) => `${row.operator_id} ${row.kind}`));
  return keys.filter(({ operatorId, kind }) => !there.has(`${operatorId} ${kind}`));
}
