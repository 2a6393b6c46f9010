import type { Logger } from '../../common/log.ts';
import type { Credential } from '../../gen/wallet/v1/operators_pb.ts';
import { Allowlist } from './allowlist.ts';
import { commands } from './commands/index.ts';
import { Signer } from './signatures.ts';

/** What the adapter knows of an operator id. */
export type Operator = {
  operatorId: string;
  signer: Signer;
  allowlist: Allowlist;
};

/** Operators as the wallet has them, kept fresh; the last known ones serve on while the wallet is away. */
export type Operators = {
  find: (operatorId: string) => Operator | undefined;
  /** Resolves once the operators have been read anew, or could not be; spaced, and shared by all who wait. */
  refresh: () => Promise<void>;
  /** Reads until it works, then again every `refreshMs`; resolves with false where it was stopped before it worked. */
  start: () => Promise<boolean>;
  stop: () => void;
};

/** The least time between two readings that unknown operator ids ask for. */
const SPACING_MS = 250;
/** Between readings at the start, while the wallet can't be reached. */
const RETRY_MS = 500;

export function createOperators(deps: {
  listCredentials: () => Promise<readonly Credential[]>;
  refreshMs: number;
  log: Logger;
}): Operators {
  let operators = new Map<string, Operator>();
  let fingerprints = new Map<string, string>();
  let reading: Promise<boolean> | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const read = async (): Promise<boolean> => {
    await wait(readAtMs + SPACING_MS - performance.now());
    readAtMs = performance.now();
    try {
      adopt(await deps.listCredentials());
      return true;
    } catch (error) {
      deps.log.warn({ reason: String(error) }, 'operators could not be read');
      return false;
    } finally {
      reading = null;
    }
  };

  const refresh = (): Promise<boolean> => {
    reading ??= read();
    return reading;
  };

  /** Operators that did not change keep what was made of their secrets. */
  const adopt = (credentials: readonly Credential[]): void => {
    const next = new Map<string, Operator>();
    const nextFingerprints = new Map<string, string>();
    for (const credential of credentials) {
      const { operatorId, secret, allowlist } = credential;
      const fingerprint = JSON.stringify([secret, allowlist]);
      const known = fingerprints.get(operatorId) === fingerprint ? operators.get(operatorId) : undefined;
      const operator = known ?? createOperator(credential, deps.log);
      if (operator === null) continue;
      next.set(operatorId, operator);
      nextFingerprints.set(operatorId, fingerprint);
    }
    operators = next;
    fingerprints = nextFingerprints;
  };

  const schedule = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void refresh().finally(schedule), deps.refreshMs);
  };

  return {
    find: (operatorId) => operators.get(operatorId),
    refresh: async () => {
      await refresh();
    },
    start: async () => {
      while (!isStopped && !(await refresh())) await wait(RETRY_MS);
      schedule();
      return !isStopped;
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Null for an operator whose allowlist can't be read: better closed than open. */
function createOperator(credential: Credential, log: Logger): Operator | null {
  const { operatorId, secret, allowlist } = credential;
  try {
    return { operatorId, signer: new Signer(secret, commands.keys()), allowlist: new Allowlist(allowlist) };
  } catch (error) {
    log.error({ operator: operatorId, reason: String(error) }, 'operator left out');
    return null;
  }
}

function wait(durationMs: number): Promise<void> {
  return durationMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, durationMs));
}
