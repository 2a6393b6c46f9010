import type { z } from 'zod';

type AnyFault = { operation: string; kind: string; count?: number | undefined };

/** A provider's faults: what goes wrong in `operation`, `count` times, or until it is removed where that is absent. */
export type FaultSchema = z.ZodType<AnyFault>;

const FAULTS_MAX = 1_000;

/** The faults that are due at one provider. `isFor`: whether a fault's operation means this one. */
export function createFaultList<S extends FaultSchema>(
  schema: S,
  isFor: (faultOperation: string, operation: string) => boolean,
) {
  type Parsed = z.output<S>;
  type FaultOf<K extends Parsed['kind']> = Extract<Parsed, { kind: K }>;
  type Due = { id: string; fault: Parsed; left: number };
  const due = new Map<string, Due>();
  let lastId = 0;

  /** Throws a ZodError, or an Error where there are too many. Gives the fault's id. */
  function add(fault: z.input<S>): string {
    const parsed = schema.parse(fault);
    if (due.size >= FAULTS_MAX) throw new Error(`at most ${FAULTS_MAX} faults`);
    const id = String(++lastId);
    due.set(id, { id, fault: parsed, left: parsed.count ?? Number.POSITIVE_INFINITY });
    return id;
  }

  /** The oldest fault of this kind that is due for the operation; it counts as happened then. */
  function take<K extends Parsed['kind']>(
    operation: string,
    kind: K,
    applies: (fault: FaultOf<K>) => boolean = () => true,
  ): FaultOf<K> | undefined {
    const isIt = (fault: Parsed): fault is FaultOf<K> => fault.kind === kind && isFor(fault.operation, operation);
    for (const entry of due.values()) {
      const { fault } = entry;
      if (!isIt(fault) || !applies(fault)) continue;
      entry.left--;
      if (entry.left === 0) due.delete(entry.id);
      return fault;
    }
    return undefined;
  }

  return {
    add,
    take,
    list: (): object[] => [...due.values()].map(({ id, fault, left }) => describe(id, fault, left)),
    /** False where there is no such fault. */
    remove: (id: string): boolean => due.delete(id),
    clear: (): void => due.clear(),
  };
}

function describe(id: string, fault: AnyFault, left: number): object {
  const members = Object.entries(fault).map(([name, value]) => [
    name,
    typeof value === 'bigint' ? String(value) : value,
  ]);
  return { ...Object.fromEntries(members), id, left: Number.isFinite(left) ? left : null };
}
