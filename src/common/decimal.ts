/** Units of 1/100 as a decimal, always with two digits behind the point: `420.76`, `420.00`, `-0.05`. */
export function decimal(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(3, '0');
  return `${units < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
