import type { ReportDay } from '../../gen/jobs/v1/reports_pb.ts';
import { FIGURES } from './reports-shown.ts';

const COLUMNS = [
  'day',
  'operator',
  'vendor',
  'currency',
  'state',
  'cause',
  'discrepancy',
  ...FIGURES.flatMap(([name]) => [`${name}_ours`, `${name}_report`]),
];

/** RFC 4180, with a line for each day, vendor and currency. Empty figures: that side has nothing. */
export function csvLines(days: readonly ReportDay[]): string {
  return days
    .map((day) =>
      lineOf([
        day.reportDay,
        day.operatorId,
        day.vendor,
        day.currencyCode,
        day.state,
        day.cause,
        day.discrepancyId === 0n ? '' : String(day.discrepancyId),
        ...FIGURES.flatMap(([, key, print]) =>
          [day.ours, day.theirs].map((figures) => (figures === undefined ? '' : print(figures[key]))),
        ),
      ]),
    )
    .join('');
}

const lineOf = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/** A spreadsheet takes what begins like this for a formula; a negative number is none. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

function cell(text: string): string {
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const CSV_HEAD = lineOf(COLUMNS);
