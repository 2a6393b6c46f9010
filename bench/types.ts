/** `spread`: each request is another player's; `one`: all are the first player's. */
export type Players = 'spread' | 'one';

/** One measurement: what is sent, how, and for how long. */
export type Cell = {
  /** Connections, and so the requests that can be in flight. */
  clients: number;
  players: Players;
  /** `known` sends again what an earlier cell of the same section and players sent: every answer is a replay. */
  ids: 'new' | 'known';
  /** Null: each client sends its next request when it has its answer (closed loop). Else the open loop's fixed rate. */
  ratePerSecond: number | null;
  warmupSeconds: number;
  seconds: number;
};

/** What a driver needs to reach the system that it measures. */
export type Target =
  | { kind: 'http'; host: string; port: number }
  | { kind: 'sql'; databaseUrl: string }
  | { kind: 'engine'; databaseUrl: string }
  | { kind: 'grpc'; address: string };

/** Processes whose CPU time and memory a cell reports, by name. */
export type Pids = Record<string, number>;

export type LatencyMs = { p50: number; p99: number; p999: number; max: number };

export type ProcessFigures = {
  cpuMicrosPerRequest: number;
  /** Share of one core: 1 is one core fully used. */
  cpuCores: number;
  residentMb: number;
};

export type CellResult = {
  /** Answers, OK or not, that came while it was measured. */
  answers: number;
  /** Answers that were not OK, by error code, with those of the warm-up; they count in no rate. */
  faults: Record<string, number>;
  /** OK answers that came while it was measured. In an open loop that is less than what was asked where a backlog grows. */
  ratePerSecond: number;
  /** Of the requests that were due while it was measured, whenever their answers came. */
  latencyMs: LatencyMs;
  /** Share of requests that took longer than 50 ms, 0 to 1. */
  slowerThan50MsShare: number;
  /** Open loop: how late the generator itself was in sending; part of the latency. */
  sentLateMs: { p99: number; max: number };
  processes: Record<string, ProcessFigures>;
  /** Share of the machine's cores that was in use, by anything, 0 to 1. */
  machineBusyShare: number;
  /** Lane cost; null where no lane is involved, or none wrote anything. */
  operationsPerTransaction: number | null;
  /** Resident memory over time, every 10 s. */
  residentMbSamples: Record<string, number>[];
};

/** A section's name is its column in the comparison. */
export const SECTIONS = ['raw', 'batched', 'grpc', 'chain', 'afternoon'] as const;
export type Section = (typeof SECTIONS)[number];
