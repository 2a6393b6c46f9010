import { expect, test } from 'vitest';
import type { Overview, QueueView } from './overview.ts';
import { problemsOf } from './problems.ts';

const up = (name: string, instance = name) => ({
  name,
  instance,
  state: 'up' as const,
  detail: '',
  startedAtMs: 0,
  memoryBytes: 1,
  loopLagMs: 1,
});

const queue = (name: string, changes: Partial<QueueView> = {}): QueueView => ({
  name,
  waiting: 0,
  active: 0,
  delayed: 0,
  failed: 0,
  isPaused: false,
  oldestAgeSeconds: null,
  completedLastMinute: 0,
  failedLastMinute: 0,
  ...changes,
});

const WELL: Parameters<typeof problemsOf>[0] = {
  processes: [up('adapter'), up('wallet'), up('jobs')],
  stores: [
    { name: 'MySQL', state: 'up', detail: '' },
    { name: 'Redis', state: 'up', detail: '' },
  ],
  providers: [],
  late: null,
  unconfirmed: null,
  stargame: null,
  ownApi: null,
  queues: [queue('void'), queue('round-close')],
  outbox: { messages: 0, oldestAgeSeconds: 0 },
  stops: [],
  anomalies: { standing: 0, recent: [] },
  audit: [],
  day: [],
};

const NOW_MS = 10_000_000;

const anomaly = (atMs: number) => ({
  kind: 'win_without_bet',
  operatorId: 'casino',
  userId: '1',
  roundId: '1',
  detail: '',
  atMs,
});

const texts = (changes: Partial<Overview>) =>
  problemsOf({ ...WELL, ...changes }, NOW_MS).map(({ severity, text }) => `${severity}: ${text}`);

const provider = (requests: number, failed: number, answers: number, missed: number) => ({
  name: 'stargame' as const,
  commands: [{ command: 'writeBet', requests, refused: 0, failed, outcomes: [] }],
  latency: { count: answers, buckets: [], p50Ms: 1, p99Ms: 1, p999Ms: 1, budgetMs: 40, missed },
});

test('all is well, also where the wallet could not be asked for its books', () => {
  expect(texts({})).toEqual([]);
  expect(texts({ stops: null, anomalies: null, audit: null, day: null, outbox: null })).toEqual([]);
});

test('the worst comes first', () => {
  const all = texts({
    stores: [{ name: 'Redis', state: 'down', detail: '' }],
    queues: [queue('round-close', { failed: 2 }), queue('void', { failed: 1 })],
    stops: [{ scope: 'all', scopeId: '', note: '', sinceMs: 0 }],
    anomalies: { standing: 3, recent: [anomaly(NOW_MS), anomaly(0), anomaly(0)] },
  });
  expect(all).toEqual([
    'bad: Redis is down',
    'bad: All play is stopped',
    'bad: 1 job failed in void',
    'warn: 2 jobs failed in round-close',
    'warn: 1 new anomaly in the books',
  ]);
});

test('of more new anomalies than are shown it says so', () => {
  const recent = [anomaly(NOW_MS), anomaly(NOW_MS)];
  expect(texts({ anomalies: { standing: 2, recent } })).toEqual(['warn: 2 new anomalies in the books']);
  expect(texts({ anomalies: { standing: 30, recent } })).toEqual(['warn: 2 or more new anomalies in the books']);
});

test('one process of several that is down is not all of them; the last one is', () => {
  const down = { ...up('adapter', 'b'), state: 'down' as const };
  expect(texts({ processes: [up('adapter', 'a'), down] })).toEqual(['warn: 1 of 2 adapter processes are down']);
  expect(texts({ processes: [down] })).toEqual(['bad: adapter is down']);
});

test('shares count from where they mean something', () => {
  expect(texts({ providers: [provider(10, 5, 10, 0)] })).toEqual([]);
  expect(texts({ providers: [provider(1000, 10, 1000, 1)] })).toEqual([]);
  expect(texts({ providers: [provider(1000, 11, 1000, 2)] })).toEqual([
    "bad: StarGame: 0.20 % of the last minute's answers missed the budget",
    "bad: StarGame: 1.1 % of the last minute's requests failed",
  ]);
});

test('what is owed is said, and is bad once it is a minute old', () => {
  const unconfirmed = { owed: [{ kind: 'void', count: 2 }], oldestAgeSeconds: 3, recent: 2, settledRecent: 0 };
  expect(texts({ unconfirmed })).toEqual([]);
  expect(texts({ unconfirmed: { ...unconfirmed, oldestAgeSeconds: 12 } })).toEqual([
    'warn: 2 unconfirmed outcomes are still owed, the oldest for 12 s',
  ]);
  expect(texts({ unconfirmed: { ...unconfirmed, oldestAgeSeconds: 600 } })).toEqual([
    'bad: 2 unconfirmed outcomes are still owed, the oldest for 10 min',
  ]);
  expect(texts({ outbox: { messages: 5, oldestAgeSeconds: 61 } })).toEqual(['warn: the outbox is 61 s behind']);
});

const STARGAME = { isUnreachable: false, harvestLagSeconds: 4_000, stuckTransfers: 0, discrepancies: 0 };

test.each([
  [{}, []],
  [{ stuckTransfers: 1 }, ['bad: 1 stuck transfer at StarGame']],
  [{ harvestLagSeconds: 4 * 3_600 }, ["warn: StarGame's game logs are 4 h behind"]],
  [{ harvestLagSeconds: 6 * 86_400 }, ["bad: StarGame's game logs are 144 h behind, and soon lost"]],
  [{ harvestLagSeconds: null, isUnreachable: true }, ["warn: StarGame's remote API can't be reached"]],
  [{ discrepancies: 2 }, ['warn: 2 open discrepancies']],
])('StarGame: %o', (changes, expected) => {
  expect(texts({ stargame: { ...STARGAME, ...changes } })).toEqual(expected);
});

const OWN_API = {
  isUnreachable: false,
  catalogueAgeSeconds: 4_000,
  reportsOverdueSeconds: 300,
  limitsExceeded: [],
  limitsNear: [],
};

test.each([
  [{}, []],
  [{ isUnreachable: true }, ["warn: PLATFORM's own API can't be reached"]],
  [{ catalogueAgeSeconds: 4 * 3_600 }, ["warn: PLATFORM's catalogue is 4 h old"]],
  [{ reportsOverdueSeconds: 7 * 3_600 }, ["warn: PLATFORM's reports are 7 h late"]],
  [
    { limitsExceeded: ['casino'], limitsNear: ['other'] },
    ["bad: PLATFORM's limit of casino is reached", "warn: PLATFORM's limit of other will soon be reached"],
  ],
])("PLATFORM's own API: %o", (changes, expected) => {
  expect(texts({ ownApi: { ...OWN_API, ...changes } })).toEqual(expected);
});

test.each(['sweep', 'stargame', 'harvest', 'reconcile', 'catalogue', 'reports'])(
  'a run of %s that failed or takes long is no news',
  (name) => {
    expect(texts({ queues: [queue(name, { failed: 1, oldestAgeSeconds: 600 })] })).toEqual([]);
  },
);
