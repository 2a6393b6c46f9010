import { type Credential, OperatorService } from '../../gen/wallet/v1/operators_pb.ts';
import type { Wallet } from '../wallet.ts';

export type PlatformOperator = Pick<Credential, 'operatorId' | 'secret' | 'currencies'>;

/** Operators with their secrets, from the wallet. Both methods throw the wallet's ServiceError where it can't be asked. */
export type PlatformOperators = {
  all: () => Promise<readonly PlatformOperator[]>;
  /** Null for one that isn't known. */
  find: (operatorId: string) => Promise<PlatformOperator | null>;
};

/** A changed secret is used this much later at the latest; an operator that isn't known is looked for again so soon. */
const FRESH_MS = 10_000;
const MISS_MS = 1_000;

export function createPlatformOperators({ wallet, now }: { wallet: Wallet; now: () => number }): PlatformOperators {
  let known: readonly PlatformOperator[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  const read = async (): Promise<void> => {
    const startedAtMs = now();
    const { credentials } = await wallet.call(OperatorService.method.listCredentials, {}, 'operators');
    known = credentials;
    readAtMs = startedAtMs;
  };

  /** Reads at most once at a time, for all who wait. */
  const refresh = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };

  const fresh = async (ageMs: number): Promise<readonly PlatformOperator[]> => {
    if (now() - readAtMs > ageMs) await refresh();
    return known;
  };

  return {
    all: () => fresh(FRESH_MS),
    find: async (operatorId) => {
      const of = (operators: readonly PlatformOperator[]) =>
        operators.find((operator) => operator.operatorId === operatorId);
      return of(await fresh(FRESH_MS)) ?? of(await fresh(MISS_MS)) ?? null;
    },
  };
}
