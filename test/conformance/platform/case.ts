import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LimitsSchema } from '../../../src/gen/wallet/v1/players_pb.ts';
import type { StopScope } from '../../../src/gen/wallet/v1/stops_pb.ts';

/**
 * One conformance case: what is, what PLATFORM sends, what it must get, and where that is written. Each case has an operator of
 * its own, so ids and users are as in the document and collide with nothing.
 */
export type Case = {
  /** What must hold, in words. */
  name: string;
  /** The section of the document, or the row of what we settled, that the case comes from. */
  source: string;
  given?: Given[];
  steps: Step[];
  /** What the ledger must say afterwards. */
  after?: After;
};

/** State, made through the wallet's own services. Tokens are replaced by ones of the case's own. */
export type Given =
  | {
      player: string;
      balance?: string;
      currency?: string;
      name?: string;
      displayName?: string;
      country?: string;
      group?: string;
    }
  | { session: string; user: string; game?: string; ttlSeconds?: number }
  | { closeSession: string }
  | { waitForExpiry: string }
  | { block: string }
  | { unblock: string }
  | { limits: MessageInitShape<typeof LimitsSchema>; user: string }
  | { game: string; enabled: boolean; vendor?: string }
  /** Without an id: this case's operator, or all. */
  | { stop: StopScope; id?: string }
  | { endStop: StopScope; id?: string };

export type Step =
  | { given: Given }
  /** A signed request; `data` is JSON text. */
  | ({ send: string; data: string; headers?: Headers; path?: string } & Expect)
  /**
   * A body as it is, posted as that command. A hash of 40 digits is made right, because the document's are placeholders;
   * `sign: false` leaves it. `{hash}` becomes the right one, `{hash of T}` the one for the time T.
   */
  | ({ post: string; body: string | Buffer; sign?: boolean; headers?: Headers } & Expect);

/** Headers beside or in place of the right ones; null leaves one out. `{operator}` is the case's operator, `{authorization:x}`
 * its X-Authorization for command x. */
export type Headers = Record<string, string | null>;

export type Expect =
  /** `response.data` of a success, as JSON text: numbers must be written alike. */
  | { ok: string; echo?: string }
  /** An error, and what its message must contain. `echo` is what must stand as `request`, where that is not the whole body. */
  | { error: string; message?: string; echo?: string }
  | { http: 403 | 404 | 413 };

export type After = {
  /** By user. */
  balances?: Record<string, string>;
  /** Rows in the player's ledger, without the deposit that made the opening balance. */
  rows?: Record<string, number>;
  /** What is stored as context, by transaction id. */
  contexts?: Record<string, string>;
  /** Player 611's rounds as the wallet sums them up. */
  rounds?: Record<string, RoundTotals>;
  /** Bookkeeping jobs owed for the round. */
  roundJobs?: Record<string, number>;
};

export type RoundTotals = {
  bet: string;
  win: string;
  refund: string;
  transactions: number;
  state: 'open' | 'finished' | 'closed';
};

/** The token of the document's samples; each case gets another in its place, of the same form. */
export const TOKEN = 'eqkB1WoKQCvjrvV6taJRN';
/** A second one. */
export const TOKEN_2 = 'IfpdCsglTNR4xuFH0ijZA';

/** JSON text of an object from its members' JSON texts; undefined leaves one out. */
export function object(members: Record<string, string | undefined>): string {
  const present = Object.entries(members).filter(([, raw]) => raw !== undefined);
  return `{${present.map(([name, raw]) => `"${name}":${raw}`).join(',')}}`;
}

type Overrides = Record<string, string | undefined>;

const MOVEMENT = {
  transaction_type: '"BET"',
  amount: '17.25',
  currency_code: '"EUR"',
  transaction_id: '3568',
  transaction_timestamp: '"2020-12-01 13:44:54"',
  round_id: '1727',
  round_finished: 'false',
  game_id: '200',
  user_id: '"611"',
  token: `"${TOKEN}"`,
  context: '{"reason":"not_provided"}',
};

/** `data` of changebalance; overrides are JSON text. */
export const bet = (overrides: Overrides = {}): string => object({ ...MOVEMENT, ...overrides });
export const win = (overrides: Overrides = {}): string =>
  object({ ...MOVEMENT, transaction_type: '"WIN"', transaction_id: '3569', token: 'null', ...overrides });
export const refund = (overrides: Overrides = {}): string =>
  object({ ...MOVEMENT, transaction_type: '"REFUND"', transaction_id: '3570', token: 'null', ...overrides });

export const authenticate = (overrides: Overrides = {}): string => object({ token: `"${TOKEN}"`, ...overrides });

export const balance = (overrides: Overrides = {}): string =>
  object({ token: `"${TOKEN}"`, user_id: '"611"', currency_code: '"EUR"', ...overrides });

export const status = (overrides: Overrides = {}): string =>
  object({
    user_id: '"611"',
    transaction_id: '3568',
    transaction_type: '"BET"',
    transaction_date: '"2020-12-01"',
    transaction_ts: '"1606822496000"',
    round_id: '1727',
    ...overrides,
  });

export const cancel = (overrides: Overrides = {}): string =>
  object({
    user_id: '"611"',
    transaction_id: '3568',
    round_id: '1727',
    round_finished: 'null',
    game_id: '200',
    ...overrides,
  });

export const finishround = (overrides: Overrides = {}): string =>
  object({
    round_id: '1727',
    user_id: '"611"',
    game_id: '200',
    round_date: '"2020-12-01"',
    round_ts: '"1606822496000"',
    ...overrides,
  });

/** Player 611 with 100.00 EUR and an open session. */
export const PLAYER: Given[] = [
  { player: '611', balance: '100.00' },
  { session: TOKEN, user: '611' },
];

/** `response.data` of balance and changebalance. */
export const money = (amount: string): string => `{"balance":${amount},"currency_code":"EUR"}`;

/** `response.data` of status and cancel. */
export const transaction = (word: string, overrides: Overrides = {}): string =>
  object({ user_id: '"611"', transaction_id: '3568', transaction_status: `"${word}"`, ...overrides });
