/** DECIMAL 18,2 as PLATFORM v2.49 has it: 9999999999999999.99, in units of 1/100. */
export const MAX_AMOUNT_UNITS = 999_999_999_999_999_999n;

const PLAIN = /^(0|[1-9]\d{0,15})(?:\.(\d{1,2}))?$/;
const WITH_EXPONENT = /^(0|[1-9]\d*)(?:\.(\d+))?[eE]([+-]?\d{1,3})$/;
/** Longer than any spelling of an amount that a peer would send; keeps what follows cheap. */
const MAX_TEXT_LENGTH = 64;

/**
 * An amount from its source text to units of 1/100, exactly: `3`, `3.0`, `17.25`, `1.0e+15` (PHP prints large floats so).
 * Null where it is not a JSON number, negative, too large, or has more than two decimals.
 */
export function parseAmountUnits(text: string): bigint | null {
  const plain = PLAIN.exec(text);
  if (plain !== null) return BigInt(plain[1] + (plain[2] ?? '').padEnd(2, '0'));
  if (text.length > MAX_TEXT_LENGTH) return null;
  const number = WITH_EXPONENT.exec(text);
  if (number === null) return null;
  const [, whole = '', fraction = '', exponent = ''] = number;
  return scaledUnits(whole + fraction, Number(exponent) + 2 - fraction.length);
}

/** `digits` × 10 ^ `power`, if that is a whole number of units and not too many. */
function scaledUnits(digits: string, power: number): bigint | null {
  const significant = digits.replace(/^0+/, '');
  if (significant === '') return 0n;
  if (power >= 0) {
    return significant.length + power > 18 ? null : BigInt(significant + '0'.repeat(power));
  }
  const cut = significant.length + power;
  if (cut <= 0 || /[1-9]/.test(significant.slice(cut))) return null;
  const units = BigInt(significant.slice(0, cut));
  return units > MAX_AMOUNT_UNITS ? null : units;
}
