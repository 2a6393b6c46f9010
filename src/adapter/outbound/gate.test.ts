import { expect, test } from 'vitest';
import { createGate, GateError } from './gate.ts';

test('who waits for too long, or gives up, is turned away and holds up nobody', async () => {
  const gate = createGate({ ratePerSecond: 1000, concurrency: 1, queueMax: 10 });
  const leave = await gate.enter(1000);
  const controller = new AbortController();
  const late = gate.enter(10);
  const aborted = gate.enter(60_000, controller.signal);
  const next = gate.enter(60_000);
  controller.abort();
  await expect(aborted).rejects.toThrow(GateError);
  await expect(late).rejects.toThrow('waited too long');
  leave();
  (await next)();
  await expect(gate.enter(1000, AbortSignal.abort())).rejects.toThrow(GateError);
});

test('the rate holds on average, after what may go at once', async () => {
  const gate = createGate({ ratePerSecond: 100, concurrency: 100, queueMax: 100 });
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: 30 }, async () => (await gate.enter(60_000))()));
  // 30 at 10 ms, less the burst of 50 ms: a lower bound, which slowness can't break.
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(230);
});
