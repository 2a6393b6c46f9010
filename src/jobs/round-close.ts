import { z } from 'zod';
import { MoneyService } from '../gen/wallet/v1/money_pb.ts';
import { permanentFailure } from './permanent-failure.ts';
import type { Processor } from './worker.ts';

/** What the wallet writes when a round is closed; more than the sum needs, for whoever reads the queue. */
const payloadSchema = z.object({
  operatorId: z.string(),
  userId: z.string(),
  playerId: z.string().regex(/^[1-9]\d{0,18}$/),
  provider: z.string().min(1),
  roundId: z.string().min(1),
  gameId: z.string(),
});

/** Writes a closed round's totals. Idempotent: they are made of the round's transactions each time. */
export const closeRound: Processor = async (payload, { wallet, requestId }) => {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) {
    throw permanentFailure(`payload ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
  }
  const { playerId, provider, roundId } = parsed.data;
  await wallet.call(MoneyService.method.sumRound, { playerId: BigInt(playerId), provider, roundId }, requestId);
};
