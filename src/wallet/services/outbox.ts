import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, inTransaction, type Pool, type Queryable, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { MessageSchema, OutboxService } from '../../gen/wallet/v1/outbox_pb.ts';

export type OutboxDeps = { pool: Pool; now: () => number };

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const DEFAULT_LEASE_MS = 30_000;
/** Counting reads every row: from here on it is only "very many". */
const MAX_COUNTED = 100_001;

type MessageRow = {
  message_id: bigint;
  player_id: bigint;
  topic: string;
  payload: string;
  created_at_ms: bigint;
};

export function createOutboxService({ pool, now }: OutboxDeps): ServiceHandlers<typeof OutboxService> {
  return {
    async claimMessages(request) {
      const limit = fields.numberOr(DEFAULT_LIMIT, 'limit', request.limit, { min: 1, max: MAX_LIMIT });
      const leaseMs = fields.numberOr(DEFAULT_LEASE_MS, 'lease_ms', request.leaseMs, { min: 1_000, max: 600_000 });
      const messages = await leaseDue(pool, limit, now(), leaseMs);
      return { messages: messages.map(toMessage) };
    },

    async completeMessages(request) {
      const ids = request.messageIds;
      if (ids.length > MAX_LIMIT) throw invalidArgument('message_ids', `must be at most ${MAX_LIMIT}`);
      await deleteMessages(pool, ids);
      return {};
    },

    async getOutboxStats() {
      // Message ids are in order of time.
      const oldest = await selectRow<{ created_at_ms: bigint }>(
        pool,
        'SELECT created_at_ms FROM outbox ORDER BY message_id LIMIT 1',
      );
      const counted = await selectRow<{ messages: bigint }>(
        pool,
        'SELECT COUNT(*) AS messages FROM (SELECT message_id FROM outbox LIMIT ?) AS counted',
        [MAX_COUNTED],
      );
      return { messages: Number(counted?.messages ?? 0n), oldestAtMs: oldest?.created_at_ms ?? 0n };
    },
  };
}

/**
 * By primary key, whatever the table's size. `IN (…)` over a table of a few hundred rows makes MariaDB read them all, whatever index it is
 * told, and wait for those that money transactions are just writing.
 */
const DELETE_MESSAGES = `DELETE o FROM JSON_TABLE(?, '$[*]' COLUMNS (message_id BIGINT PATH '$')) AS done
  STRAIGHT_JOIN outbox AS o FORCE INDEX (PRIMARY) ON o.message_id = done.message_id`;

/** Ends what is owed. In the order of their ids, so that two who end the same messages wait for each other instead of deadlocking. */
export async function deleteMessages(on: Queryable, ids: readonly bigint[]): Promise<void> {
  if (ids.length === 0) return;
  const inOrder = [...ids].sort((a, b) => (a < b ? -1 : 1));
  await change(on, DELETE_MESSAGES, [`[${inOrder.join(',')}]`]);
}

/**
 * Leases what is due, oldest first. SKIP LOCKED lets several relays claim at once without waiting for each other; due_at_ms then keeps
 * others off until the lease runs out. A relay that dies, or whose claim committed while the answer was lost, costs its messages one
 * lease: they are handed out again, never lost. The indexes are named so that a small table is not read, and locked, whole.
 */
function leaseDue(pool: Pool, limit: number, atMs: number, leaseMs: number): Promise<MessageRow[]> {
  return inTransaction(pool, async (connection) => {
    const due = await selectRows<MessageRow>(
      connection,
      `SELECT message_id, player_id, topic, payload, created_at_ms FROM outbox FORCE INDEX (by_due)
       WHERE due_at_ms <= ? ORDER BY due_at_ms, message_id LIMIT ? FOR UPDATE SKIP LOCKED`,
      [atMs, limit],
    );
    if (due.length > 0) {
      await change(connection, 'UPDATE outbox FORCE INDEX (PRIMARY) SET due_at_ms = ? WHERE message_id IN (?)', [
        atMs + leaseMs,
        due.map((message) => message.message_id),
      ]);
    }
    return due;
  });
}

function toMessage(row: MessageRow): MessageInitShape<typeof MessageSchema> {
  return {
    messageId: row.message_id,
    playerId: row.player_id,
    topic: row.topic,
    payload: row.payload,
    createdAtMs: row.created_at_ms,
  };
}
