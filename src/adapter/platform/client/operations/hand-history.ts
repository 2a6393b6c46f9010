import { z } from 'zod';
import { bodyOf } from '../entries.ts';
import { anyObject, display, flag, headerValue, historyId, member, transactionId } from '../fields.ts';
import { isObject } from '../json.ts';
import { AnswerError, checkAnswer, checkRequest, type Operation } from '../operation.ts';
import type { HandHistoryAnswer } from '../types.ts';

/** One round, as people look at it; what is kept of it also goes over gRPC. */
const MAX_BYTES = 2_000_000;
const URL_MAX_CHARS = 2_000;
const REASON_MAX_CHARS = 200;

const request = z.object({ transactionId, historyId, vendor: headerValue(64) });

const answer = anyObject.pipe(
  z.object({
    success: flag,
    type: member,
    data: member,
    message: display(REASON_MAX_CHARS),
    error: display(REASON_MAX_CHARS),
  }),
);

/** PLATFORM v2.49, Hand history API. */
export const handHistory: Operation<z.input<typeof request>, HandHistoryAnswer> = {
  name: 'handHistory',
  maxBytes: MAX_BYTES,
  // Of a round with all its players, or with a key in the URL.
  isPrivate: true,
  ask: (asked) => {
    const hand = checkRequest(request, asked);
    return {
      path: `api/generic/handHistory/${hand.transactionId}/${encodeURIComponent(hand.historyId)}`,
      headers: { 'X-Vendor-Id': hand.vendor },
    };
  },
  read: (value) => {
    const { success, type, data, message, error } = checkAnswer(answer, value);
    if (!success) return { type: 'none', reason: message || error || 'PLATFORM gives no reason' };
    if (data === undefined || data === null) throw new AnswerError('data: is missing');
    // The sample's braces don't match: `type` may be meant to stand beside `data` as well as in it.
    switch (type ?? (isObject(data) ? data.type : undefined)) {
      case 'json':
        return { type: 'json', body: jsonOf(data) };
      case 'url':
        return { type: 'url', url: urlOf(data) };
      default:
        throw new AnswerError('type: must be json or url');
    }
  },
};

function jsonOf(data: unknown): string {
  const body = bodyOf(data, MAX_BYTES);
  if (body === null) throw new AnswerError('data: is too long');
  return body;
}

/** As it came: nothing here opens it. */
function urlOf(data: unknown): string {
  const text = typeof data === 'string' ? data.trim() : '';
  const url = /^https?:\/\/[^\s\p{Cc}"<>\\]+$/iu.test(text) && text.length <= URL_MAX_CHARS ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') {
    throw new AnswerError(`data: must be an http or https URL of at most ${URL_MAX_CHARS} characters`);
  }
  return text;
}
