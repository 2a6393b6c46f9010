import type { Logger } from '../../common/log.ts';
import type { Credential } from '../../gen/wallet/v1/operators_pb.ts';
import { Allowlist } from '../allowlist.ts';
import { keepFresh } from '../fresh.ts';
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
  refresh: () => Promise<boolean>;
  /** Reads until it works, then again every `refreshMs`; resolves with false where it was stopped before it worked. */
  start: () => Promise<boolean>;
  stop: () => void;
};

export function createOperators(deps: {
  listCredentials: () => Promise<readonly Credential[]>;
  refreshMs: number;
  log: Logger;
}): Operators {
  let operators = new Map<string, Operator>();
  let fingerprints = new Map<string, string>();

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

  const fresh = keepFresh({
    what: 'operators',
    read: async () => adopt(await deps.listCredentials()),
    refreshMs: deps.refreshMs,
    log: deps.log,
  });

  return {
    find: (operatorId) => operators.get(operatorId),
    refresh: fresh.refresh,
    start: fresh.startSurely,
    stop: fresh.stop,
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
