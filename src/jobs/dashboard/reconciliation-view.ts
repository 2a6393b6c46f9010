/** What /api/reconciliation answers; the page knows it by these types alone. Amounts are decimals as text. */
export type ReconciliationView = {
  nowMs: number;
  user: string;
  /** Null: not available. */
  coverage: CoverageView | null;
  summary: SummaryView | null;
  discrepancies: DiscrepancyView[] | null;
  /** Whether there are more than are shown. */
  more: boolean;
};

export type CoverageView = {
  /** 0: nothing is harvested yet. */
  harvestedUntilMs: number;
  terminals: number;
  terminalsBehind: number;
  terminalsFailing: number;
  records: number;
  gaps: number;
  behind: { hallId: string; uid: string; harvestedUntilMs: number; error: string }[];
};

export type AgeName = 'hour' | 'day' | 'week' | 'older';

export type SummaryView = {
  reconciledUntilMs: number;
  recordsMatched: number;
  open: number;
  proposed: number;
  corrected: number;
  /** One for each kind and currency: how many, and what is at stake, by age. */
  groups: { kind: string; currency: string; ages: Record<AgeName, { count: number; amount: string } | null> }[];
};

export type DiscrepancyView = {
  id: string;
  provider: string;
  hallId: string;
  uid: string;
  operatorId: string;
  userId: string;
  currency: string;
  kind: string;
  /** Empty: no log record. */
  dataId: string;
  transactionId: string;
  amount: string;
  detail: string;
  occurredAtMs: number;
  foundAtMs: number;
  state: string;
  correction: string;
  resolution: string;
  proposedBy: string;
  proposedAtMs: number;
  approvedBy: string;
  resolvedAtMs: number;
  note: string;
  correctionTransactionId: string;
  /** Of a difference to a report: whose games, which day, the likely cause; else empty. */
  vendor: string;
  reportDay: string;
  cause: string;
};

/** What /api/reconciliation/{id} answers. */
export type DiscrepancyDetailView = {
  nowMs: number;
  user: string;
  discrepancy: DiscrepancyView;
  logs: {
    dataId: string;
    playedAtMs: number;
    gameName: string;
    bet: string;
    win: string;
    balance: string;
    betTransactionId: string;
    winTransactionId: string;
  }[];
  transactions: {
    seq: string;
    transactionId: string;
    kind: string;
    status: string;
    amount: string;
    balanceAfter: string;
    atMs: number;
    isCanceled: boolean;
  }[];
};
