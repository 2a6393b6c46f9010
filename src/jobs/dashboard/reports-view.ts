/** What /api/reports answers; the page knows it by these types alone. Amounts are decimals as text, with a sign where they are differences. */
export type ReportsView = {
  nowMs: number;
  user: string;
  /** 0: nothing is complete yet. */
  completeUntilMs: number;
  /** What may be chosen. */
  operators: string[];
  currencies: string[];
  /** The currency that is shown; amounts of two can't be added. */
  currency: string;
  /** Newest first. */
  days: ReportDayView[];
  /** Of the day that is chosen; null: none is. */
  vendors: ReportVendorView[] | null;
  /** Null: not available. */
  limits: LimitView[] | null;
  pulls: PullView[];
};

export type ReportState = 'agrees' | 'differs' | 'provisional';

/** All vendors of a day together. */
export type ReportDayView = {
  day: string;
  state: ReportState;
  groups: number;
  differing: number;
  ours: string;
  theirs: string;
  difference: string;
};

export type FigureView = { name: string; ours: string; theirs: string; differs: boolean };

export type ReportVendorView = {
  operatorId: string;
  day: string;
  vendor: string;
  currency: string;
  state: ReportState;
  ours: string;
  theirs: string;
  difference: string;
  cause: string;
  /** Empty: none. */
  discrepancyId: string;
  discrepancyState: string;
};

/** What /api/reports/day answers. */
export type ReportDetailView = {
  nowMs: number;
  group: ReportVendorView;
  pulledAtMs: number;
  changedAtMs: number;
  reconciledAtMs: number;
  figures: FigureView[];
  classes: { name: string; transactions: number; bets: string; wins: string; refunds: string }[];
};

/** What /api/reports/transactions answers. */
export type ReportTransactionsView = {
  transactions: {
    userId: string;
    transactionId: string;
    kind: string;
    amount: string;
    roundId: string;
    gameId: string;
    occurredAtMs: number;
    createdAtMs: number;
    /** 0: not canceled. */
    canceledAtMs: number;
    hasHistoryId: boolean;
    hasHandHistory: boolean;
  }[];
  /** Empty: the last page. */
  next: string;
};

/** What /api/reports/hand-history answers. */
export type HandHistoryView = { type: string; body: string; vendor: string; historyId: string; fetchedAtMs: number };

export type LimitView = {
  operatorId: string;
  kind: string;
  currency: string;
  state: string;
  /** Empty: not said. */
  available: string;
  limit: string;
  used: string;
  /** 0: it can't be told, or not soon. */
  reachedAtMs: number;
  readAtMs: number;
  error: string;
};

/** A report that can't be had, or is late. */
export type PullView = { operatorId: string; day: string; failures: number; error: string; pulledAtMs: number };
