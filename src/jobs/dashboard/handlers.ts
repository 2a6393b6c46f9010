import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Fault } from '../../common/fault.ts';
import type { UnaryContext, UnaryHandler } from '../../common/grpc-handler.ts';
import { refuse } from './guards.ts';

// The dashboard calls the very handlers that answer gRPC calls.

const CALL_TIMEOUT_MS = 5_000;

/** Answers with what `run` gives, or tells a person what is wrong. */
export function createTold(now: () => number) {
  return async (
    request: Request<object>,
    response: Response,
    run: (context: UnaryContext) => Promise<object>,
  ): Promise<void> => {
    const requestId = response.locals.requestId as string;
    try {
      const answer = await run({ service: 'dashboard', requestId, deadlineAtMs: now() + CALL_TIMEOUT_MS });
      if (!response.headersSent) response.json(answer);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      refuse(request as Request, response, refusal.status, refusal.message);
    }
  };
}

export async function call<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handler: UnaryHandler<I, O>,
  request: MessageInitShape<I>,
  context: UnaryContext,
): Promise<MessageShape<O>> {
  return create(method.output, await handler(create(method.input, request), context));
}

/** One part that can't be had leaves the others readable. */
export async function available<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Fault && error.code === status.UNAVAILABLE) return null;
    throw error;
  }
}

function refusalOf(error: unknown): { status: number; message: string } | null {
  if (error instanceof z.ZodError) {
    const mistakes = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    return { status: 400, message: mistakes.join('; ') };
  }
  if (!(error instanceof Fault)) return null;
  const httpStatus = HTTP_STATUSES.get(error.code);
  return httpStatus === undefined ? null : { status: httpStatus, message: error.message };
}

const HTTP_STATUSES: ReadonlyMap<status, number> = new Map([
  [status.INVALID_ARGUMENT, 400],
  [status.NOT_FOUND, 404],
  [status.FAILED_PRECONDITION, 409],
  [status.UNAVAILABLE, 503],
  [status.DEADLINE_EXCEEDED, 503],
  [status.UNKNOWN, 503],
]);
