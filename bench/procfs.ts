import { readFileSync } from 'node:fs';
import type { CellResult, Pids } from './types.ts';

/** `getconf CLK_TCK`; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What processes and machine have used up to now. */
export type Usage = {
  atMs: number;
  cpuMs: Record<string, number>;
  residentMb: Record<string, number>;
  machine: { busyTicks: number; totalTicks: number };
};

export function usageOf(pids: Pids): Usage {
  return {
    atMs: performance.now(),
    cpuMs: each(pids, cpuMsOf),
    residentMb: residentMbOfAll(pids),
    machine: machineTicks(),
  };
}

export const residentMbOfAll = (pids: Pids): Record<string, number> => each(pids, residentMbOf);

export function figuresBetween(
  before: Usage,
  after: Usage,
  answers: number,
): Pick<CellResult, 'processes' | 'machineBusyShare'> {
  const processes: CellResult['processes'] = {};
  for (const [name, cpuMsAfter] of Object.entries(after.cpuMs)) {
    const cpuMs = cpuMsAfter - (before.cpuMs[name] ?? 0);
    processes[name] = {
      cpuMicrosPerRequest: (cpuMs * 1000) / Math.max(1, answers),
      cpuCores: cpuMs / (after.atMs - before.atMs),
      residentMb: after.residentMb[name] ?? 0,
    };
  }
  const totalTicks = after.machine.totalTicks - before.machine.totalTicks;
  return {
    processes,
    machineBusyShare: (after.machine.busyTicks - before.machine.busyTicks) / Math.max(1, totalTicks),
  };
}

/** CPU time that a process has used since its start, user and system. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command stands in parentheses and may hold spaces. After it: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

function residentMbOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Of all cores since boot. */
function machineTicks(): Usage['machine'] {
  const [first = ''] = readFileSync('/proc/stat', 'latin1').split('\n');
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = first
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busyTicks = user + nice + system + irq + softirq + steal;
  return { busyTicks, totalTicks: busyTicks + idle + iowait };
}

const each = (pids: Pids, read: (pid: number) => number): Record<string, number> =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, read(pid)]));
