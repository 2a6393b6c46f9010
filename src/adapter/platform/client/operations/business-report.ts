import { z } from 'zod';
import { bodyOf } from '../entries.ts';
import { amount, anyObject, day, name, wholeNumber, wireCurrency } from '../fields.ts';
import { AnswerError, checkAnswer, checkRequest, type Operation } from '../operation.ts';
import type { ReportRow } from '../types.ts';

/** Vendors times currencies times entities, and more. */
const MAX_ROWS = 20_000;
const BODY_MAX_BYTES = 60_000;

const answer = z.array(z.unknown()).max(MAX_ROWS);

const row = anyObject.pipe(
  z.object({
    entity_name: name(0, 100),
    vendor: name(1, 64),
    currency_code: wireCurrency,
    bets_sum: amount,
    bets_count: wholeNumber,
    wins_sum: amount,
    wins_count: wholeNumber,
    freespins_sum: amount,
    freespins_count: wholeNumber,
    jackpots_sum: amount,
    jackpots_count: wholeNumber,
    gross_gaming_revenue: amount,
    date: name(10, 10),
  }),
);

/**
 * PLATFORM v2.49, Business report API. Figures of money are whole or not there: one row that is not what the document says, or is of
 * another day, and there is no report. Two rows may be about the same: whoever keeps them adds them up.
 */
export const businessReport: Operation<string, ReportRow[]> = {
  name: 'businessReport',
  maxBytes: Number.POSITIVE_INFINITY,
  isPrivate: false,
  ask: (asked) => ({ path: `api/generic/businessReport?date=${checkRequest(z.object({ day }), { day: asked }).day}` }),
  read: (value, asked) => checkAnswer(answer, value).map((raw, index) => readRow(raw, index, asked)),
};

function readRow(raw: unknown, index: number, asked: string): ReportRow {
  const read = checkAnswer(row, raw, `${index}`);
  if (read.date !== asked) throw new AnswerError(`${index}.date: is another day than asked for`);
  const body = bodyOf(raw, BODY_MAX_BYTES);
  if (body === null) throw new AnswerError(`${index}: is too long`);
  return {
    entityName: read.entity_name,
    vendor: read.vendor,
    currencyCode: read.currency_code,
    day: read.date,
    betsCount: read.bets_count,
    betsUnits: read.bets_sum,
    winsCount: read.wins_count,
    winsUnits: read.wins_sum,
    freespinsCount: read.freespins_count,
    freespinsUnits: read.freespins_sum,
    jackpotsCount: read.jackpots_count,
    jackpotsUnits: read.jackpots_sum,
    ggrUnits: read.gross_gaming_revenue,
    body,
  };
}
