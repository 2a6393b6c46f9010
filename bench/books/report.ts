import { isDeepStrictEqual } from 'node:util';
import type { Goal } from '../goals.ts';
import { ms, table, whole } from '../table.ts';
import type { BooksMeasurement, RemoteShare, RunFigures } from './types.ts';

export function booksTable({ terminals, callsPerSecond, ...measured }: BooksMeasurement): string {
  const { harvest, reconciliation, notifications, expected, found } = measured;
  const row = (name: string, { seconds, records, residentMb }: RunFigures): string[] => [
    name,
    whole(records),
    whole(seconds),
    whole(records / seconds),
    whole(residentMb.first),
    whole(residentMb.largest),
    whole(residentMb.last),
  ];
  const header = ['', 'records', 'seconds', 'records/s', 'jobs MB at first', 'most', 'at last'];
  const { sent, successWithin40MsShare, latencyMs } = notifications;
  return [
    `\nbooks: ${whole(terminals)} terminals, ${whole(callsPerSecond)} calls a second at most\n`,
    table([header, row('harvest', harvest), row('reconciliation', reconciliation)]),
    `  notifications beside the harvest: ${whole(sent)} due, ${share(successWithin40MsShare)} succeeded within 40 ms, `,
    `p99 ${ms(latencyMs.p99)} ms, p99.9 ${ms(latencyMs.p999)} ms, max ${ms(latencyMs.max)} ms\n`,
    `  errors put in: ${counts(expected)}; found: ${counts(found)}\n`,
  ].join('');
}

export const remoteTable = (shares: readonly RemoteShare[]): string =>
  `\nremote operations, our share on one core: building, signing, parsing\n${table([
    ['', 'a second'],
    ...shares.map(({ operation, perSecond }) => [operation, whole(perSecond)]),
  ])}`;

export function booksGoals(measurement: BooksMeasurement | null, shares: readonly RemoteShare[]): Goal[] {
  const remote = shares.map(({ operation, perSecond }) => ({
    figure: operation,
    measured: `${whole(perSecond)}/s`,
    atLeast: '1,000/s',
    aim: '',
  }));
  if (measurement === null) return remote;
  const { harvest, reconciliation, notifications, expected, found } = measurement;
  const row = (figure: string, measured: string, atLeast: string): Goal => ({ figure, measured, atLeast, aim: '' });
  return [
    row(`harvest of ${whole(harvest.records)} records`, `${whole(harvest.seconds)} s`, '600 s'),
    row('  memory of the jobs, most', `${whole(harvest.residentMb.largest)} MB`, '250 MB'),
    row('  notifications beside it within 40 ms', share(notifications.successWithin40MsShare), '99.9 %'),
    row('reconciliation of them', `${whole(reconciliation.seconds)} s`, '300 s'),
    row('  memory of the jobs, most', `${whole(reconciliation.residentMb.largest)} MB`, '250 MB'),
    row('  errors found', isDeepStrictEqual(expected, found) ? 'all, and nothing else' : 'WRONG', 'all'),
    ...remote,
  ];
}

const counts = (kinds: Record<string, number>): string =>
  Object.entries(kinds)
    .map(([kind, count]) => `${kind} × ${count}`)
    .join(', ') || 'none';

/** Enough digits to tell 99.99 % from all. */
const share = (part: number): string => (part === 1 ? '100 %' : `${(Math.floor(part * 1e6) / 1e4).toFixed(4)} %`);
