const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Longer than any spelling of an amount. */
const MAX_CHARS = 64;
/** What DECIMAL(18,2) holds, as amounts everywhere; and far more than any count. */
const MAX = 999_999_999_999_999_999n;

/**
 * An amount to units of 1/100, exactly: `2.80`, `-0.5`, `1e3`. More than two decimals, which come of floats, are rounded half away
 * from zero. Null where it is no decimal, or too large.
 */
export function unitsOf(text: string): bigint | null {
  return scaled(text, 2, (digits, divisor) => (digits * 2n + divisor) / (divisor * 2n));
}

/** A whole number: `7`, `7.0`. Null where it is none, or too large. */
export function wholeOf(text: string): bigint | null {
  return scaled(text, 0, (digits, divisor) => (digits % divisor === 0n ? digits / divisor : null));
}

/** `text` × 10 ^ `decimals`; `divide` decides what becomes of a fraction that is left. */
function scaled(
  text: string,
  decimals: number,
  divide: (digits: bigint, divisor: bigint) => bigint | null,
): bigint | null {
  if (text.length > MAX_CHARS) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return null;
  const digits = BigInt(whole + fraction);
  const shift = decimals - fraction.length + Number(exponent);
  const size = shift >= 0 ? digits * 10n ** BigInt(shift) : divide(digits, 10n ** BigInt(-shift));
  if (size === null || size > MAX) return null;
  return sign === '-' ? -size : size;
}
