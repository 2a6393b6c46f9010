import type { Goal } from '../goals.ts';
import { ms, table, whole } from '../table.ts';
import type { LaunchResult, PlatformMeasurement } from './types.ts';

const seconds = (value: number): string => `${value.toFixed(2)} s`;
const kilobytes = (bytes: number): string => `${whole(bytes / 1_000)} kB`;

export function platformTable({ catalogue, launches, reports, lobby }: PlatformMeasurement): string {
  return `\nPLATFORM: catalogue, launches, reports, lobby\n${table([
    ['', 'measured'],
    [`catalogue of ${whole(catalogue.games)} games, all new`, seconds(catalogue.allNewSeconds)],
    ['  nothing changed', seconds(catalogue.unchangedSeconds)],
    ...launchRows('launches over gRPC, in a stream', launches.streamed),
    ...launchRows('launches over gRPC, a call each', launches.unary),
    [`report of a day with ${whole(reports.transactions)} transactions, compared`, seconds(reports.comparedSeconds)],
    ['  and what differs explained', seconds(reports.explainedSeconds)],
    ['  vendors, and those that differ', `${reports.vendors}, ${reports.differing}`],
    ["  a vendor's first transactions", seconds(reports.vendorPageSeconds)],
    ['  those of a vendor with a hundred', seconds(reports.rareVendorPageSeconds)],
    ['  what a vendor may count otherwise', seconds(reports.explainSeconds)],
    [`lobby with ${whole(lobby.games)} games, first paint`, `${whole(lobby.firstPaintMs)} ms`],
    ['  before the pictures', kilobytes(lobby.bytesBeforePictures)],
    ['  pictures at first, and after scrolling', `${lobby.picturesAtFirst}, ${lobby.picturesAfterScrolling}`],
  ])}`;
}

const launchRows = (title: string, { launched, ratePerSecond, latencyMs, failed }: LaunchResult): string[][] => [
  [`${title}, ${whole(launched)}`, `${whole(ratePerSecond)}/s`],
  ['  p50, p99, p99.9, max', Object.values(latencyMs).map(ms).join(', ')],
  ['  failed', whole(failed)],
];

export function platformGoals(measurement: PlatformMeasurement | null): Goal[] {
  if (measurement === null) return [];
  const { catalogue, launches, reports, lobby } = measurement;
  const row = (figure: string, measured: string, atLeast: string): Goal => ({ figure, measured, atLeast, aim: '' });
  return [
    row(`catalogue of ${whole(catalogue.games)} games, nothing changed`, seconds(catalogue.unchangedSeconds), '3 s'),
    row('  all new', seconds(catalogue.allNewSeconds), '15 s'),
    row('launches over gRPC, in a stream', `${whole(launches.streamed.ratePerSecond)}/s`, '1,000/s'),
    row('  p99', `${ms(launches.streamed.latencyMs.p99)} ms`, '20 ms'),
    row('  a call each', `${whole(launches.unary.ratePerSecond)}/s`, '1,000/s'),
    row('  p99', `${ms(launches.unary.latencyMs.p99)} ms`, '20 ms'),
    row(`report of ${whole(reports.transactions)} transactions`, seconds(reports.comparedSeconds), '10 s'),
    row(
      "  drill-down to one vendor's",
      seconds(Math.max(reports.vendorPageSeconds, reports.rareVendorPageSeconds)),
      '2 s',
    ),
    row(`lobby with ${whole(lobby.games)} games, first paint`, `${whole(lobby.firstPaintMs)} ms`, '1,000 ms'),
    row('  before the pictures', kilobytes(lobby.bytesBeforePictures), '300 kB'),
  ];
}
