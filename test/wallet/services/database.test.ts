import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  change,
  createPool,
  inTransaction,
  isDuplicateKey,
  type Pool,
  selectRow,
  selectRows,
} from '../../../src/common/db.ts';
import { failedPrecondition } from '../../../src/common/fault.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { track } from '../../harness/leaks.ts';

let database: TestDatabase;
let pool: Pool;
let closed: () => void;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, { connectionLimit: 5 });
  closed = track('pool', () => pool.end());
  await change(
    pool,
    'CREATE TABLE t (id INT NOT NULL, units BIGINT NOT NULL, note VARCHAR(5) NULL, PRIMARY KEY (id)) ENGINE=InnoDB',
  );
});
afterAll(async () => {
  await pool.end();
  closed();
  await database.drop();
});
beforeEach(async () => {
  await change(pool, 'DELETE FROM t');
  await change(pool, 'INSERT INTO t (id, units, note) VALUES ?', [
    [
      [1, 9_007_199_254_740_993n, null],
      [2, -1n, "o'\\"],
    ],
  ]);
});

const unitsOf = async (id: number): Promise<bigint | undefined> =>
  (await selectRow<{ units: bigint }>(pool, 'SELECT units FROM t WHERE id = ?', [id]))?.units;

describe('what comes out', () => {
  it('is bigint for BIGINT, exact and also for counts; text for sums', async () => {
    expect(await selectRows(pool, 'SELECT id, units, note FROM t ORDER BY id')).toEqual([
      { id: 1, units: 9_007_199_254_740_993n, note: null },
      { id: 2, units: -1n, note: "o'\\" },
    ]);
    expect(await selectRow(pool, 'SELECT COUNT(*) AS n, SUM(units) AS s FROM t')).toEqual({
      n: 2n,
      s: '9007199254740992',
    });
    expect(await selectRow(pool, 'SELECT 1 FROM t WHERE id = 99')).toBeNull();
  });
});

describe('every connection', () => {
  it('is READ COMMITTED, strict and in UTC, whatever the server has as default', async () => {
    const connections = await Promise.all([pool.getConnection(), pool.getConnection()]);
    for (const connection of connections) {
      const session = await selectRow<{ mode: string; zone: string }>(
        connection,
        'SELECT @@SESSION.sql_mode AS mode, @@SESSION.time_zone AS zone',
      );
      expect(session?.mode).toContain('STRICT_ALL_TABLES');
      expect(session?.mode).not.toContain('NO_BACKSLASH_ESCAPES');
      expect(session?.zone).toBe('+00:00');
    }
    const [first, second] = connections;
    if (first === undefined || second === undefined) throw new Error('no connections');
    // A reader within a transaction sees what others committed meanwhile: that is READ COMMITTED.
    await change(first, 'START TRANSACTION');
    await selectRow(first, 'SELECT units FROM t WHERE id = 2');
    await change(second, 'UPDATE t SET units = 5 WHERE id = 2');
    expect(await selectRow(first, 'SELECT units FROM t WHERE id = 2')).toEqual({ units: 5n });
    await change(first, 'COMMIT');
    for (const connection of connections) connection.release();
  });

  it('refuses what would be cut', async () => {
    await expect(change(pool, 'UPDATE t SET note = ? WHERE id = 1', ['longer'])).rejects.toMatchObject({ errno: 1406 });
  });

  it('runs one statement only', async () => {
    await expect(change(pool, 'DELETE FROM t; DELETE FROM t')).rejects.toMatchObject({ errno: 1064 });
    expect(await selectRows(pool, 'SELECT id FROM t')).toHaveLength(2);
  });
});

describe('change', () => {
  it('gives how many rows matched, changed or not', async () => {
    expect(await change(pool, 'UPDATE t SET units = -1 WHERE id = 2')).toBe(1);
    expect(await change(pool, 'UPDATE t SET units = -1 WHERE id = 99')).toBe(0);
    expect(await change(pool, 'DELETE FROM t WHERE id IN (?)', [[1, 2, 3]])).toBe(2);
  });

  it('tells a taken key', async () => {
    const taken = change(pool, 'INSERT INTO t (id, units) VALUES (1, 1)');
    expect(await taken.catch(isDuplicateKey)).toBe(true);
    const other = change(pool, 'INSERT INTO nowhere (id) VALUES (1)');
    expect(await other.catch(isDuplicateKey)).toBe(false);
  });
});

describe('inTransaction', () => {
  it('commits all, or nothing where the work throws', async () => {
    const result = await inTransaction(pool, async (connection) => {
      await change(connection, 'UPDATE t SET units = 1 WHERE id = 1');
      await change(connection, 'UPDATE t SET units = 2 WHERE id = 2');
      return 'done';
    });
    expect(result).toBe('done');
    const refused = inTransaction(pool, async (connection) => {
      await change(connection, 'UPDATE t SET units = 3 WHERE id = 1');
      throw failedPrecondition('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect([await unitsOf(1), await unitsOf(2)]).toEqual([1n, 2n]);
  });

  it('is repeated after a deadlock, and both get through', async () => {
    let meeting = 0;
    let runs = 0;
    const bothHold = Promise.withResolvers<void>();
    const add = (first: number, second: number) =>
      inTransaction(pool, async (connection) => {
        runs += 1;
        await change(connection, 'UPDATE t SET units = units + 10 WHERE id = ?', [first]);
        meeting += 1;
        if (meeting === 2) bothHold.resolve();
        await bothHold.promise;
        await change(connection, 'UPDATE t SET units = units + 10 WHERE id = ?', [second]);
      });
    await Promise.all([add(1, 2), add(2, 1)]);
    expect(runs).toBe(3);
    expect([await unitsOf(1), await unitsOf(2)]).toEqual([9_007_199_254_741_013n, 19n]);
  });

  it('says UNAVAILABLE where the connection is lost before COMMIT, and nothing was done', async () => {
    const lost = inTransaction(pool, async (connection) => {
      await change(connection, 'UPDATE t SET units = 7 WHERE id = 2');
      await killConnection(await connectionId(connection));
      await change(connection, 'UPDATE t SET units = 8 WHERE id = 2');
    });
    await expect(lost).rejects.toMatchObject({ name: 'Fault', code: status.UNAVAILABLE });
    expect(await unitsOf(2)).toBe(-1n);
  });

  it('says UNKNOWN where the connection is lost at COMMIT', async () => {
    const lost = inTransaction(pool, async (connection) => {
      await change(connection, 'UPDATE t SET units = 7 WHERE id = 2');
      await killConnection(await connectionId(connection));
    });
    await expect(lost).rejects.toMatchObject({ name: 'Fault', code: status.UNKNOWN });
    expect(await unitsOf(2)).toBe(-1n);
  });

  it('leaves the pool whole after all that', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => selectRow(pool, 'SELECT 1 AS one')));
    expect(answers).toHaveLength(20);
  });
});

type OneConnection = Parameters<Parameters<typeof inTransaction>[1]>[0];

async function connectionId(connection: OneConnection): Promise<bigint> {
  const found = await selectRow<{ id: bigint }>(connection, 'SELECT CONNECTION_ID() AS id');
  return found?.id ?? 0n;
}

async function killConnection(id: bigint): Promise<void> {
  await change(pool, 'KILL ?', [id]);
}
