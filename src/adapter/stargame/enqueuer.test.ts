import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { createEnqueuer } from './enqueuer.ts';
import type { OperationRecord } from './spool.ts';

const PATIENCE = { timeout: 20_000 };

const record = (id: string): OperationRecord => ({
  id,
  kind: 'credit',
  payload: {
    ...{
      operatorId: 'casino',
      userId: '117',
      provider: 'stargame',
      transactionId: id,
      amountUnits: '1',
      winUnits: '0',
    },
    ...{ context: '', requestId: '', why: 'late', answeredAtMs: 0 },
  },
});

test('what is settled while Redis is away does not gather', async () => {
  const ids = Array.from({ length: 500 }, (_, index) => `t${index}`);
  const owed = new Set(ids);
  let failed = 0;
  const enqueuer = createEnqueuer({
    // Nobody is there.
    redisUrl: 'redis://127.0.0.1:1',
    log: pino({ level: 'silent' }),
    isOwed: (id) => owed.has(id),
    onTaken: () => undefined,
    onFailed: (_, jobs) => {
      failed += jobs;
    },
    onDelayed: () => undefined,
  });
  enqueuer.start();
  for (const id of ids) enqueuer.add(record(id));
  await vi.waitUntil(() => failed > 0, PATIENCE);
  expect(enqueuer.untaken()).toBe(500);
  // The oldest are the ones that stay, and that are tried first.
  for (const id of ids.slice(200)) owed.delete(id);
  await vi.waitUntil(() => enqueuer.untaken() === 200, PATIENCE);
  expect(ids.filter((id) => !enqueuer.hasTaken(id))).toEqual(ids.slice(0, 200));
  await enqueuer.close();
});
