import type { LatencyMs } from '../types.ts';

/** Launches at a pace, over gRPC. */
export type LaunchTask = { address: string; ratePerSecond: number; seconds: number; isStream: boolean };
export type LaunchResult = { launched: number; ratePerSecond: number; failed: number; latencyMs: LatencyMs };

export type PlatformMeasurement = {
  catalogue: { games: number; allNewSeconds: number; unchangedSeconds: number };
  /** In one stream, and with a call for each. */
  launches: { streamed: LaunchResult; unary: LaunchResult };
  reports: {
    transactions: number;
    vendors: number;
    /** From the day's totals; and until the causes were looked up in the ledger. */
    comparedSeconds: number;
    explainedSeconds: number;
    differing: number;
    /** The first page of a vendor with its share of the day, and of one with a hundred rows. */
    vendorPageSeconds: number;
    rareVendorPageSeconds: number;
    explainSeconds: number;
  };
  lobby: {
    games: number;
    firstPaintMs: number;
    bytesBeforePictures: number;
    picturesAtFirst: number;
    picturesAfterScrolling: number;
  };
};
