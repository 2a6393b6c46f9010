/** Lines of a text table; columns are as wide as they must be, all but the first `leftColumns` flush right. */
export function table(rows: readonly (readonly string[])[], leftColumns = 1): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const pad = (cell: string, column: number): string =>
    column < leftColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const ms = (value: number): string =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : whole(value);
export const percent = (share: number): string => {
  if (share === 0) return '0';
  return share < 0.001 ? `${(share * 100).toFixed(3)} %` : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
};
