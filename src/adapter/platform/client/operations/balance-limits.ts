import { z } from 'zod';
import { amount, anyObject, currency, flag, wireCurrency } from '../fields.ts';
import { AnswerError, checkAnswer, checkRequest, type Operation } from '../operation.ts';
import type { BalanceLimits } from '../types.ts';

const MAX_CURRENCIES = 200;
const MAX_BYTES = 1_000_000;

const request = z.object({ currencies: z.array(currency).max(MAX_CURRENCIES) });

/** An empty object of PHP comes as an empty array. */
const currencies = z
  .union([z.array(z.never()).max(0), anyObject], { error: 'must be an object' })
  .optional()
  .transform((value) => Object.entries(value ?? {}));

const limited = z.object({ currency: wireCurrency, available_balance: amount, currencies, limit_exceeded: flag });
const ofCurrency = anyObject.pipe(z.object({ available_balance: amount }));

/** PLATFORM v2.49, Balance limits API. */
export const balanceLimits: Operation<readonly string[], BalanceLimits> = {
  name: 'balanceLimits',
  maxBytes: MAX_BYTES,
  isPrivate: false,
  ask: (asked) => {
    const { currencies: codes } = checkRequest(request, { currencies: [...asked] });
    return { path: `api/generic/balanceLimits${codes.length === 0 ? '' : `?currencies=${codes.join(',')}`}` };
  },
  read: (value) => {
    const { enabled } = checkAnswer(anyObject.pipe(z.object({ enabled: flag })), value);
    if (!enabled) return { enabled };
    const limits = checkAnswer(limited, value);
    if (limits.currencies.length > MAX_CURRENCIES) throw new AnswerError('currencies: are too many');
    const available = limits.currencies.map(([code, entry]) => {
      const where = `currencies.${checkAnswer(currency, code, 'currencies')}`;
      return [code, checkAnswer(ofCurrency, entry, where).available_balance] as const;
    });
    return {
      enabled,
      currencyCode: limits.currency,
      availableUnits: limits.available_balance,
      currencies: new Map(available),
      isExceeded: limits.limit_exceeded,
    };
  },
};
