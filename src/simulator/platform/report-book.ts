/** PLATFORM v2.49, Business report API: a row's figures. Sums are units of 1/100. */
export type Figures = {
  bets_sum: bigint;
  bets_count: bigint;
  wins_count: bigint;
  wins_sum: bigint;
  freespins_sum: bigint;
  freespins_count: bigint;
  jackpots_count: bigint;
  jackpots_sum: bigint;
  gross_gaming_revenue: bigint;
};

export type Figure = keyof Figures;

export const FIGURES: readonly Figure[] = [
  'bets_sum',
  'bets_count',
  'wins_count',
  'wins_sum',
  'freespins_sum',
  'freespins_count',
  'jackpots_count',
  'jackpots_sum',
  'gross_gaming_revenue',
];

export type RowKey = {
  operatorId: string;
  /** yyyy-mm-dd. */
  day: string;
  vendor: string;
  currencyCode: string;
};

export type Row = RowKey & { figures: Figures };

/** A transaction as the report counts it. */
export type Counted = RowKey & { type: 'BET' | 'WIN' | 'REFUND'; amountUnits: bigint; reason: string };

export type ReportBook = ReturnType<typeof createReportBook>;

/** What PLATFORM's reports are made of: sums of the transactions that it sent, that the operator took, and that were not canceled. */
export function createReportBook() {
  const rows = new Map<string, Row>();

  function rowOf({ operatorId, day, vendor, currencyCode }: RowKey): Row {
    const key = JSON.stringify([operatorId, day, vendor, currencyCode]);
    const known = rows.get(key);
    if (known !== undefined) return known;
    const row = { operatorId, day, vendor, currencyCode, figures: noFigures() };
    rows.set(key, row);
    return row;
  }

  function add(counted: Counted, times: bigint): void {
    const { figures } = rowOf(counted);
    for (const [figure, amount] of contribution(counted)) figures[figure] += times * amount;
  }

  return {
    count: (counted: Counted): void => add(counted, 1n),
    /** It was canceled: it counts no more, on the day that it counted on. */
    discount: (counted: Counted): void => add(counted, -1n),
    /** Makes one figure differ from what was sent; of sums `delta` is units of 1/100. */
    alter: ({ figure, delta, ...key }: RowKey & { figure: Figure; delta: bigint }): void => {
      rowOf(key).figures[figure] += delta;
    },
    /** A day's rows that say anything, by vendor and currency. */
    rowsOf: (operatorId: string, day: string): Row[] =>
      [...rows.values()]
        .filter((row) => row.operatorId === operatorId && row.day === day && !isEmpty(row.figures))
        .sort((a, b) => compare(a.vendor, b.vendor) || compare(a.currencyCode, b.currencyCode)),
    /** The operator's GGR of all days by currency, in units of 1/100. */
    ggrOf(operatorId: string): Map<string, bigint> {
      const byCurrency = new Map<string, bigint>();
      for (const { operatorId: owner, currencyCode, figures } of rows.values()) {
        if (owner !== operatorId) continue;
        byCurrency.set(currencyCode, (byCurrency.get(currencyCode) ?? 0n) + figures.gross_gaming_revenue);
      }
      return byCurrency;
    },
  };
}

const noFigures = (): Figures => ({
  bets_sum: 0n,
  bets_count: 0n,
  wins_count: 0n,
  wins_sum: 0n,
  freespins_sum: 0n,
  freespins_count: 0n,
  jackpots_count: 0n,
  jackpots_sum: 0n,
  gross_gaming_revenue: 0n,
});

const isEmpty = (figures: Figures): boolean => Object.values(figures).every((value) => value === 0n);

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** Wins are all wins; of them, free spins' and jackpots' are told apart as well. A free spin is counted by its BET, which costs nothing. */
function contribution({ type, amountUnits, reason }: Counted): [Figure, bigint][] {
  const isFreespin = reason === 'PROMO-FREESPIN';
  if (type === 'BET') {
    const bet: [Figure, bigint][] = [
      ['bets_sum', amountUnits],
      ['bets_count', 1n],
      ['gross_gaming_revenue', amountUnits],
    ];
    return isFreespin ? [...bet, ['freespins_count', 1n]] : bet;
  }
  if (type === 'REFUND') return [['gross_gaming_revenue', -amountUnits]];
  const win: [Figure, bigint][] = [
    ['wins_sum', amountUnits],
    ['wins_count', 1n],
    ['gross_gaming_revenue', -amountUnits],
  ];
  if (isFreespin) win.push(['freespins_sum', amountUnits]);
  if (reason.includes('JACKPOT')) win.push(['jackpots_count', 1n], ['jackpots_sum', amountUnits]);
  return win;
}
