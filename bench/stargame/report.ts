import type { Goal } from '../goals.ts';
import { ms, percent, table, whole } from '../table.ts';
import type { CellResult } from '../types.ts';
import type { StarGameCell, StarGameMeasurement } from './types.ts';

const TITLE = 'stargame: notifications → adapter → gRPC → wallet → database, open loop, latency from when each was due';
/** Enough digits to tell 99.99 % from all. */
const share = (part: number): string => (part === 1 ? '100 %' : `${(Math.floor(part * 1e6) / 1e4).toFixed(4)} %`);
const orDash = (value: number | null): string => (value === null ? '-' : `${ms(value)} ms`);

export function starGameTable(measurements: readonly StarGameMeasurement[], verified: string): string {
  const timing = measurements.map(({ cell, ratePerSecond, seconds, result }) => [
    `${cell}, ${ratePerSecond}/s, ${seconds} s`,
    whole(result.sent),
    whole(result.answered),
    share(result.successWithin40MsShare),
    share(result.within40MsShare),
    share(result.within50MsShare),
    ms(result.latencyMs.p50),
    ms(result.latencyMs.p99),
    ms(result.latencyMs.p999),
    ms(result.latencyMs.max),
    `${ms(result.sentLateMs.p99)}, ${ms(result.sentLateMs.max)}`,
    whole(result.over50MsFromSending),
    percent(result.machineBusyShare),
  ]);
  const header = [
    '',
    'due',
    'answered',
    'success ≤ 40 ms',
    '≤ 40 ms',
    '≤ 50 ms',
    'p50 ms',
    'p99',
    'p99.9',
    'max',
    'sent late p99, max',
    '> 50 ms of sending',
    'machine',
  ];
  const ledger = measurements.map(({ cell, result, ledger: own, stalls }) => [
    cell,
    whole(stalls),
    whole(own.lateBets),
    whole(own.tombstones),
    orDash(own.lastReversalMs),
    orDash(own.settledMs),
    own.findings.length === 0 ? 'agrees' : 'WRONG',
    Object.entries(result.fails)
      .map(([why, count]) => `${why} × ${count}`)
      .join(', ') || '-',
  ]);
  const ledgerHeader = ['', 'stalls', 'late bets', 'tombstones', 'last reversal', 'settled after', 'ledger', 'fails'];
  const findings = measurements.flatMap(({ cell, ledger: { findings: own } }) =>
    own.map((finding) => `  ${cell}: ${finding}\n`),
  );
  const platforms = measurements.flatMap(({ platform }) => (platform === null ? [] : [platformLine(platform)]));
  return [
    `\n${TITLE}\n${table([header, ...timing])}`,
    ...platforms,
    `${table([ledgerHeader, ...ledger])}${verified}`,
    ...findings,
  ].join('');
}

function platformLine({ ratePerSecond, latencyMs, faults }: CellResult): string {
  const count = Object.values(faults).reduce((sum, own) => sum + own, 0);
  return `  PLATFORM beside: ${whole(ratePerSecond)}/s, p99 ${ms(latencyMs.p99)} ms, ${whole(count)} faults\n`;
}

/** A machine's share that the generator took is in all of these: a late timer makes a late answer. */
export function starGameGoals(measurements: readonly StarGameMeasurement[]): Goal[] {
  const within = (cell: StarGameCell, what: (measurement: StarGameMeasurement) => Goal[]): Goal[] => {
    const found = measurements.find((measurement) => measurement.cell === cell);
    return found === undefined ? [] : what(found);
  };
  return [
    ...within('alone', ({ result }) => [
      {
        figure: 'notifications, success within 40 ms',
        measured: share(result.successWithin40MsShare),
        atLeast: '99.99 %',
        aim: '',
      },
      { figure: '  over 50 ms', measured: whole(overBudget(result)), atLeast: 'none', aim: '' },
      { figure: '  p99.9', measured: `${ms(result.latencyMs.p999)} ms`, atLeast: '', aim: '8 ms' },
    ]),
    ...within('beside PLATFORM', ({ result }) => [
      {
        figure: '  beside PLATFORM, success within 40 ms',
        measured: share(result.successWithin40MsShare),
        atLeast: '99.9 %',
        aim: '99.99 %',
      },
    ]),
    ...within('database stalls', ({ result, ledger }) => [
      {
        figure: '  database stalls of 200 ms, over 50 ms',
        measured: whole(overBudget(result)),
        atLeast: 'none',
        aim: '',
      },
      {
        figure: '  ledger and answers',
        measured: ledger.findings.length === 0 ? 'agree' : `${ledger.findings.length} findings`,
        atLeast: 'agree',
        aim: '',
      },
      { figure: '  last late bet reversed after', measured: orDash(ledger.lastReversalMs), atLeast: '5 s', aim: '1 s' },
    ]),
  ];
}

const overBudget = ({ sent, within50MsShare }: StarGameMeasurement['result']): number =>
  Math.round(sent * (1 - within50MsShare));
