import { status } from '@grpc/grpc-js';
import type { Request, Response } from 'express';
import { codeOf } from '../wallet.ts';
import { refuse } from './guards.ts';

/** Tells a person what became of what they pressed, when the wallet did not do it or did not answer. */
export function answerFault(request: Request, response: Response, error: unknown, what: 'the record' | 'it'): void {
  switch (codeOf(error)) {
    case status.UNAVAILABLE:
      refuse(request, response, 503, "The wallet can't be reached: nothing was changed. Try again.");
      return;
    case status.DEADLINE_EXCEEDED:
      refuse(request, response, 503, UNANSWERED[what]);
      return;
    case status.INVALID_ARGUMENT:
      refuse(request, response, 400, detailsOf(error));
      return;
    case status.UNIMPLEMENTED:
      refuse(request, response, 503, 'This wallet keeps no audit trail: nothing was changed. Update it.');
      return;
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
      refuse(request, response, 503, 'The wallet does not let this process do that: its token needs the role ops.');
      return;
    default:
      throw error;
  }
}

const UNANSWERED = {
  'the record': 'The wallet did not answer, so that it could not be recorded: nothing was changed. Try again.',
  it: 'The wallet did not answer: it may have happened or not. Look at the stops, then try again.',
} as const;

const detailsOf = (error: unknown): string =>
  error instanceof Error && 'details' in error ? String(error.details) : String(error);
