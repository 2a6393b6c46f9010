import { status } from '@grpc/grpc-js';
import type { ProblemCode, ProblemView } from './view.ts';

const STATUS: Readonly<Record<ProblemCode, number>> = {
  login: 401,
  expired: 401,
  blocked: 403,
  stopped: 409,
  disabled: 409,
  no_fun: 409,
  unavailable: 503,
  too_fast: 429,
  refused: 403,
  unknown_game: 404,
};

const TEXTS: Readonly<Record<ProblemCode, string>> = {
  login: 'Log in to play for real.',
  expired: 'Your session has ended.',
  blocked: 'Your account is blocked. Please contact support.',
  stopped: 'Play is paused at the moment. Please try again later.',
  disabled: 'This game is switched off at the moment.',
  no_fun: 'This game can’t be played for fun.',
  unavailable: 'This isn’t available right now. Please try again in a moment.',
  too_fast: 'That was a bit fast. Please wait a moment.',
  refused: 'This request did not come from the lobby.',
  unknown_game: 'This game is not available any more.',
};

/** Something that a player can't have, and is told so. */
export class Problem extends Error {
  readonly code: ProblemCode;

  constructor(code: ProblemCode, options?: { cause: unknown }) {
    super(code, options);
    this.code = code;
  }

  get httpStatus(): number {
    return STATUS[this.code];
  }

  get view(): ProblemView {
    return { error: this.code, message: TEXTS[this.code] };
  }
}

/** What a player is told of a failed call of the jobs or the wallet: nothing of the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code, details } = error as { code?: unknown; details?: unknown };
  const cause = { cause: error };
  if (code === status.NOT_FOUND) return new Problem('unknown_game', cause);
  if (code !== status.FAILED_PRECONDITION) return new Problem('unavailable', cause);
  const text = String(details);
  if (/\bblocked\b/.test(text)) return new Problem('blocked', cause);
  if (/\bstopped\b/.test(text)) return new Problem('stopped', cause);
  if (/\bfun\b/.test(text)) return new Problem('no_fun', cause);
  if (/\b(disabled|missing|listed)\b/.test(text)) return new Problem('disabled', cause);
  return new Problem('unavailable', cause);
}
