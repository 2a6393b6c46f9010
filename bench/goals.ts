import type { JobsResult } from './jobs.ts';
import type { Measurement } from './report.ts';
import { ms, percent, table, whole } from './table.ts';
import type { Players, Section } from './types.ts';

// What the project set out to reach on a 2-core machine with everything on it. Shown beside what was measured; nothing
// fails on it: a rate belongs to a machine and an hour.

export type Goal = { figure: string; measured: string; atLeast: string; aim: string };

const GOAL_CLIENTS = 64;
export const GOAL_RATE_PER_SECOND = 1_000;

export function goals(measurements: readonly Measurement[]): Goal[] {
  const closed = (section: Section, players: Players, clients: number, ids: 'new' | 'known' = 'new') =>
    measurements.find(
      ({ cell, section: own }) =>
        own === section &&
        cell.ratePerSecond === null &&
        cell.players === players &&
        cell.clients === clients &&
        cell.ids === ids,
    );
  const rate = (measurement: Measurement | undefined): number => measurement?.result.ratePerSecond ?? Number.NaN;
  const times = (players: Players): string =>
    ratio(rate(closed('chain', players, GOAL_CLIENTS)), rate(closed('afternoon', players, GOAL_CLIENTS)));

  const spread = closed('chain', 'spread', GOAL_CLIENTS);
  const one = closed('chain', 'one', GOAL_CLIENTS);
  const open = measurements.find(
    ({ section, cell }) => section === 'chain' && cell.ratePerSecond === GOAL_RATE_PER_SECOND,
  )?.result;
  const single = closed('chain', 'spread', 1)?.result;
  const replays = rate(closed('chain', 'spread', GOAL_CLIENTS, 'known'));

  return [
    { figure: 'chain, spread, 64 clients', measured: `${whole(rate(spread))}/s`, atLeast: '6,000/s', aim: '10,000/s' },
    { figure: '  times the afternoon version', measured: times('spread'), atLeast: '2.0 ×', aim: '' },
    { figure: 'chain, one player, 64 clients', measured: `${whole(rate(one))}/s`, atLeast: '5,000/s', aim: '10,000/s' },
    { figure: '  times the afternoon version', measured: times('one'), atLeast: '6.0 ×', aim: '' },
    {
      figure: 'chain, one client, p50',
      measured: `${ms(single?.latencyMs.p50 ?? Number.NaN)} ms`,
      atLeast: '1.2 ms',
      aim: '0.8 ms',
    },
    {
      figure: 'open loop at 1,000/s, p99.9',
      measured: `${ms(open?.latencyMs.p999 ?? Number.NaN)} ms`,
      atLeast: '15 ms',
      aim: '8 ms',
    },
    {
      figure: '  slower than 50 ms',
      measured: percent(open?.slowerThan50MsShare ?? Number.NaN),
      atLeast: 'none',
      aim: '',
    },
    { figure: 'replays to new BETs, spread', measured: ratio(replays, rate(spread)), atLeast: '1.0 ×', aim: '1.5 ×' },
    {
      figure: 'resident memory, largest process',
      measured: `${whole(residentMb(measurements))} MB`,
      atLeast: '250 MB',
      aim: '150 MB',
    },
    {
      figure: 'operations a transaction, one player, 64 clients',
      measured: (one?.result.operationsPerTransaction ?? Number.NaN).toFixed(1),
      atLeast: '16',
      aim: '',
    },
  ].filter(({ measured }) => !measured.includes('NaN'));
}

export function jobsGoals(result: JobsResult | null): Goal[] {
  if (result === null) return [];
  const { backlog, open, bookedBets, playedBets } = result;
  return [
    { figure: 'jobs done, all at once', measured: `${whole(backlog.ratePerSecond)}/s`, atLeast: '2,000/s', aim: '' },
    {
      figure: `  p99 delay at ${whole(open.ratePerSecond)}/s`,
      measured: `${whole(open.delayMs.p99)} ms`,
      atLeast: '1,000 ms',
      aim: '',
    },
    { figure: '  books', measured: bookedBets === playedBets ? 'agree' : 'WRONG', atLeast: 'agree', aim: '' },
  ];
}

/** Of adapter and wallet; the database's is a setting of its own. */
function residentMb(measurements: readonly Measurement[]): number {
  const all = measurements
    .filter(({ section }) => section === 'chain')
    .flatMap(({ result }) => [result.processes.adapter, result.processes.wallet].map((own) => own?.residentMb ?? 0));
  return all.length === 0 ? Number.NaN : Math.max(...all);
}

const ratio = (value: number, base: number): string => `${(value / base).toFixed(1)} ×`;

export function goalsTable(reached: readonly Goal[]): string {
  if (reached.length === 0) return '';
  const rows = reached.map(({ figure, measured, atLeast, aim }) => [figure, measured, atLeast, aim]);
  return `\ngoals, on 2 cores with everything on them\n${table([['', 'measured', 'at least', 'aim'], ...rows])}`;
}
