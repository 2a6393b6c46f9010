import type { MessageInitShape } from '@bufbuild/protobuf';
import type { HallMode } from '../../../src/gen/wallet/v1/halls_pb.ts';
import type { LimitsSchema } from '../../../src/gen/wallet/v1/players_pb.ts';
import type { StopScope } from '../../../src/gen/wallet/v1/stops_pb.ts';

/**
 * One conformance case: what is, what StarGame's game server sends, what it must get, and where that is written. Each case has an
 * operator and a hall of its own.
 */
export type Case = {
  /** What must hold, in words. */
  name: string;
  /** The section of the document, or the row of what we settled, that the case comes from. */
  source: string;
  /** The hall's; seamless unless said. */
  mode?: HallMode;
  given?: Given[];
  steps: Step[];
  /** What the ledger must say afterwards. */
  after?: After;
};

export type Given =
  /** With a terminal of the same number. Balances in units of 1/100. */
  | { player: string; balance?: number; currency?: string; language?: string }
  | { unlinked: string }
  | { block: string }
  | { limits: MessageInitShape<typeof LimitsSchema>; user: string }
  | { stop: StopScope };

export type Step =
  | { given: Given }
  /** The query as it goes out, and the whole text of the answer. */
  | { get: string; answer: string }
  /** `{"status":"fail"}`, and what the error must contain. */
  | { get: string; fail: string };

export type After = {
  /** By user, in units of 1/100. */
  balances?: Record<string, number>;
  /** By user: StarGame's rows that stand, oldest first, such as `bet 1000`. */
  ledger?: Record<string, string[]>;
};

type Overrides = { uid?: string; currency?: string; iso?: string; language?: string };

/** An answer with this balance. StarGame, Game Notifications API, Balance request: the members in the order of the sample. */
export const success = (cash: number | string, overrides: Overrides = {}): string => {
  const { uid = '117', currency = 'RUB', iso = '643', language = 'ENG' } = overrides;
  return (
    `{"status":"success","error":"","userLogin":"${uid}","cash":${cash},` +
    `"currencyname":"${currency}","currencyiso":"${iso}","language":"${language}"}`
  );
};

/** Player 117 with 2950.71 RUB, as in the document's samples. */
export const PLAYER: Given[] = [{ player: '117', balance: 295_071 }];
