import { z } from 'zod';
import { amount, anyObject, flag, wireCurrency } from '../fields.ts';
import { checkAnswer, type Operation } from '../operation.ts';
import type { GgrLimits } from '../types.ts';

const MAX_BYTES = 1_000_000;

const limited = z.object({ currency: wireCurrency, limit: amount, current_usage: amount });

/** PLATFORM v2.49, GGR limits API (deprecated). */
export const ggrLimits: Operation<null, GgrLimits> = {
  name: 'ggrLimits',
  maxBytes: MAX_BYTES,
  isPrivate: false,
  ask: () => ({ path: 'api/generic/ggrLimits' }),
  read: (value) => {
    const { enabled } = checkAnswer(anyObject.pipe(z.object({ enabled: flag })), value);
    if (!enabled) return { enabled };
    const { currency, limit, current_usage } = checkAnswer(limited, value);
    return { enabled, currencyCode: currency, limitUnits: limit, usedUnits: current_usage };
  },
};
