import { z } from 'zod';
import { createFaultList } from '../faults.ts';

/** Units of 1/100, written as digits. */
const units = z
  .string()
  .regex(/^-?\d{1,18}$/)
  .transform(BigInt);

const ms = z.number().int().min(0).max(600_000);

/** Whether the operation is done all the same. */
const afterEffect = z.boolean().default(false);

/**
 * What goes wrong, and how. `operation` is a remote operation's name, `*` for each of them, or `play` for rounds. `count`: how often;
 * until it is removed where it is absent.
 */
export const faultSchema = z.intersection(
  z.object({ operation: z.string().min(1).max(64), count: z.number().int().min(1).optional() }),
  z.discriminatedUnion('kind', [
    /** The answer takes `ms` longer, the notification leaves `ms` later. */
    z.object({ kind: z.literal('slow'), ms }),
    /** Done, and then the connection is broken in place of an answer, or the callback is not sent. */
    z.object({ kind: z.literal('lost_reply') }),
    /** The connection is broken before anything is done. */
    z.object({ kind: z.literal('lost_request') }),
    /** The callback, or a round's bet notification, is sent twice. */
    z.object({ kind: z.literal('duplicate') }),
    z.object({ kind: z.literal('wrong_signature') }),
    z.object({ kind: z.literal('malformed_xml') }),
    /** An HTML page with status 200, as proxies have them. */
    z.object({ kind: z.literal('html'), afterEffect }),
    z.object({ kind: z.literal('http_500'), afterEffect }),
    z.object({ kind: z.literal('redirect'), url: z.url(), afterEffect }),
    /** Nothing is done; the answer is `failure` with this code. */
    z.object({ kind: z.literal('error_code'), code: z.string().min(1).max(64) }),
    /** The server's clock is off by `ms`: time stamps of answers, or a round's time in the game log. */
    z.object({ kind: z.literal('clock_drift'), ms: z.number().int().min(-604_800_000).max(604_800_000) }),
    /** play: the bet is debited, the spin is not played, and no record is logged. */
    z.object({ kind: z.literal('skip_spin') }),
    /** play: the win is logged and its notification never sent. */
    z.object({ kind: z.literal('lose_win') }),
    /** play: what is added to the logged amounts. */
    z.object({
      kind: z.literal('alter_log'),
      betUnits: units.default(0n),
      winUnits: units.default(0n),
      balanceUnits: units.default(0n),
    }),
    /** play: the spin is played and logged although the bet was answered with fail, or not in time. */
    z.object({ kind: z.literal('spin_despite_fail') }),
  ]),
);

export type NewFault = z.input<typeof faultSchema>;
export type FaultKind = z.output<typeof faultSchema>['kind'];

export type Faults = ReturnType<typeof createFaults>;

/** `*` means each remote operation, but not `play`. */
export const createFaults = () =>
  createFaultList(
    faultSchema,
    (faultOperation, operation) => faultOperation === operation || (faultOperation === '*' && operation !== 'play'),
  );
