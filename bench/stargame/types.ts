import type { CellResult, LatencyMs, Pids, ProcessFigures } from '../types.ts';

/** What the StarGame generator is asked to send. */
export type NotificationTask = {
  host: string;
  port: number;
  ratePerSecond: number;
  seconds: number;
  /** Numbers go up from here; see notifications.ts. */
  firstNumber: number;
  pids: Pids;
};

/** How its notifications were answered. Every share is of all that were due. */
export type NotificationResult = {
  sent: number;
  answered: number;
  succeeded: number;
  /** Answers that were no success, by their error; and what was not answered. */
  fails: Record<string, number>;
  /** Numbers of the notifications without a success, which the ledger is compared with. */
  notSucceeded: number[];
  /** Those of them that found no connection, as when the adapter stands still: nobody can know of them. */
  notSent: number[];
  within40MsShare: number;
  /** What the goal is about: who fails at once would be within any time. */
  successWithin40MsShare: number;
  within50MsShare: number;
  /** How many took over 50 ms without what the generator itself was late; of use where the machine is too busy to measure on. */
  over50MsFromSending: number;
  /** Of all that were due, from when they were due. What was never answered counts with the time that it was waited for. */
  latencyMs: LatencyMs;
  /** How late the generator itself was in sending; part of the latency. */
  sentLateMs: { p99: number; max: number };
  /** Connections that were opened after the start; each costs the first that uses it a handshake. */
  connectionsAdded: number;
  processes: Record<string, ProcessFigures>;
  machineBusyShare: number;
};

/** A stall of the database, in milliseconds since 1970. */
export type Stall = { fromMs: number; toMs: number };

export type LedgerCheck = {
  /** Bets that were debited and then reversed. */
  lateBets: number;
  /** Bets that were canceled before they arrived. */
  tombstones: number;
  /** From the end of a stall to the last reversal that it caused, in the worst case; null without one. */
  lastReversalMs: number | null;
  /** Until the adapter owed nothing more, from the end of the sending. */
  settledMs: number;
  /** What is wrong: a failed bet that counts, a win that is missing or there twice, a balance that is off. Empty: nothing. */
  findings: string[];
};

export const STARGAME_CELLS = ['alone', 'beside PLATFORM', 'database stalls'] as const;
export type StarGameCell = (typeof STARGAME_CELLS)[number];

export type StarGameMeasurement = {
  cell: StarGameCell;
  ratePerSecond: number;
  seconds: number;
  result: NotificationResult;
  ledger: LedgerCheck;
  stalls: number;
  /** PLATFORM's load beside it. */
  platform: CellResult | null;
};
