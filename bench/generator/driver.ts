import type { LaneCounters } from '../lane-counters.ts';
import type { Players } from '../types.ts';

/** Sends numbered requests; at most one at a time in each slot. */
export type Driver = {
  send: (slot: number, number: number) => void;
  close: () => Promise<void>;
  /** Where the lanes run in this process: what they have done since it started. */
  laneCounters?: () => Promise<LaneCounters>;
};

/** Called once for every request sent, never within `send`. `fault` is null for an OK answer, else a short code. */
export type OnAnswer = (slot: number, fault: string | null) => void;

export type DriverOptions = { slots: number; players: Players; onAnswer: OnAnswer };

/** Makes a cell's driver. What outlives a cell, as the engine with what it has learned, is kept by whoever made this. */
export type Connect = (options: DriverOptions) => Promise<Driver>;
