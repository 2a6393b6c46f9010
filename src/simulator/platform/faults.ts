import { z } from 'zod';
import { createFaultList } from '../faults.ts';
import { isDay } from './times.ts';

const API_OPERATIONS = ['games', 'lobbies', 'businessReport', 'balanceLimits', 'ggrLimits', 'handHistory'] as const;
export type ApiOperation = (typeof API_OPERATIONS)[number];

const ms = z.number().int().min(0).max(600_000);
/** Which transaction of a round it is about. */
const type = z.enum(['BET', 'WIN', 'REFUND']).default('BET');

/**
 * What goes wrong, and how. `operation`: one of PLATFORM's own APIs, `*` for each of them, or `play` for rounds. `count`: how often; until
 * it is removed where it is absent.
 */
export const faultSchema = z.intersection(
  z.object({ operation: z.enum([...API_OPERATIONS, '*', 'play']), count: z.number().int().min(1).optional() }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('status_500') }),
    z.object({ kind: z.literal('status_429'), retryAfterSeconds: z.number().int().min(0).max(3_600).default(1) }),
    /** As a proxy in front of PLATFORM says it. */
    z.object({ kind: z.literal('status_403') }),
    /** An HTML page with status 200, as proxies have them. */
    z.object({ kind: z.literal('html') }),
    /** The JSON ends in the middle. */
    z.object({ kind: z.literal('truncated') }),
    /** The answer takes `ms` longer; of a round, its first request leaves `ms` later. */
    z.object({ kind: z.literal('slow'), ms: ms.default(1_000) }),
    /** The connection is broken in place of an answer. */
    z.object({ kind: z.literal('drop') }),
    /** 200 without a body. */
    z.object({ kind: z.literal('empty') }),
    /** businessReport: the rows are called those of `day`; the day before unless it is said. */
    z.object({ kind: z.literal('another_day'), day: z.string().refine(isDay).optional() }),
    /** play: the operator's answer does not arrive. */
    z.object({ kind: z.literal('lose_answer'), type }),
    /** play: the request is sent twice at once. */
    z.object({ kind: z.literal('duplicate'), type }),
    /** play: the bet's cancel arrives before the bet. */
    z.object({ kind: z.literal('late_bet') }),
    /** play: a bet that was taken is canceled. */
    z.object({ kind: z.literal('cancel') }),
    /** play: the transaction counts in no report. */
    z.object({ kind: z.literal('unreported'), type }),
    /** play: the transaction counts twice. */
    z.object({ kind: z.literal('reported_twice'), type }),
    /** play: the transaction counts on the day after. */
    z.object({ kind: z.literal('shift_day'), type }),
    /** play: the win counts in the report and is never sent. */
    z.object({ kind: z.literal('skip_win') }),
  ]),
);

export type NewFault = z.input<typeof faultSchema>;
export type FaultKind = z.output<typeof faultSchema>['kind'];

export type Faults = ReturnType<typeof createFaults>;

/** `*` means each API, but not `play`. */
export const createFaults = () =>
  createFaultList(
    faultSchema,
    (faultOperation, operation) => faultOperation === operation || (faultOperation === '*' && operation !== 'play'),
  );
