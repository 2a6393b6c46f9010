import type { z } from 'zod';
import type { OperationName } from './config.ts';

/** What is asked: below the base URL. */
export type Question = { path: string; headers?: Readonly<Record<string, string>> };

/** What of an answer was left out, for the log line. */
export type Notes = {
  /** Entries that are not what the document says. */
  skipped: number;
  /** Why, of the first ones; without values. */
  skippedBecause: string[];
  /** Entries whose id another one has as well. */
  duplicates: number;
};

/** Something PLATFORM can be asked. */
export type Operation<Request, Answer> = {
  name: OperationName;
  maxBytes: number;
  /** An answer has players' sessions: it is in no log. */
  isPrivate: boolean;
  /** Throws an InvalidRequest. */
  ask: (request: Request) => Question;
  /** Throws an AnswerError. */
  read: (answer: unknown, request: Request, notes: Notes) => Answer;
};

/** A request breaks a rule of the document. The message names field and rule, and no value. */
export class InvalidRequest extends Error {}

/** An answer is not what the document says. The message names field and rule, and no value. */
export class AnswerError extends Error {}

/** More mistakes than these say nothing new. */
const MISTAKES_TOLD = 5;

export function checkRequest<T extends z.ZodType>(schema: T, request: z.input<T>): z.output<T> {
  const parsed = schema.safeParse(request);
  if (!parsed.success) throw new InvalidRequest(mistakesOf(parsed.error));
  return parsed.data;
}

/** `where` is where the value stands in the answer. */
export function checkAnswer<T extends z.ZodType>(schema: T, value: unknown, where = ''): z.output<T> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new AnswerError(mistakesOf(parsed.error, where));
  return parsed.data;
}

export function mistakesOf(error: z.ZodError, where = ''): string {
  const told = error.issues.slice(0, MISTAKES_TOLD).map(({ path, message }) => {
    const place = [...(where === '' ? [] : [where]), ...path.map(String)].join('.');
    return place === '' ? message : `${place}: ${message}`;
  });
  return told.join('; ');
}
