import { Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import type { PlatformClient } from '../harness/platform.ts';
import { initOf, reasonName } from '../model/driver.ts';
import { tokenOf } from '../model/fixture.ts';
import type { Operation } from '../model/types.ts';
import type { WalletClient } from '../model/wallet-client.ts';
import type { Ask, Told } from './load.ts';

/** As long as PLATFORM waits by default. */
const DEADLINE_MS = 2_000;

const NOTHING_DONE: ReadonlySet<Reason> = new Set([Reason.DEADLINE_PASSED, Reason.OVERLOADED, Reason.UNAVAILABLE]);

/** Over the stream; `client` may be another one at each attempt. */
export function askOverGrpc(client: () => WalletClient, deadlineMs = DEADLINE_MS): Ask {
  return async (operation, requestId) => {
    const reply = await client().operate({ ...initOf(operation), requestId, deadlineMs });
    if (reply.reason === Reason.UNSPECIFIED) {
      const balanceUnits = operation.kind === 'cancel' ? null : reply.balanceUnits;
      return { type: 'done', replayed: reply.replayed, balanceUnits };
    }
    if (reply.reason === Reason.OUTCOME_UNKNOWN) return { type: 'unknown' };
    if (NOTHING_DONE.has(reply.reason)) return { type: 'nothingDone' };
    return { type: 'refused', why: reasonName(reply.reason) };
  };
}

/**
 * Over HTTP, as PLATFORM v2.49: OP_47 and OP_50 leave the outcome open and are asked again; the connection itself never fails,
 * whatever happens behind the adapter.
 */
export function askOverHttp(platform: PlatformClient): Ask {
  return async (operation) => {
    const [command, data] = requestOf(operation);
    const { status, response, isSigned } = await platform.send(command, data);
    if (status !== 200 || !isSigned || response === null) return { type: 'refused', why: `HTTP ${status}, unsigned` };
    if (response.status === 'OK') return done(response.data);
    const code = String(response.data.error_code);
    return code === 'OP_47' || code === 'OP_50' ? { type: 'unknown' } : { type: 'refused', why: code };
  };
}

function done(data: Record<string, unknown>): Told {
  const balance = data.balance;
  const balanceUnits = typeof balance === 'string' ? BigInt(balance.replace('.', '')) : null;
  return { type: 'done', replayed: null, balanceUnits };
}

export function requestOf(operation: Operation): [command: string, data: string] {
  const { kind, userId, transactionId, roundId, gameId, amountUnits } = operation;
  const ids = `"user_id":"${userId}","transaction_id":${transactionId},"round_id":${roundId},"game_id":${gameId}`;
  if (kind === 'cancel') return ['cancel', `{${ids},"round_finished":null}`];
  const amount = `${amountUnits / 100n}.${String(amountUnits % 100n).padStart(2, '0')}`;
  return [
    'changebalance',
    `{"token":"${tokenOf(userId)}",${ids},"transaction_type":"${kind.toUpperCase()}","round_finished":false,"currency_code":"EUR",` +
      `"amount":${amount},"transaction_timestamp":"2024-01-01 00:00:00","context":{"reason":"SPIN"}}`,
  ];
}
