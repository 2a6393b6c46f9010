import { apiGetUserslist } from '../../adapter/stargame/remote/operations/api-get-userslist.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Logger } from '../../common/log.ts';
import { type HallCredential, HallMode, HallService } from '../../gen/wallet/v1/halls_pb.ts';
import type { Wallet } from '../wallet.ts';
import { createPasswordCache } from './password-cache.ts';

/** What it takes to ask StarGame about a hall. */
export type HallSecrets = {
  hallId: string;
  secret: string;
  operatorId: string;
  timeZone: string;
  mode: 'seamless' | 'transfer';
  /** Empty: not said. */
  agentId: string;
};

/** Secrets of halls, agents and terminals, from the wallet. All methods throw the wallet's ServiceError where it can't be asked. */
export type Credentials = {
  /** Null for a hall that isn't known. */
  hall(hallId: string): Promise<HallSecrets | null>;
  /** The agent's password; null for one that isn't known. */
  agent(agentId: string): Promise<string | null>;
  /**
   * Passwords by uid, of those of these terminals of which any can be known: what the wallet doesn't know is looked for in StarGame's list
   * of the hall's terminals, and kept in the wallet.
   */
  terminals(hallId: string, uids: readonly string[]): Promise<Map<string, string>>;
  /** StarGame calls this terminal's password wrong: the next one to ask looks into StarGame's list again. */
  distrust(hallId: string, uid: string): void;
};

export type CredentialsDeps = { wallet: Wallet; remote: Remote; log: Logger; now: () => number };

/** A changed secret is used this much later at the latest. */
const FRESH_MS = 10_000;
/** A hall that isn't known is looked for again so soon. */
const MISS_MS = 1_000;
/** StarGame's list of a hall's terminals is long, and seldom another than before. */
const LEARN_EVERY_MS = 60_000;
const LEARN_AFTER_FAILURE_MS = 10_000;
/** What the wallet takes in one call. */
const UIDS_A_CALL = 1_000;
const REQUEST_ID = 'credentials';

type Known = { halls: Map<string, HallSecrets>; agents: Map<string, string>; readAtMs: number };

export function createCredentials({ wallet, remote, log, now }: CredentialsDeps): Credentials {
  let known: Known = { halls: new Map(), agents: new Map(), readAtMs: Number.NEGATIVE_INFINITY };
  let reading: Promise<Known> | null = null;
  const passwords = createPasswordCache(now);
  const learnAgainAtMs = new Map<string, number>();
  const learning = new Map<string, Promise<void>>();

  const read = async (): Promise<Known> => {
    const readAtMs = now();
    const [halls, agents] = await Promise.all([
      wallet.call(HallService.method.listHallCredentials, {}, REQUEST_ID),
      wallet.call(HallService.method.listAgentCredentials, {}, REQUEST_ID),
    ]);
    known = {
      halls: new Map(halls.credentials.flatMap(hallSecrets).map((hall) => [hall.hallId, hall])),
      agents: new Map(agents.credentials.map(({ agentId, password }) => [agentId, password])),
      readAtMs,
    };
    return known;
  };

  /** Reads at most once at a time, for all who wait. */
  const refresh = (): Promise<Known> => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };

  const find = async <T>(lookUp: (from: Known) => T | undefined): Promise<T | null> => {
    const found = lookUp(known);
    const ageMs = now() - known.readAtMs;
    if (ageMs <= (found === undefined ? MISS_MS : FRESH_MS)) return found ?? null;
    return lookUp(await refresh()) ?? null;
  };

  const hall = (hallId: string): Promise<HallSecrets | null> => find(({ halls }) => halls.get(hallId));

  async function fromWallet(hallId: string, uids: readonly string[]): Promise<void> {
    for (let at = 0; at < uids.length; at += UIDS_A_CALL) {
      const request = { hallId, uids: uids.slice(at, at + UIDS_A_CALL) };
      const { credentials } = await wallet.call(HallService.method.listTerminalCredentials, request, REQUEST_ID);
      for (const { uid, password } of credentials) passwords.keep(hallId, uid, password);
    }
  }

  /** Reads StarGame's list of the hall's terminals, and keeps the passwords in the wallet. */
  async function learn(hallId: string): Promise<void> {
    const secrets = await hall(hallId);
    if (secrets === null) return;
    const result = await remote.call(apiGetUserslist, { hall_id: hallId }, { type: 'hall', secret: secrets.secret });
    if (result.status === 'failure') throw new Error(`api_get_userslist: ${result.code}`);
    const told = result.answer.users.flatMap(({ uid, password }) => (password === '' ? [] : [{ uid, password }]));
    for (let at = 0; at < told.length; at += UIDS_A_CALL) {
      const request = { hallId, passwords: told.slice(at, at + UIDS_A_CALL) };
      await wallet.call(HallService.method.setTerminalPasswords, request, REQUEST_ID);
    }
    passwords.trust(hallId);
    learnAgainAtMs.set(hallId, now() + LEARN_EVERY_MS);
    log.info({ hallId, terminals: told.length }, "read StarGame's list of terminals");
  }

  /** Whether it was tried just now. */
  async function learnIfDue(hallId: string): Promise<boolean> {
    if (!learning.has(hallId) && (learnAgainAtMs.get(hallId) ?? 0) > now()) return false;
    let running = learning.get(hallId);
    if (running === undefined) {
      learnAgainAtMs.set(hallId, now() + LEARN_AFTER_FAILURE_MS);
      running = learn(hallId)
        .catch((error: unknown) => log.warn({ err: error, hallId }, "can't read StarGame's list of terminals"))
        .finally(() => learning.delete(hallId));
      learning.set(hallId, running);
    }
    await running;
    return true;
  }

  return {
    hall,
    agent: (agentId) => find(({ agents }) => agents.get(agentId)),
    terminals: async (hallId, uids) => {
      const missing = (): string[] => uids.filter((uid) => passwords.find(hallId, uid) === undefined);
      const isUntrusted = (uid: string): boolean => passwords.isDistrusted(hallId, uid);
      await fromWallet(
        hallId,
        missing().filter((uid) => !isUntrusted(uid)),
      );
      if (missing().length > 0 && (await learnIfDue(hallId))) await fromWallet(hallId, missing());
      return new Map(
        uids.flatMap((uid) => {
          const password = passwords.find(hallId, uid);
          return password === undefined ? [] : [[uid, password] as const];
        }),
      );
    },
    distrust: passwords.distrust,
  };
}

function hallSecrets({ hall, secret }: HallCredential): HallSecrets[] {
  if (hall === undefined) return [];
  const { hallId, operatorId, timeZone, agentId } = hall;
  const mode = hall.mode === HallMode.TRANSFER ? 'transfer' : 'seamless';
  return [{ hallId, secret, operatorId, timeZone, mode, agentId }];
}
