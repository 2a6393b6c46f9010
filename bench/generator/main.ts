import { serveTasks } from '../servers.ts';
import type { Cell, CellResult, Pids, Target } from '../types.ts';
import type { Connect } from './driver.ts';
import { runCell } from './load.ts';

// The load generator is a process of its own, so that its cost is known and can be told from what it measures.

/** What the benchmark sends to the generator, one at a time and always with the same target; answered by a CellResult. */
export type Task = { target: Target; cell: Cell; pids: Pids };

/** Numbers that were sent as new, from and up to; `known` cells go round in them. */
const sent: Record<Cell['players'], { from: number; to: number }> = {
  spread: { from: 0, to: 0 },
  one: { from: 0, to: 0 },
};
let nextNewNumber = 0;

function numbers(cell: Cell): () => number {
  const range = sent[cell.players];
  if (cell.ids === 'known') {
    if (range.from === range.to) throw new Error('no ids are known: run a cell with new ids first');
    let number = range.from;
    return () => {
      if (number === range.to) number = range.from;
      return number++;
    };
  }
  range.from = nextNewNumber;
  return () => {
    range.to = ++nextNewNumber;
    return nextNewNumber - 1;
  };
}

/** Drivers are loaded when needed: a generator of HTTP requests shall not carry a database client in its memory. */
async function connectorOf(target: Target): Promise<Connect> {
  switch (target.kind) {
    case 'http': {
      const { createHttpDriver } = await import('./http-driver.ts');
      return (options) => createHttpDriver(target, options);
    }
    case 'sql': {
      const { createSqlDriver } = await import('./sql-driver.ts');
      return (options) => createSqlDriver(target, options);
    }
    case 'grpc': {
      const { createGrpcDriver } = await import('./grpc-driver.ts');
      return (options) => createGrpcDriver(target, options);
    }
    case 'engine':
      return (await import('./engine-driver.ts')).createEngineConnect(target);
  }
}

let connect: Connect | null = null;

async function run({ target, cell, pids }: Task): Promise<CellResult> {
  connect ??= await connectorOf(target);
  return runCell(cell, connect, numbers(cell), { generator: process.pid, ...pids });
}

serveTasks(run);
