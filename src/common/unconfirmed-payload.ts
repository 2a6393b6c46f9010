import { z } from 'zod';

const units = z.string().regex(/^\d{1,18}$/, 'must be a whole number of units');

/**
 * An operation whose outcome was not known when its answer had to go out: payload of a `void` (cancel it, and the win that came
 * with it) and of a `credit` (credit it). The job's id is the transaction's.
 */
export const unconfirmedSchema = z.object({
  operatorId: z.string().min(1),
  userId: z.string().min(1),
  provider: z.string().min(1),
  transactionId: z.string().regex(/^[!-~]{1,60}$/, 'must be 1 to 60 visible ASCII characters'),
  amountUnits: units,
  /** Credited under the transaction's id + WIN_SUFFIX; 0: nothing. */
  winUnits: units,
  context: z.string(),
  requestId: z.string(),
  /** For people. */
  why: z.string(),
  answeredAtMs: z.number().int(),
  /** When the notification came in; absent in what was kept by versions that did not note it. */
  occurredAtMs: z.number().int().nonnegative().optional(),
});

export type UnconfirmedPayload = z.output<typeof unconfirmedSchema>;

/** The time of what is owed, as near as it is known: for Operation.occurred_at_ms. */
export function occurredAtMsOf(payload: Pick<UnconfirmedPayload, 'occurredAtMs' | 'answeredAtMs'>): bigint {
  return BigInt(Math.max(0, payload.occurredAtMs ?? payload.answeredAtMs));
}

/** Names the win that comes with a bet: Operation.win_units in money.proto. */
export const WIN_SUFFIX = '+win';
