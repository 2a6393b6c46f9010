import type { Logger } from '../../common/log.ts';
import type { Credentials } from '../stargame/credentials.ts';
import type { HarvestConfig } from './config.ts';
import {
  claimDue,
  countDue,
  countTerminals,
  type DueTerminal,
  listTerminals,
  noteFailure,
  noteRead,
  release,
} from './due.ts';
import { type ReadDeps, readTerminal, TerminalFailure } from './read-terminal.ts';
import type { TerminalId } from './store.ts';
import { type Plan, planWindows, type Span, windowsOf } from './windows.ts';

export type RunDeps = ReadDeps & { credentials: Credentials; config: HarvestConfig };

export type RunProgress = {
  /** How many there are to be read, as counted at the start; a run that another one helps does fewer. */
  terminals: number;
  done: number;
  failed: number;
  read: number;
  fresh: number;
};

export const newProgress = (): RunProgress => ({ terminals: 0, done: 0, failed: 0, read: 0, fresh: 0 });

/** Where a run's terminals come from: a page at a time, an empty one at the end. What is taken and not read is given back. */
export type Source = {
  count: () => Promise<number>;
  next: () => Promise<DueTerminal[]>;
  giveBack: (terminals: readonly TerminalId[]) => Promise<void>;
  /** null: from where the terminal was left. */
  span: Span | null;
};

type Task = { terminal: DueTerminal; password: string | undefined; zone: string | null };

/** So many are taken at once as are surely read while they are this process's. */
const PAGE = 100;
const TELL_EVERY_MS = 10_000;
const TELL_EVERY = 1_000;

/** All that are due now, for whoever takes them first. */
export function dueSource({ pool, now }: RunDeps, hallId: string): Source {
  const dueAtMs = now();
  return {
    count: () => countDue(pool, dueAtMs, hallId),
    next: () => claimDue(pool, { dueAtMs, nowMs: now(), limit: PAGE, hallId }),
    giveBack: (terminals) => release(pool, terminals, now()),
    span: null,
  };
}

/** All terminals of a hall, or one, whether due or not. */
export function chosenSource(
  { pool }: RunDeps,
  { hallId, uid, span }: { hallId: string; uid: string; span: Span | null },
): Source {
  let after: TerminalId | null = null;
  return {
    count: () => countTerminals(pool, { hallId, uid }),
    next: async () => {
      const page = await listTerminals(pool, { hallId, uid, after, limit: PAGE });
      after = page.at(-1) ?? after;
      return page;
    },
    giveBack: async () => undefined,
    span,
  };
}

/**
 * Reads the terminals of a source, HARVEST_CONCURRENCY at a time; never more than a page of them is in memory. What fails at a terminal is
 * noted there, and the others go on. Throws StargameAway where StarGame can't be asked at all, an AbortError once the signal has come, and
 * what database and wallet have to say; nothing that was read is lost by that.
 */
export async function run(
  deps: RunDeps,
  source: Source,
  options: { progress: RunProgress; signal: AbortSignal },
): Promise<void> {
  const { progress } = options;
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  progress.terminals = await source.count();
  const tell = createTeller(deps.log, deps.now, progress);
  const waiting: Task[] = [];
  let loading: Promise<void> | null = null;
  let isEmpty = false;

  const load = async (): Promise<void> => {
    const terminals = await source.next();
    isEmpty = terminals.length === 0;
    try {
      waiting.push(...(await withPasswords(deps.credentials, terminals)));
    } catch (error) {
      await source.giveBack(terminals);
      throw error;
    }
  };

  const take = async (): Promise<Task | undefined> => {
    while (waiting.length === 0 && !isEmpty) {
      loading ??= load().finally(() => {
        loading = null;
      });
      await loading;
    }
    return waiting.shift();
  };

  const work = async (): Promise<void> => {
    for (;;) {
      signal.throwIfAborted();
      const task = await take();
      if (task === undefined) return;
      try {
        await readOne(deps, source, task, { progress, signal });
      } catch (error) {
        waiting.push(task);
        throw error;
      }
      tell();
    }
  };

  const workers = Array.from({ length: deps.config.HARVEST_CONCURRENCY }, () =>
    work().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  await source.giveBack(waiting.map(({ terminal }) => terminal));
  signal.throwIfAborted();
}

async function readOne(
  deps: RunDeps,
  source: Source,
  { terminal, password, zone }: Task,
  { progress, signal }: { progress: RunProgress; signal: AbortSignal },
): Promise<void> {
  const { pool, config, credentials, metrics, log, now } = deps;
  try {
    if (zone === null) throw new TerminalFailure('the hall is not known');
    if (password === undefined) throw new TerminalFailure("the terminal's password is not known");
    const plan = planFor(config, source.span, terminal, zone, now());
    const movesWatermark = source.span === null;
    const counts = await readTerminal(deps, { terminal, password, zone, plan, movesWatermark, signal });
    progress.read += counts.read;
    progress.fresh += counts.fresh;
    if (movesWatermark) await noteRead(pool, config, terminal, now());
    metrics.terminals.inc({ outcome: 'read' });
  } catch (error) {
    if (!(error instanceof TerminalFailure)) throw error;
    if (error.isWrongPassword) credentials.distrust(terminal.hallId, terminal.uid);
    if (source.span === null) await noteFailure(pool, config, terminal, error.message, now());
    log.warn({ hallId: terminal.hallId, uid: terminal.uid, reason: error.message }, "can't read a terminal's game log");
    metrics.terminals.inc({ outcome: 'failed' });
    progress.failed += 1;
  }
  progress.done += 1;
}

function planFor(config: HarvestConfig, span: Span | null, terminal: DueTerminal, zone: string, nowMs: number): Plan {
  if (span !== null) return { windows: windowsOf(span, zone), gap: null };
  return planWindows({
    watermarkMs: terminal.harvestedUntilMs,
    nowMs,
    overlapMs: config.HARVEST_OVERLAP_MS,
    lagMs: config.HARVEST_LAG_MS,
    zone,
  });
}

async function withPasswords(credentials: Credentials, terminals: readonly DueTerminal[]): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const [hallId, inHall] of Map.groupBy(terminals, (terminal) => terminal.hallId)) {
    const hall = await credentials.hall(hallId);
    const uids = inHall.map(({ uid }) => uid);
    const passwords = hall === null ? new Map<string, string>() : await credentials.terminals(hallId, uids);
    const zone = hall?.timeZone ?? null;
    tasks.push(...inHall.map((terminal) => ({ terminal, password: passwords.get(terminal.uid), zone })));
  }
  return tasks;
}

/** A line for people now and then, while a run is long. */
function createTeller(log: Logger, now: () => number, progress: RunProgress): () => void {
  let toldAtMs = now();
  let toldDone = 0;
  return () => {
    if (now() - toldAtMs < TELL_EVERY_MS && progress.done - toldDone < TELL_EVERY) return;
    toldAtMs = now();
    toldDone = progress.done;
    log.info({ ...progress }, 'harvest under way');
  };
}
