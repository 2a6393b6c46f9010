// What PLATFORM's own API says, read and checked. Amounts are units of 1/100 of the currency. `body` is an entry as it came, as JSON, with
// unknown fields and the exact text of its numbers.

/** Whom we are to PLATFORM. */
export type PlatformOperator = { operatorId: string; secret: string };

/** PLATFORM v2.49, API endpoint: Games List. */
export type ListedGame = {
  gameId: string;
  title: string;
  platform: string;
  type: string;
  vendor: string;
  enabled: boolean;
  funMode: boolean;
  campaigns: boolean;
  /** yyyy-mm-dd; empty: not said. */
  createdOn: string;
  /** Of details.thumbnails, the largest; https, or http on loopback; empty: none. */
  pictureUrl: string;
  body: string;
};

/** PLATFORM v2.49, API endpoint: Lobbies List. */
export type ListedLobby = { lobbyId: string; vendor: string; pictureUrl: string; body: string };

/** PLATFORM v2.49, Business report API: one row. Sums with more than two decimals are rounded half away from zero. */
export type ReportRow = {
  entityName: string;
  vendor: string;
  currencyCode: string;
  /** yyyy-mm-dd. */
  day: string;
  betsCount: bigint;
  betsUnits: bigint;
  winsCount: bigint;
  winsUnits: bigint;
  freespinsCount: bigint;
  freespinsUnits: bigint;
  jackpotsCount: bigint;
  jackpotsUnits: bigint;
  ggrUnits: bigint;
  body: string;
};

/** PLATFORM v2.49, Balance limits API. */
export type BalanceLimits =
  | { enabled: false }
  | {
      enabled: true;
      currencyCode: string;
      availableUnits: bigint;
      /** Of the currencies that were asked for. */
      currencies: ReadonlyMap<string, bigint>;
      isExceeded: boolean;
    };

/** PLATFORM v2.49, GGR limits API (deprecated). */
export type GgrLimits =
  | { enabled: false }
  | { enabled: true; currencyCode: string; limitUnits: bigint; usedUnits: bigint };

/** PLATFORM v2.49, Hand history API. `none`: PLATFORM says that it has no such history (`success` is false). */
export type HandHistoryAnswer =
  /** `data` as JSON, with the exact text of its numbers. */
  | { type: 'json'; body: string }
  /** For people to open; never called from here. */
  | { type: 'url'; url: string }
  | { type: 'none'; reason: string };

export type CallOptions = { signal?: AbortSignal };

/** PLATFORM's own API. All of it only reads, so it is tried again; all of it throws a RemoteError where there is no answer. */
export type PlatformClient = {
  listGames: (operator: PlatformOperator, options?: CallOptions) => Promise<ListedGame[]>;
  listLobbies: (operator: PlatformOperator, options?: CallOptions) => Promise<ListedLobby[]>;
  /** `day`: yyyy-mm-dd. All rows are of that day. */
  businessReport: (operator: PlatformOperator, day: string, options?: CallOptions) => Promise<ReportRow[]>;
  balanceLimits: (
    operator: PlatformOperator,
    currencies: readonly string[],
    options?: CallOptions,
  ) => Promise<BalanceLimits>;
  ggrLimits: (operator: PlatformOperator, options?: CallOptions) => Promise<GgrLimits>;
  handHistory: (
    operator: PlatformOperator,
    hand: { transactionId: string; historyId: string; vendor: string },
    options?: CallOptions,
  ) => Promise<HandHistoryAnswer>;
};
