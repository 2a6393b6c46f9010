import type { NotificationResult } from '../stargame/types.ts';

export type RunFigures = {
  seconds: number;
  records: number;
  /** Of the jobs process, over time, as often as every two seconds. */
  residentMb: { first: number; largest: number; last: number };
};

export type BooksMeasurement = {
  terminals: number;
  callsPerSecond: number;
  harvest: RunFigures;
  /** What went on beside the harvest. */
  notifications: NotificationResult;
  reconciliation: RunFigures;
  /** By kind, those that were put in, and those that were found. */
  expected: Record<string, number>;
  found: Record<string, number>;
};

/** One operation's building, signing and parsing, on one core. */
export type RemoteShare = { operation: string; perSecond: number };
