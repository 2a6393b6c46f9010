import { decimalText } from '../decimal.ts';
import { ExactNumber } from './json.ts';

const DECIMAL = /^(-?)(\d{1,16})(?:\.(\d{1,2}))?$/;

/** Units of 1/100 as PHP prints a float: without what is not needed, `6.1`, `3`, `0.31`. */
export const phpNumber = (units: bigint): ExactNumber => new ExactNumber(decimalText(units).replace(/\.?0+$/, ''));

/** The way back from `2.8`, `2.80` or `3`, in units of 1/100; null where it is no such amount. */
export function readDecimal(text: string): bigint | null {
  const parts = DECIMAL.exec(text);
  if (parts === null) return null;
  const [, sign = '', whole = '', fraction = ''] = parts;
  return BigInt(`${sign}${whole}${fraction.padEnd(2, '0')}`);
}
