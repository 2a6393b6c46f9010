/** What /api/overview answers; the page knows it by these types alone. Null is everywhere: not available, for want of its source. */
export type Overview = {
  nowMs: number;
  user: string;
  /** What is wrong, the worst first; empty when all is well. */
  problems: Problem[];
  processes: ProcessView[];
  stores: StoreView[];
  providers: ProviderView[];
  late: LateView | null;
  unconfirmed: UnconfirmedView | null;
  stargame: StargameView | null;
  ownApi: OwnApiView | null;
  queues: QueueView[] | null;
  outbox: { messages: number; oldestAgeSeconds: number } | null;
  stops: StopView[] | null;
  anomalies: { standing: number; recent: AnomalyView[] } | null;
  audit: AuditView[] | null;
  day: DayView[] | null;
  /** Those after the time that was asked for; oldest first. */
  points: Point[];
};

export type StargameView = {
  /** Its remote API failed again and again, and is not asked for now. */
  isUnreachable: boolean;
  /** How far the reading of game logs is behind; null where none are read. */
  harvestLagSeconds: number | null;
  stuckTransfers: number;
  /** Those that somebody has to decide, or to approve. */
  discrepancies: number;
};

/** PLATFORM's own API: what is asked of it, and what it says of limits. */
export type OwnApiView = {
  /** It failed again and again, and is not asked for now. */
  isUnreachable: boolean;
  /** Of the list that was read longest ago. */
  catalogueAgeSeconds: number;
  /** How long the report that is most overdue is so. */
  reportsOverdueSeconds: number;
  /** Operators. */
  limitsExceeded: string[];
  limitsNear: string[];
};

export type Problem = {
  severity: 'bad' | 'warn';
  text: string;
  /** Where on the page, or where else, there is more. */
  href: string;
};

export type ProcessView = {
  name: string;
  instance: string;
  state: 'up' | 'not ready' | 'down';
  /** Why, where it isn't up. */
  detail: string;
  startedAtMs: number | null;
  memoryBytes: number | null;
  /** Slowest percent of turns of its event loop. */
  loopLagMs: number | null;
};

export type StoreView = { name: 'MySQL' | 'Redis'; state: 'up' | 'down' | 'unknown'; detail: string };

export type ProviderName = 'platform' | 'stargame';

/** The last minute. */
export type ProviderView = {
  name: ProviderName;
  commands: CommandView[];
  latency: LatencyView | null;
};

export type CommandView = {
  command: string;
  requests: number;
  refused: number;
  failed: number;
  /** The outcomes that are not OK, most frequent first. */
  outcomes: { outcome: string; count: number }[];
};

export type LatencyView = {
  count: number;
  /** `upToMs` is null in the last one: slower than all before. */
  buckets: { upToMs: number | null; count: number }[];
  /** As the bucket says: the request took at most this; null: longer than the last one. */
  p50Ms: number | null;
  p99Ms: number | null;
  p999Ms: number | null;
  /** Null where the provider has none. */
  budgetMs: number | null;
  missed: number;
};

/** In the last 15 minutes: bets that committed late, and those of them that the wallet canceled at once. */
export type LateView = { recent: number; reversedRecent: number };

export type UnconfirmedView = {
  owed: { kind: string; count: number }[];
  oldestAgeSeconds: number;
  recent: number;
  settledRecent: number;
};

export type QueueView = {
  name: string;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  isPaused: boolean;
  oldestAgeSeconds: number | null;
  completedLastMinute: number;
  failedLastMinute: number;
};

export type StopScopeName = 'all' | 'operator' | 'vendor' | 'game';
export type StopView = { scope: StopScopeName; scopeId: string; note: string; sinceMs: number };
export type AnomalyView = {
  kind: string;
  operatorId: string;
  userId: string;
  roundId: string;
  detail: string;
  atMs: number;
};
export type AuditView = { atMs: number; actor: string; action: string; target: string; detail: string };

/** Amounts as decimals in text. */
export type DayView = {
  operatorId: string;
  currency: string;
  bets: string;
  wins: string;
  ggr: string;
  rounds: number;
};

/** One look at everything, every two seconds. Rates are per second; null where the adapter could not be read. */
export type Point = {
  atMs: number;
  platform: Rates | null;
  stargame: Rates | null;
  /** Jobs waiting, active or delayed; null while Redis is away. */
  jobs: number | null;
};

export type Rates = { requests: number; failed: number; missed: number };
