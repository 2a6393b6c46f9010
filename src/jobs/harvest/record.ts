import type { GameLog } from '../../adapter/stargame/remote/operations/remotecab-game-history.ts';
import { fromServerTime, toServerTime } from '../../adapter/stargame/remote/times.ts';
import { offsetMs } from './clock.ts';

/** One record of a terminal's game log as we keep it. Amounts in 1/100 of the currency. */
export type GameRecord = {
  dataId: bigint;
  /** By the game server's clock, whole seconds. */
  playedAtMs: number;
  gameId: string;
  gameName: string;
  betUnits: bigint;
  winUnits: bigint;
  lineCount: bigint;
  balanceUnits: bigint;
};

const MAX_BIGINT = 2n ** 63n - 1n;
const NAME_LENGTH = 100;
const DAY_MS = 24 * 3_600_000;

/** The answer is not one that can be kept; the message says why, and has no secret. */
export class RecordError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RecordError';
  }
}

/**
 * The records of one answer, by data id. Ids rise with time: that tells which one is meant of two times that a clock shows alike, when it
 * is turned back. `fromMs`: where the window began.
 */
export function recordsOf(logs: readonly GameLog[], zone: string, fromMs: number): GameRecord[] {
  const byId = new Map(logs.map((log) => [bigintOf('dataid', BigInt(log.dataid)), log]));
  if (byId.size < logs.length) throw new RecordError('the answer has the same dataid twice');
  let notBeforeMs = fromMs;
  return [...byId]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([dataId, log]) => {
      const playedAtMs = playedAt(log.date, zone, notBeforeMs);
      notBeforeMs = Math.max(notBeforeMs, playedAtMs);
      return {
        dataId,
        playedAtMs,
        gameId: log.gameid,
        gameName: [...(log.gname ?? '')].slice(0, NAME_LENGTH).join(''),
        betUnits: bigintOf('bet', log.bet),
        winUnits: bigintOf('win', log.win),
        lineCount: bigintOf('lines', log.lines ?? 0n),
        balanceUnits: bigintOf('balance', log.balance),
      };
    });
}

/** A time that the clock shows twice is the first of the two, unless that was too early. */
function playedAt(text: string, zone: string, notBeforeMs: number): number {
  const firstMs = fromServerTime(text, zone);
  if (firstMs >= notBeforeMs || zone === 'UTC') return firstMs;
  const turnedBackMs = offsetMs(firstMs, zone) - offsetMs(firstMs + DAY_MS, zone);
  const secondMs = firstMs + turnedBackMs;
  return turnedBackMs > 0 && toServerTime(secondMs, zone) === text ? secondMs : firstMs;
}

function bigintOf(field: string, value: bigint): bigint {
  if (value > MAX_BIGINT || value < -MAX_BIGINT) throw new RecordError(`${field} is not a 64-bit number`);
  return value;
}
