const AMOUNT = /^([+-]?)(\d{1,16})(?:\.(\d{1,2}))?$/;

/** Units (1/100 of the currency) of a decimal such as `100`, `-0.5` or `9999999999999999.99`; undefined where it is none. */
export function parseAmount(text: string): bigint | undefined {
  const [, sign, whole, fraction = ''] = AMOUNT.exec(text) ?? [];
  if (whole === undefined) {
    return undefined;
  }
  const units = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return sign === '-' ? -units : units;
}

/** A rake, in 1/10000 of the currency, with its four decimals: 12345 is 1.2345. */
export function formatTenThousandths(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(5, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}
