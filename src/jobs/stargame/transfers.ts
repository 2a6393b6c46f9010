import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import {
  claimTransfer,
  dueTransfers,
  findTransfer,
  isAtItsEnd,
  saveTransfer,
  type Transfer,
  type TransferKey,
} from './transfer-rows.ts';
import { applyEvent, beforeStep, nextStep, type StepEvent } from './transfer-saga.ts';
import { runStep, type StepDeps } from './transfer-steps.ts';

/**
 * Carries transfers on until both sides agree. Why money is neither lost nor doubled:
 *
 * - The row comes first and says what was reached; each step is done under an id of the row (the wallet's transaction id, StarGame's
 *   operation id), so that a step that is done again after a crash does nothing more.
 * - Not lost: a debit is followed by an increase or, after a definite no, by a cancel; a decrease by a win, which is always credited.
 *   A transfer that is not at its end is due again, for ever; the schedule finds it whatever became of the process that had it.
 * - Not doubled: it is written down before StarGame is asked to move money that it may have been. From then on a no counts only where it
 *   comes after StarGame has looked the operation id up, and only once no earlier request can still be on its way (settleMs). That the no
 *   was definite is written down before the wallet gives the money back, and StarGame is not asked again afterwards.
 * - One process at a time: whoever takes a row up moves due_at_ms ahead and gets a new number (attempts). What it writes under an older
 *   number is not written, and it does not ask StarGame when its time is up. Two at once ask for the same under the same ids.
 */
export type Transfers = {
  /** Carries one on as far as it gets now. Never rejects. */
  advance(key: TransferKey): Promise<void>;
  /** Carries on what is due. */
  runDue(): Promise<void>;
  /** Carries one on while somebody waits for its end, and gives it as it is then. What lasts longer goes on. */
  follow(key: TransferKey, waitMs: number): Promise<Transfer | null>;
  /** Begins no step any more, gives up waiting for StarGame, and resolves once how far it got is written. */
  stop(): Promise<void>;
};

export type TransfersDeps = StepDeps & {
  pool: Pool;
  log: Logger;
  now: () => number;
  /** How long a process has a transfer to itself; a request to StarGame takes half of it at most. */
  leaseMs: number;
  settleMs: number;
};

const DUE_A_LOOK = 32;
const AT_A_TIME = 8;
/** A run ends; what is left is the next one's. */
const LOOKS_A_RUN = 50;
const LOOK_AGAIN_MS = 100;

export function createTransfers(deps: TransfersDeps): Transfers {
  const { pool, log, now, leaseMs, settleMs } = deps;
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  /** Does the next step of a transfer that this process has. Null where it is somebody else's by now, or waits. */
  async function takeStep(transfer: Transfer): Promise<Transfer | null> {
    const step = nextStep(transfer);
    if (step === null || stopping.signal.aborted) return null;
    const begunAtMs = now();
    const begun = { ...transfer, ...beforeStep(transfer, step, begunAtMs), dueAtMs: begunAtMs + leaseMs };
    if (!(await saveTransfer(pool, begun, begunAtMs))) return null;
    if (now() >= begunAtMs + leaseMs / 2) return null;
    const event = await runStep(deps, transfer, step, { timeoutMs: leaseMs / 2, stopping: stopping.signal });
    const after = { ...transfer, ...applyEvent(transfer, step, event, { nowMs: now(), settleMs }) };
    tell(transfer, step, event, after);
    if (!(await saveTransfer(pool, after, now()))) {
      log.warn(namesOf(transfer), 'another process has taken this transfer up meanwhile');
      return null;
    }
    return after.dueAtMs !== null && after.dueAtMs <= now() ? after : null;
  }

  async function carryOn(key: TransferKey): Promise<void> {
    const nowMs = now();
    let transfer = await claimTransfer(pool, key, nowMs, nowMs + leaseMs);
    while (transfer !== null) transfer = await takeStep(transfer);
  }

  function tell(transfer: Transfer, step: string, event: StepEvent, after: Transfer): void {
    const fields = { ...namesOf(transfer), step, event: event.type, state: after.state, detail: after.detail };
    if (after.isStuck) log.error(fields, 'a transfer is stuck: it is tried on, but somebody has to look');
    else log[event.type === 'unknown' ? 'warn' : 'info'](fields, 'transfer');
  }

  const advance = (key: TransferKey): Promise<void> => {
    const name = nameOf(key);
    const known = running.get(name);
    if (known !== undefined) return known;
    if (stopping.signal.aborted) return Promise.resolve();
    const run = carryOn(key)
      .catch((error: unknown) =>
        log.error({ err: error, transfer: key.transferId }, "can't carry a transfer on for now"),
      )
      .finally(() => running.delete(name));
    running.set(name, run);
    return run;
  };

  return {
    advance,
    runDue: async () => {
      for (let look = 0; look < LOOKS_A_RUN; look += 1) {
        const due = await dueTransfers(pool, now(), DUE_A_LOOK);
        for (let at = 0; at < due.length; at += AT_A_TIME) {
          await Promise.all(due.slice(at, at + AT_A_TIME).map(advance));
        }
        if (due.length < DUE_A_LOOK) return;
      }
    },
    follow: async (key, waitMs) => {
      const untilMs = now() + waitMs;
      for (;;) {
        const transfer = await findTransfer(pool, key);
        const leftMs = untilMs - now();
        const isOver = transfer === null || isAtItsEnd(transfer) || leftMs <= 0;
        if (isOver || stopping.signal.aborted) return transfer;
        const isDue = transfer.dueAtMs !== null && transfer.dueAtMs <= now();
        await Promise.race([isDue || running.has(nameOf(key)) ? advance(key) : sleep(LOOK_AGAIN_MS), sleep(leftMs)]);
      }
    },
    stop: async () => {
      stopping.abort();
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

const nameOf = ({ operatorId, transferId }: TransferKey): string => `${operatorId} ${transferId}`;

const namesOf = ({ operatorId, transferId, hallId, uid, userId, direction, attempts }: Transfer) => ({
  transfer: transferId,
  operator: operatorId,
  hall: hallId,
  terminal: uid,
  player: userId,
  direction,
  attempts,
});
