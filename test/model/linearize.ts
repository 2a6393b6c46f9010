import { isDeepStrictEqual } from 'node:util';
import { changesNothing, commit, judge, undo, type Verdict } from './model.ts';
import type { Answer, LedgerRow, Operation } from './types.ts';
import type { ModelPlayer, World } from './world.ts';

/** A request and what it really got. */
export type Sent = { operation: Operation; answer: Answer };

/** What the requests left behind at each of their players; null: not looked at. */
export type Traces = ReadonlyMap<ModelPlayer, Trace> | null;
/** The rows that the ledger got meanwhile, in its order, and how many jobs are owed for closed rounds' totals in all. */
export type Trace = { newRows: readonly LedgerRow[]; totalsOwed: number };

const NODES_MAX = 200_000;

/**
 * Looks for an order in which the model gives every request the answer that it really got, and leaves behind what was really
 * left behind. Requests of one sequence stay in their order; between sequences any order is allowed, since they were under
 * way at the same time. The model is left as after them. Gives null where there is such an order, else the point that the
 * search could not get past.
 */
export function linearize(
  world: World,
  sequences: readonly (readonly Sent[])[],
  traces: Traces,
  nowMs: number,
): string | null {
  return new Search(world, sequences, traces, nowMs).run();
}

class Search {
  private readonly world: World;
  private readonly sequences: readonly (readonly Sent[])[];
  private readonly traces: Traces;
  private readonly nowMs: number;
  /** How far each sequence is. */
  private readonly heads: number[];
  /** How many of a player's new rows are explained. */
  private readonly taken = new Map<ModelPlayer, number>();
  /** Points that lead nowhere. */
  private readonly dead = new Set<string>();
  private readonly total: number;
  private nodes = 0;
  private deepest = { done: -1, text: '' };

  constructor(world: World, sequences: readonly (readonly Sent[])[], traces: Traces, nowMs: number) {
    this.world = world;
    this.sequences = sequences;
    this.traces = traces;
    this.nowMs = nowMs;
    this.heads = sequences.map(() => 0);
    this.total = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  }

  run(): string | null {
    if (this.search()) return null;
    return `after ${this.deepest.done} of ${this.total} requests, none of these fits:\n  ${this.deepest.text}`;
  }

  private search(): boolean {
    this.nodes += 1;
    if (this.nodes > NODES_MAX) throw new Error(`no order found in ${NODES_MAX} steps`);
    const passed = this.takeNeutral();
    const key = this.place();
    if (!this.dead.has(key) && (this.isEnd() || this.tryChanges())) return true;
    this.dead.add(key);
    for (const at of passed) this.move(at, -1);
    return false;
  }

  /** Where the search stands: two ways to the same place have the same future. */
  private place(): string {
    const owed = [...(this.traces?.keys() ?? [])].map((player) => player.totalsOwed);
    return `${this.heads.join()} ${owed.join()}`;
  }

  private isEnd(): boolean {
    if (this.done() < this.total) return false;
    for (const [player, { newRows, totalsOwed }] of this.traces ?? []) {
      const row = newRows[this.taken.get(player) ?? 0];
      if (row !== undefined) {
        this.note([`a row that no request explains: ${show(row)}`]);
        return false;
      }
      if (player.totalsOwed !== totalsOwed) {
        this.note([`${player.userId}: ${totalsOwed} round-close messages, expected ${player.totalsOwed}`]);
        return false;
      }
    }
    return true;
  }

  /** What changes nothing and answers right may always go first: nothing after it can tell. */
  private takeNeutral(): number[] {
    const passed: number[] = [];
    for (let again = true; again; ) {
      again = false;
      for (const at of this.sequences.keys()) {
        const next = this.next(at);
        if (next === null || !changesNothing(next.verdict) || this.difference(next) !== null) continue;
        this.move(at, 1);
        passed.push(at);
        again = true;
      }
    }
    return passed;
  }

  private tryChanges(): boolean {
    const reasons: string[] = [];
    for (const at of this.sequences.keys()) {
      const next = this.next(at);
      if (next === null) continue;
      const differs = this.difference(next);
      if (differs !== null) {
        reasons.push(differs);
        continue;
      }
      commit(next.verdict);
      this.move(at, 1);
      this.take(next.verdict, 1);
      if (this.search()) return true;
      this.take(next.verdict, -1);
      this.move(at, -1);
      undo(next.verdict);
    }
    this.note(reasons);
    return false;
  }

  private next(at: number): (Sent & { verdict: Verdict }) | null {
    const sent = this.sequences[at]?.[this.heads[at] ?? 0];
    return sent === undefined ? null : { ...sent, verdict: judge(this.world, sent.operation, this.nowMs) };
  }

  private difference({ operation, answer, verdict }: Sent & { verdict: Verdict }): string | null {
    if (!isDeepStrictEqual(answer, verdict.answer)) {
      return `${show(operation)}\n    answered ${show(answer)}\n    expected ${show(verdict.answer)}`;
    }
    const { player, rows } = verdict;
    const trace = player === null ? undefined : this.traces?.get(player);
    if (player === null || trace === undefined) return null;
    const taken = this.taken.get(player) ?? 0;
    for (const [nth, { atMs: _, finished: __, ...expected }] of rows.entries()) {
      const real = trace.newRows[taken + nth];
      if (real !== undefined && sameRow(real, expected)) continue;
      return `${show(operation)}\n    wrote    ${show(real)}\n    expected ${show(expected)}`;
    }
    return null;
  }

  private move(at: number, by: 1 | -1): void {
    this.heads[at] = (this.heads[at] ?? 0) + by;
  }

  private take({ player, rows }: Verdict, by: 1 | -1): void {
    if (player !== null) this.taken.set(player, (this.taken.get(player) ?? 0) + by * rows.length);
  }

  private done(): number {
    return this.heads.reduce((sum, head) => sum + head, 0);
  }

  private note(reasons: readonly string[]): void {
    const done = this.done();
    if (done > this.deepest.done && reasons.length > 0) this.deepest = { done, text: reasons.join('\n  ') };
  }
}

/** Without the status, which says what has become of the row since. */
function sameRow({ status: _, ...real }: LedgerRow, { status: __, ...expected }: LedgerRow): boolean {
  return isDeepStrictEqual(real, expected);
}

/** One line: bigints as numbers, and without what says nothing. */
export function show(value: unknown): string {
  const told = (part: unknown): unknown => (typeof part === 'bigint' ? `${part}` : part);
  const silent = (part: unknown): boolean => part === '' || part === null || part === false || part === undefined;
  return (
    JSON.stringify(value, (_, part: unknown) =>
      part !== null && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).flatMap(([key, each]) => (silent(each) ? [] : [[key, told(each)]])))
        : told(part),
    )?.replaceAll('"', '') ?? 'nothing'
  );
}
