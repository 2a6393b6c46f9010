import { escape as escapeValue } from 'mysql2';
import type { State } from '../core/state.ts';

const PLAIN = /^[\w.:-]*$/;

/** A string literal. Ids are nearly always plain, and a test is cheaper than an escape. */
export function quote(value: string): string {
  return PLAIN.test(value) ? `'${value}'` : escapeValue(value);
}

export const quoteAll = (values: Iterable<string>): string => Array.from(values, quote).join(',');

/** One result row as the driver gives it: BIGINT as string, so that no amount is ever a JavaScript number. */
export type Row = readonly (string | number | null)[];

/** One statement of a load, and what its rows put into the state. */
export type Load = { sql: string; read: (state: State, rows: readonly Row[]) => void };

export function text(row: Row, column: number): string {
  return row[column] as string;
}

export function units(row: Row, column: number): bigint {
  return BigInt(row[column] as string);
}

export function unitsOrNull(row: Row, column: number): bigint | null {
  const value = row[column];
  return value === null || value === undefined ? null : BigInt(value);
}

/** Small integers and times in ms, which are far below 2^53. */
export function integer(row: Row, column: number): number {
  return Number(row[column]);
}

export const isNull = (row: Row, column: number): boolean => row[column] === null;
