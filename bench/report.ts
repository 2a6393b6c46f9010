import { ms, percent, table, whole } from './table.ts';
import { type Cell, type CellResult, SECTIONS, type Section } from './types.ts';

export type Measurement = { section: Section; cell: Cell; result: CellResult };

const TITLES = {
  raw: 'raw: the debit as five round trips over mysql2, no HTTP (generator = the database client)',
  batched: "batched: the wallet's lanes in the generator's process, no RPC, no HTTP",
  grpc: 'grpc: the wallet over its Operate stream',
  chain: 'chain: HTTP → adapter → gRPC → wallet → database',
  afternoon: 'afternoon: express and a mysql2 pool in one process, one transaction a request',
} satisfies Record<Section, string>;

export const describeCell = ({ clients, players, ids, ratePerSecond }: Cell): [load: string, players: string] => {
  const load =
    ratePerSecond === null ? `${clients} client${clients === 1 ? '' : 's'}` : `open, ${whole(ratePerSecond)}/s`;
  return [ids === 'known' ? `${load}, replays` : load, players];
};

const faultsOf = (result: CellResult): string =>
  Object.entries(result.faults)
    .map(([code, count]) => `${code} × ${count}`)
    .join(', ') || '-';

/** One section: a row a cell. */
export function sectionTable(section: Section, measurements: readonly Measurement[]): string {
  const own = measurements.filter((measurement) => measurement.section === section);
  const names = [...new Set(own.flatMap(({ result }) => Object.keys(result.processes)))];
  const header = ['load', 'players', 'rate/s', 'p50 ms', 'p99', 'p99.9', 'max', '> 50 ms', 'ops/txn'];
  const rows = own.map(({ cell, result }) => [
    ...describeCell(cell),
    whole(result.ratePerSecond),
    ms(result.latencyMs.p50),
    ms(result.latencyMs.p99),
    ms(result.latencyMs.p999),
    ms(result.latencyMs.max),
    percent(result.slowerThan50MsShare),
    result.operationsPerTransaction === null ? '-' : result.operationsPerTransaction.toFixed(1),
    ...names.map((name) => whole(result.processes[name]?.cpuMicrosPerRequest ?? 0)),
    whole(Object.values(result.processes).reduce((sum, { cpuMicrosPerRequest }) => sum + cpuMicrosPerRequest, 0)),
    percent(result.machineBusyShare),
    faultsOf(result),
  ]);
  const cpu = [...names.map((name) => `µs ${name}`), 'µs all', 'machine', 'faults'];
  return `\n${TITLES[section]}\n${table([[...header, ...cpu], ...rows], 2)}${memoryLine(own, names)}`;
}

function memoryLine(measurements: readonly Measurement[], names: readonly string[]): string {
  const peaks = names.map((name) => {
    const peakMb = Math.max(...measurements.map(({ result }) => result.processes[name]?.residentMb ?? 0));
    return `${name} ${whole(peakMb)}`;
  });
  return `  resident MB, at most: ${peaks.join(', ')}\n`;
}

/** All sections beside each other: the rates of the closed loops, and the chain's as a multiple of the afternoon version's. */
export function comparison(measurements: readonly Measurement[]): string {
  const sections = SECTIONS.filter((section) => measurements.some((measurement) => measurement.section === section));
  if (sections.length < 2) return '';
  const labels = [
    ...new Set(
      measurements.filter(({ cell }) => cell.ratePerSecond === null).map(({ cell }) => describeCell(cell).join('|')),
    ),
  ];
  const rows = labels.map((label) => {
    const rateOf = (section: Section): number | undefined =>
      measurements.find(({ cell, section: own }) => own === section && describeCell(cell).join('|') === label)?.result
        .ratePerSecond;
    const chain = rateOf('chain');
    const afternoon = rateOf('afternoon');
    return [
      ...label.split('|'),
      ...sections.map((section) => {
        const rate = rateOf(section);
        return rate === undefined ? '-' : whole(rate);
      }),
      chain === undefined || afternoon === undefined ? '-' : `${(chain / afternoon).toFixed(1)} ×`,
    ];
  });
  return `\nside by side, requests/s\n${table([['load', 'players', ...sections, 'chain : afternoon'], ...rows], 2)}`;
}

/** Resident memory over a long run. */
export function memoryTable(result: CellResult): string {
  const [first] = result.residentMbSamples;
  if (first === undefined) return '';
  const names = Object.keys(first);
  const rows = result.residentMbSamples.map((sample, index) => [
    `${(index + 1) * 10} s`,
    ...names.map((name) => whole(sample[name] ?? 0)),
  ]);
  return `\nresident MB over time\n${table([['after', ...names], ...rows])}`;
}
