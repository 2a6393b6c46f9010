import type { Logger } from '../../common/log.ts';
import type { Terminal as WalletTerminal } from '../../gen/wallet/v1/halls_pb.ts';
import { keepFresh } from '../fresh.ts';
import { currencyNumber } from './currencies.ts';

/** A player's account in a hall, as the adapter needs it: what answers and operations say is made once. */
export type Terminal = {
  uid: string;
  operatorId: string;
  userId: string;
  /** Where it is not, only what its player is owed goes on. */
  isLinked: boolean;
  /** What stands before and behind the balance in an answer. */
  answerHead: string;
  answerTail: string;
  /** Goes to the wallet with each operation, as JSON. */
  context: string;
};

export type TerminalPage = { terminals: readonly WalletTerminal[]; nextPageToken: string };

/** Terminals as the wallet has them: kept in memory, kept right by reading what changed, and asked for where one is not known. */
export type Terminals = {
  find: (hallId: string, uid: string) => Terminal | undefined;
  /**
   * Asks the wallet; one call for all who ask for the same. Resolves with null where there is none, which is remembered for a second. Rejects where the wallet can't be asked.
   */
  load: (hallId: string, uid: string) => Promise<Terminal | null>;
  /** Begins to read what changes. The first reading takes in all terminals, as far as there is room. */
  start: () => void;
  /** Resolves once what changed until now is known, or could not be read; spaced. */
  refresh: () => Promise<boolean>;
  stop: () => void;
};

/** Clocks of adapters and wallets may differ by this much, and a change may be committed this long after its time. */
const OVERLAP_MS = 60_000;
const REMEMBERED_MS = 1_000;
const MAX_REMEMBERED = 10_000;
const MAX_LOADING = 1_000;

export function createTerminals(deps: {
  /** Null: there is no such terminal. */
  getTerminal: (hallId: string, uid: string) => Promise<WalletTerminal | null>;
  listTerminals: (updatedSinceMs: bigint, pageToken: string) => Promise<TerminalPage>;
  refreshMs: number;
  maxCached: number;
  log: Logger;
  now?: () => number;
}): Terminals {
  const { maxCached, log, now = Date.now } = deps;
  /** By hall and uid; once it is full, the one that was used longest ago comes first, and goes first. */
  const cached = new Map<string, Terminal>();
  /** Those that are not there, and until when that is believed; the oldest first. */
  const absent = new Map<string, number>();
  const loading = new Map<string, Promise<Terminal | null>>();
  const unnumbered = new Set<string>();
  let sinceMs = 0;

  const remember = (key: string, terminal: Terminal): void => {
    absent.delete(key);
    cached.delete(key);
    cached.set(key, terminal);
    if (cached.size > maxCached) dropFirst(cached);
  };

  const rememberAbsent = (key: string): void => {
    cached.delete(key);
    absent.delete(key);
    absent.set(key, now() + REMEMBERED_MS);
    if (absent.size > MAX_REMEMBERED) dropFirst(absent);
  };

  const take = (terminal: WalletTerminal): Terminal => {
    const { currencyCode } = terminal;
    if (currencyNumber(currencyCode) === '' && !unnumbered.has(currencyCode)) {
      unnumbered.add(currencyCode);
      log.warn({ currency: currencyCode }, 'a currency without a number in ISO 4217: answers leave it empty');
    }
    return prepare(terminal);
  };

  const ask = async (key: string, hallId: string, uid: string): Promise<Terminal | null> => {
    try {
      const found = await deps.getTerminal(hallId, uid);
      if (found === null) {
        rememberAbsent(key);
        return null;
      }
      const terminal = take(found);
      remember(key, terminal);
      return terminal;
    } finally {
      loading.delete(key);
    }
  };

  /** What is not cached is taken in only where nothing has to go for it. */
  const adopt = (changed: WalletTerminal): void => {
    const key = keyOf(changed.hallId, changed.uid);
    if (cached.has(key)) cached.set(key, take(changed));
    else if (cached.size < maxCached) remember(key, take(changed));
    else absent.delete(key);
  };

  /** From before the last reading began: the same change may come several times, and changes nothing the second time. */
  const read = async (): Promise<void> => {
    const beganAtMs = now();
    let pageToken = '';
    do {
      const page = await deps.listTerminals(BigInt(sinceMs), pageToken);
      for (const terminal of page.terminals) adopt(terminal);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    sinceMs = Math.max(0, beganAtMs - OVERLAP_MS);
  };

  const fresh = keepFresh({ what: 'terminals', read, refreshMs: deps.refreshMs, log });

  return {
    find: (hallId, uid) => {
      const key = keyOf(hallId, uid);
      const terminal = cached.get(key);
      if (terminal !== undefined && cached.size >= maxCached) {
        cached.delete(key);
        cached.set(key, terminal);
      }
      return terminal;
    },
    load: (hallId, uid) => {
      const key = keyOf(hallId, uid);
      if ((absent.get(key) ?? 0) > now()) return Promise.resolve(null);
      const known = loading.get(key);
      if (known !== undefined) return known;
      if (loading.size >= MAX_LOADING) return Promise.reject(new Error('too many terminals are being asked for'));
      const asked = ask(key, hallId, uid);
      loading.set(key, asked);
      return asked;
    },
    start: () => void fresh.start(),
    refresh: fresh.refresh,
    stop: fresh.stop,
  };
}

/** StarGame, Game Notifications API, Balance request: all of an answer but the balance. */
function prepare({ hallId, uid, operatorId, userId, currencyCode, language, linked }: WalletTerminal): Terminal {
  const tail = {
    currencyname: currencyCode,
    currencyiso: currencyNumber(currencyCode),
    language: /^ru(-|$)/i.test(language) ? 'RUS' : 'ENG',
  };
  return {
    uid,
    operatorId,
    userId,
    isLinked: linked,
    answerHead: `{"status":"success","error":"","userLogin":${JSON.stringify(uid)},"cash":`,
    answerTail: `,${JSON.stringify(tail).slice(1)}`,
    context: JSON.stringify({ hall: hallId, terminal: uid }),
  };
}

/** Neither has a slash: both are digits. */
function keyOf(hallId: string, uid: string): string {
  return `${hallId}/${uid}`;
}

function dropFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
