import { phpNumber } from './amounts.ts';
import { ExactNumber, type Json } from './json.ts';

/** What an operator may still lose; units of 1/100. The amounts of other currencies are the same money. */
export type BalanceLimits = {
  currencyCode: string;
  availableUnits: bigint;
  currencies?: Readonly<Record<string, bigint>>;
  /** Unless said: once nothing is left. */
  isExceeded?: boolean;
};

export type GgrLimits = { currencyCode: string; limitUnits: bigint; usedUnits?: bigint };

/** PLATFORM v2.49, Balance limits API. `ggr`: what the operator won since the limits were set, by currency, which it owes. */
export function balanceLimitsAnswer(
  limits: BalanceLimits | null,
  ggr: ReadonlyMap<string, bigint>,
  asked: readonly string[],
): Json {
  if (limits === null) return { enabled: false };
  const { currencyCode, availableUnits, currencies = {} } = limits;
  const inCurrency = new Map([...Object.entries(currencies), [currencyCode, availableUnits]] as [string, bigint][]);
  let left = availableUnits;
  for (const [currency, units] of ggr) left -= convert(units, inCurrency.get(currency) ?? 0n, availableUnits);
  const shown = asked.flatMap((currency): [string, Json][] => {
    const units = inCurrency.get(currency);
    return units === undefined
      ? []
      : [[currency, { available_balance: phpNumber(convert(left, availableUnits, units)) }]];
  });
  return {
    enabled: true,
    currency: currencyCode,
    available_balance: phpNumber(left),
    currencies: Object.fromEntries(shown),
    limit_exceeded: limits.isExceeded ?? left <= 0n,
  };
}

/** PLATFORM v2.49, GGR limits API. */
export function ggrLimitsAnswer(limits: GgrLimits | null, ggr: ReadonlyMap<string, bigint>): Json {
  if (limits === null) return { enabled: false };
  const { currencyCode, limitUnits, usedUnits = 0n } = limits;
  const used = usedUnits + (ggr.get(currencyCode) ?? 0n);
  return {
    enabled: true,
    currency: currencyCode,
    limit: phpNumber(limitUnits),
    current_usage: phpNumber(used),
    percentage_usage: limitUnits === 0n ? new ExactNumber('0') : phpNumber((used * 10_000n) / limitUnits),
  };
}

/** `units` at the rate by which `from` of one currency is `to` of the other; 0 where there is no rate. */
const convert = (units: bigint, from: bigint, to: bigint): bigint => (from === 0n ? 0n : (units * to) / from);
