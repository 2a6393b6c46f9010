import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { watchDatabase } from '../../../src/wallet/health.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { until } from '../lanes/fixture.ts';

const GAUGE = 'croupier_wallet_clock_skew_seconds';

test("a clock that is not the database's is told once, and once more when it is right again; the wallet stays ready", async () => {
  await using database = await createTestDatabase();
  const pool = createPool(database.url, { connectionLimit: 1 });
  const registry = new Registry();
  const lines: { level: number; skewMs: number }[] = [];
  let aheadMs = 0;
  let looks = 0;
  const watch = watchDatabase({
    pool,
    log: pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) }),
    registry,
    now: () => {
      looks += 1;
      return Date.now() + aheadMs;
    },
    intervalMs: 1,
    onChange: () => {
      throw new Error('the database was there all the time');
    },
  });
  const skewSeconds = async (): Promise<number> => {
    const values = (await registry.getSingleMetric(GAUGE)?.get())?.values ?? [];
    return values[0]?.value ?? Number.NaN;
  };
  const fewLooks = async (): Promise<void> => {
    const before = looks;
    await until('it has looked again', async () => looks > before + 6);
  };

  await fewLooks();
  // Both clocks are this machine's.
  expect(await skewSeconds()).toBeCloseTo(0, 0);
  for (const seconds of [60, 0, -60]) {
    aheadMs = seconds * 1_000;
    await until('the gauge says so', async () => Math.abs((await skewSeconds()) - seconds) < 5);
    await fewLooks();
  }
  expect(lines.map(({ level }) => level)).toEqual([40, 30, 40]);
  expect(lines.map(({ skewMs }) => Math.sign(Math.round(skewMs / 10_000)))).toEqual([1, 0, -1]);
  expect(watch.isUp()).toBe(true);
  watch.stop();
  await pool.end();
});
