import { reasonText } from '../common/reason-names.ts';
import { type UnconfirmedPayload, unconfirmedSchema } from '../common/unconfirmed-payload.ts';
import { Reason } from '../gen/wallet/v1/money_pb.ts';
import { permanentFailure } from './permanent-failure.ts';

/** The payload of a void or a credit. Throws a permanent failure that names the fields. */
export function readUnconfirmed(payload: unknown): UnconfirmedPayload {
  const parsed = unconfirmedSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw permanentFailure(`payload ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
}

/** What the wallet refused, as the job's error: for good, except where the player's balance may make room for it some day. */
export function refusal(reason: Reason): Error {
  const name = reasonText(reason);
  return reason === Reason.BALANCE_OUT_OF_RANGE ? new Error(name) : permanentFailure(name);
}
