import { Counter, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createHistory } from './history.ts';
import { readMetrics } from './metrics-reading.ts';
import { providerViews } from './traffic.ts';

/** An adapter process, as far as it counts. */
function adapter() {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const requests = new Counter({
    name: 'croupier_adapter_requests_total',
    help: 'h',
    labelNames: ['provider', 'command', 'outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'croupier_adapter_request_duration_seconds',
    help: 'h',
    labelNames: ['provider', 'command'],
    buckets: [0.01, 0.04, 0.1],
    registers,
  });
  return {
    ask: (command: string, outcome: string, seconds = 0.001) => {
      requests.inc({ provider: 'stargame', command, outcome });
      durations.observe({ provider: 'stargame', command }, seconds);
    },
    read: async () => readMetrics(JSON.parse(JSON.stringify(await registry.getMetricsAsJSON()))),
  };
}

const look = { isAdapterUp: true, jobs: 0 };

test('rates are of what grew, over all processes; what was counted before counts for nothing', async () => {
  const [one, other] = [adapter(), adapter()];
  for (let request = 0; request < 500; request += 1) one.ask('getBalance', 'OK');
  const history = createHistory();
  history.add({
    ...look,
    atMs: 0,
    readings: new Map([
      ['one', await one.read()],
      ['other', await other.read()],
    ]),
  });
  for (let request = 0; request < 8; request += 1) one.ask('getBalance', 'OK');
  other.ask('writeBet', 'OK');
  other.ask('writeBet', 'late');
  history.add({
    ...look,
    atMs: 2000,
    readings: new Map([
      ['one', await one.read()],
      ['other', await other.read()],
    ]),
  });
  expect(history.points(0)).toEqual([
    {
      atMs: 2000,
      platform: { requests: 0, failed: 0, missed: 0 },
      stargame: { requests: 5, failed: 0.5, missed: 0 },
      jobs: 0,
    },
  ]);
});

test('a process that started anew counts from 0; while it is away there is no rate', async () => {
  const before = adapter();
  for (let request = 0; request < 100; request += 1) before.ask('getBalance', 'OK');
  const history = createHistory();
  history.add({ ...look, atMs: 1000, readings: new Map([['one', await before.read()]]) });
  history.add({ isAdapterUp: false, jobs: null, atMs: 3000, readings: new Map() });
  const after = adapter();
  for (let request = 0; request < 6; request += 1) after.ask('getBalance', 'OK');
  history.add({ ...look, atMs: 5000, readings: new Map([['one', await after.read()]]) });
  expect(history.points(1000)).toMatchObject([
    { stargame: null, jobs: null },
    { stargame: { requests: 3 }, jobs: 0 },
  ]);
});

test('a quarter of an hour is kept, and a page that has some of it gets the rest', async () => {
  const history = createHistory();
  for (let atMs = 2000; atMs <= 20 * 60_000; atMs += 2000) history.add({ ...look, atMs, readings: new Map() });
  expect(history.points(0)).toHaveLength(450);
  expect(history.points(20 * 60_000 - 4000).map(({ atMs }) => atMs)).toEqual([20 * 60_000 - 2000, 20 * 60_000]);
});

test('the last minute by command, and by duration', async () => {
  const one = adapter();
  const history = createHistory();
  history.add({ ...look, atMs: 0, readings: new Map([['one', await one.read()]]) });
  for (let request = 0; request < 97; request += 1) one.ask('getBalance', 'OK', 0.005);
  one.ask('getBalance', 'insufficient_funds', 0.03);
  one.ask('getBalance', 'late', 0.05);
  one.ask('getBalance', 'late', 0.5);
  history.add({ ...look, atMs: 2000, readings: new Map([['one', await one.read()]]) });
  const [platform, stargame] = providerViews(history.lastMinute(), [
    { name: 'croupier_adapter_budget_seconds', labels: { provider: 'stargame' }, value: 0.04 },
  ]);
  expect(platform).toMatchObject({ commands: [], latency: null });
  expect(stargame?.commands).toEqual([
    {
      command: 'getBalance',
      requests: 100,
      refused: 1,
      failed: 2,
      outcomes: [
        { outcome: 'late', count: 2 },
        { outcome: 'insufficient_funds', count: 1 },
      ],
    },
  ]);
  expect(stargame?.latency).toMatchObject({
    count: 100,
    buckets: [
      { upToMs: 10, count: 97 },
      { upToMs: 40, count: 1 },
      { upToMs: 100, count: 1 },
      { upToMs: null, count: 1 },
    ],
    p50Ms: 10,
    p99Ms: 100,
    p999Ms: null,
    budgetMs: 40,
  });
  history.add({ ...look, atMs: 63_000, readings: new Map([['one', await one.read()]]) });
  expect(history.lastMinute()).toEqual([]);
});
