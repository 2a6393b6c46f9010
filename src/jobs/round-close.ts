import { status } from '@grpc/grpc-js';
import { z } from 'zod';
import { BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { permanentFailure } from './permanent-failure.ts';
import { codeOf, type Wallet } from './wallet.ts';
import type { Processor, Work } from './worker.ts';

/** What the wallet takes in one call. */
const ROUNDS_A_CALL = 100;

/** While one call is made, the jobs of the next gather: so the worker holds two calls' worth of jobs. */
export const ROUND_CLOSE_CONCURRENCY = 2 * ROUNDS_A_CALL;

/** What the wallet writes when a round is closed; more than the sum needs, for whoever reads the queue. */
const payloadSchema = z.object({
  operatorId: z.string(),
  userId: z.string(),
  playerId: z.string().regex(/^[1-9]\d{0,18}$/),
  provider: z.string().min(1),
  roundId: z.string().min(1),
  gameId: z.string(),
});

type RoundToSum = { playerId: bigint; provider: string; roundId: string; messageId: bigint };

/** A job that waits for its round to be summed. */
type Waiting = { round: RoundToSum; work: Work; done: () => void; fail: (error: unknown) => void };

/**
 * Sums closed rounds. Idempotent: the sums are made of the round's transactions each time. Jobs that are at work at the same time go
 * to the wallet in one call, which also completes their messages; a job fails or passes on its own all the same.
 */
export function createRoundClose(): Processor {
  const waiting: Waiting[] = [];
  let isSumming = false;

  const sumAll = async (): Promise<void> => {
    while (waiting.length > 0) await sum(waiting.splice(0, ROUNDS_A_CALL));
    isSumming = false;
  };

  return (work) =>
    new Promise((done, fail) => {
      waiting.push({ round: roundOf(work), work, done, fail });
      if (isSumming) return;
      isSumming = true;
      // What else comes in this tick goes along.
      setImmediate(() => void sumAll());
    });
}

function roundOf({ payload, messageId }: Work): RoundToSum {
  const parsed = payloadSchema.safeParse(payload);
  if (!parsed.success) {
    throw permanentFailure(`payload ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`);
  }
  const { playerId, provider, roundId } = parsed.data;
  return { playerId: BigInt(playerId), provider, roundId, messageId: messageId ?? 0n };
}

/** Never rejects: how it ended is told to each job. */
async function sum(jobs: readonly Waiting[]): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  const { wallet, requestId } = first.work;
  try {
    const found = await callWallet(wallet, requestId, jobs);
    for (const [index, job] of jobs.entries()) {
      if (found[index] === true) job.done();
      else job.fail(permanentFailure('round not found'));
    }
  } catch (error) {
    if (jobs.length > 1 && isOfOneRound(error)) {
      for (const job of jobs) await sum([job]);
      return;
    }
    for (const job of jobs) job.fail(error);
  }
}

async function callWallet(wallet: Wallet, requestId: string, jobs: readonly Waiting[]): Promise<boolean[]> {
  const rounds = jobs.map((job) => job.round);
  const { found } = await wallet.call(BookkeepingService.method.sumRounds, { rounds }, requestId);
  return found;
}

/** One round that the wallet chokes on must not take its neighbours with it; a wallet that is away would fail them all again. */
const isOfOneRound = (error: unknown): boolean =>
  [status.INTERNAL, status.INVALID_ARGUMENT].some((code) => codeOf(error) === code);
