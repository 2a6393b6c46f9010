import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiReg } from '../../adapter/stargame/remote/operations/api-reg.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import { failedPrecondition, invalidArgument, notFound, unavailable } from '../../common/fault.ts';
import { HallService } from '../../gen/wallet/v1/halls_pb.ts';
import { PlayerService } from '../../gen/wallet/v1/players_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { Credentials, HallSecrets } from './credentials.ts';
import { refusedByStargame } from './faults.ts';
import { newOperationId } from './operation-ids.ts';
import { playerTerminals } from './player-terminals.ts';
import {
  beginRegistration,
  changePhone,
  finishRegistration,
  leaseRegistration,
  type Registration,
  type RegistrationKey,
  releaseRegistration,
} from './registration-rows.ts';

export type RegisteredTerminal = { hallId: string; uid: string; isNew: boolean };

/**
 * Gives the player's terminal in a hall; registers one where there is none (StarGame, User registration). `phone`: empty for one that is
 * made up. Idempotent, whatever dies in between: the row with the operation id comes first, StarGame knows a repeated packet by it, and
 * the link in the wallet is the end. Throws a Fault, a RemoteError, or the wallet's ServiceError.
 */
export type RegisterTerminal = (
  request: { hallId: string; userId: string; phone: string },
  call: { requestId: string; deadlineAtMs: number },
) => Promise<RegisteredTerminal>;

export type RegistrationDeps = {
  pool: Pool;
  wallet: Wallet;
  remote: Remote;
  credentials: Credentials;
  now: () => number;
  /** How long a process has a registration to itself; a request to StarGame takes half of it at most. */
  leaseMs: number;
};

const PHONE = /^[0-9]{5,18}$/;
/** Of made-up phones that are taken already. */
const PHONES_TRIED = 5;
const LOOK_AGAIN_MS = 100;

export function createRegistration(deps: RegistrationDeps): RegisterTerminal {
  const { pool, wallet, credentials, now, leaseMs } = deps;

  return async ({ hallId, userId, phone }, { requestId, deadlineAtMs }) => {
    if (phone !== '' && !PHONE.test(phone)) throw invalidArgument('phone', 'must be 5 to 18 digits');
    const hall = await credentials.hall(hallId);
    if (hall === null) throw notFound('hall');
    const key = { operatorId: hall.operatorId, userId, hallId };
    const linked = async (): Promise<RegisteredTerminal | null> => {
      const [terminal] = await playerTerminals(wallet, key, requestId);
      if (!terminal?.linked) return null;
      // Whoever linked it may have died before this; left open, it would be linked again after an unlinking.
      await finishRegistration(pool, key, terminal.uid, now());
      return { hallId, uid: terminal.uid, isNew: false };
    };

    const known = await linked();
    if (known !== null) return known;
    await wallet.call(PlayerService.method.getPlayer, { operatorId: hall.operatorId, userId }, requestId);
    const first = { operationId: newOperationId(), phone: phone === '' ? madeUpPhone() : phone, nowMs: now() };
    await beginRegistration(pool, key, first);
    const { registration, untilMs } = await waitForLease(pool, key, { now, leaseMs, deadlineAtMs });
    try {
      // Whoever had it before may have come to the end.
      const meanwhile = await linked();
      if (meanwhile !== null) return meanwhile;
      if (registration.registeredAtMs !== null) {
        throw failedPrecondition(`the player's terminal ${registration.uid} was unlinked`);
      }
      return await register(deps, hall, registration, phone, requestId);
    } finally {
      // Where that fails it ends by itself.
      await releaseRegistration(pool, key, untilMs).catch(() => undefined);
    }
  };
}

async function waitForLease(
  pool: Pool,
  key: RegistrationKey,
  { now, leaseMs, deadlineAtMs }: { now: () => number; leaseMs: number; deadlineAtMs: number },
): Promise<{ registration: Registration; untilMs: number }> {
  for (;;) {
    const nowMs = now();
    const untilMs = nowMs + leaseMs;
    const registration = await leaseRegistration(pool, key, nowMs, untilMs);
    if (registration !== null) return { registration, untilMs };
    if (nowMs + LOOK_AGAIN_MS >= deadlineAtMs) {
      throw unavailable('the player is being registered: ask again', new Error('leased'));
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

async function register(
  { pool, wallet, remote, now, leaseMs }: RegistrationDeps,
  hall: HallSecrets,
  registration: Registration,
  givenPhone: string,
  requestId: string,
): Promise<RegisteredTerminal> {
  const { hallId, operatorId } = hall;
  const signer = { type: 'hall', secret: hall.secret } as const;
  const operation_id = String(registration.operationId);
  let phone = givenPhone === '' ? registration.phone : givenPhone;
  for (let tried = 1; ; tried += 1) {
    if (phone !== registration.phone) await changePhone(pool, registration, phone);
    const options = { attempts: 1, signal: AbortSignal.timeout(leaseMs / 2) };
    const result = await remote.call(apiReg, { hall_id: hallId, phone, operation_id }, signer, options);
    if (result.status === 'success') {
      const { login: uid, password } = result.answer;
      const link = { hallId, uid, operatorId, userId: registration.userId, password };
      await wallet.call(HallService.method.linkTerminal, link, requestId);
      await finishRegistration(pool, registration, uid, now());
      return { hallId, uid, isNew: true };
    }
    // Somebody else's: under the same operation id it is still one registration, should this have been our own.
    const mayChange = result.code === 'user_phone_already_exist' && givenPhone === '' && tried < PHONES_TRIED;
    if (!mayChange) throw refusedByStargame(result.code);
    phone = madeUpPhone();
  }
}

/** No country has +999: it is nobody's. */
function madeUpPhone(): string {
  return `999${String(randomInt(0, 1_000_000_000_000)).padStart(12, '0')}`;
}
