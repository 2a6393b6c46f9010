import { invalidArgument } from '../../../common/fault.ts';
import * as fields from '../../../common/fields.ts';
import { dayOf, daysBetween } from './due.ts';
import type { ReportSpan } from './reports.ts';

const DAYS_AT_MOST = 100;

/** yyyy-mm-dd, UTC. Throws INVALID_ARGUMENT. */
export function checkDay(field: string, value: string): string {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
  // Date.parse takes the 31st of any month.
  if (Number.isNaN(atMs) || dayOf(atMs) !== value) throw invalidArgument(field, 'must be a day, yyyy-mm-dd');
  return value;
}

/** The days and the operator that a request asks for, with what stands for absent days. Throws INVALID_ARGUMENT. */
export function spanOf(
  request: { operatorId: string; fromDay: string; toDay: string },
  absent: { fromDay: string; toDay: (fromDay: string) => string },
): ReportSpan {
  const fromDay = request.fromDay === '' ? absent.fromDay : checkDay('from_day', request.fromDay);
  const toDay = request.toDay === '' ? absent.toDay(fromDay) : checkDay('to_day', request.toDay);
  if (toDay < fromDay) throw invalidArgument('to_day', 'must not be before from_day');
  if (daysBetween(fromDay, toDay).length > DAYS_AT_MOST) {
    throw invalidArgument('to_day', `must be within ${DAYS_AT_MOST} days`);
  }
  return { operatorId: operatorOrAll(request.operatorId), fromDay, toDay };
}

const operatorOrAll = (operatorId: string): string => (operatorId === '' ? '' : fields.operatorId(operatorId));
