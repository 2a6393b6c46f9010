import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Logger } from '../../common/log.ts';
import { type HallCredential, HallMode } from '../../gen/wallet/v1/halls_pb.ts';
import { Allowlist } from '../allowlist.ts';
import { keepFresh } from '../fresh.ts';

/** What the adapter knows of a hall. */
export type Hall = {
  hallId: string;
  operatorId: string;
  allowlist: Allowlist;
  /** Its money is carried to the terminals and back: notifications move none. */
  isTransfer: boolean;
};

/** Halls as the wallet has them, kept fresh; the last known ones serve on while the wallet is away. */
export type Halls = {
  /** The hall, where this is its path secret. Compares in constant time, and as long where there is no such hall. */
  admit: (hallId: string, pathSecret: string) => Hall | undefined;
  /** Resolves once the halls have been read anew, or could not be; spaced, and shared by all who wait. */
  refresh: () => Promise<boolean>;
  /** Reads them once, then again every `refreshMs`; resolves with whether the first reading worked. */
  start: () => Promise<boolean>;
  stop: () => void;
};

type Entry = { hall: Hall; pathDigest: Buffer };

export function createHalls(deps: {
  listCredentials: () => Promise<readonly HallCredential[]>;
  refreshMs: number;
  log: Logger;
}): Halls {
  const nobody = randomBytes(32);
  let entries = new Map<string, Entry>();

  const adopt = (credentials: readonly HallCredential[]): void => {
    const next = new Map<string, Entry>();
    for (const credential of credentials) {
      const entry = createEntry(credential, deps.log);
      if (entry !== null) next.set(entry.hall.hallId, entry);
    }
    entries = next;
  };

  const fresh = keepFresh({
    what: 'halls',
    read: async () => adopt(await deps.listCredentials()),
    refreshMs: deps.refreshMs,
    log: deps.log,
  });

  return {
    admit: (hallId, pathSecret) => {
      const entry = entries.get(hallId);
      const isRight = timingSafeEqual(digestOf(pathSecret), entry?.pathDigest ?? nobody);
      return isRight ? entry?.hall : undefined;
    },
    refresh: fresh.refresh,
    start: fresh.start,
    stop: fresh.stop,
  };
}

/** Null for a hall whose allowlist can't be read: better closed than open. */
function createEntry(credential: HallCredential, log: Logger): Entry | null {
  const { hall, pathSecret } = credential;
  if (hall === undefined) return null;
  const { hallId, operatorId } = hall;
  // An empty secret in a credential must not open the hall to an empty path.
  if (pathSecret === '') return null;
  try {
    const allowlist = new Allowlist(hall.allowlist);
    const isTransfer = hall.mode === HallMode.TRANSFER;
    return { hall: { hallId, operatorId, allowlist, isTransfer }, pathDigest: digestOf(pathSecret) };
  } catch (error) {
    log.error({ hall: hallId, reason: String(error) }, 'hall left out');
    return null;
  }
}

function digestOf(pathSecret: string): Buffer {
  return hash('sha256', pathSecret, 'buffer');
}
