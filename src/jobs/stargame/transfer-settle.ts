import { status } from '@grpc/grpc-js';
import type { Pool } from '../../common/db.ts';
import { Fault, failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import { AuditService } from '../../gen/wallet/v1/audit_pb.ts';
import type { Wallet } from '../wallet.ts';
import { findTransfer, settleTransfer, type Transfer, type TransferKey } from './transfer-rows.ts';
import { settle, unsettledMs } from './transfer-saga.ts';

export type SettleDeps = { pool: Pool; wallet: Wallet; settleMs: number; now: () => number };

export type Settlement = TransferKey & { hasMoved: boolean; actor: string; note: string; requestId: string };

/**
 * A person knows whether StarGame did move the money of a transfer that is stuck at it. In the audit trail before it takes effect; where a
 * process takes the transfer up meanwhile, the trail tells of one more than took effect. Throws a Fault.
 */
export async function settleByHand(deps: SettleDeps, settlement: Settlement): Promise<Transfer> {
  const { pool, settleMs, now } = deps;
  const actor = fields.text('actor', settlement.actor, { min: 1, max: 64 });
  const note = fields.note(settlement.note);
  if (note.trim() === '') throw invalidArgument('note', 'must say how this is known');
  const before = await findTransfer(pool, settlement);
  if (before === null) throw notFound('transfer');
  const clock = { nowMs: now(), settleMs };
  const after = settle(before, settlement.hasMoved, clock);
  if (after === null) throw failedPrecondition('the transfer is not stuck at StarGame');
  // Also while a process has it: what it asks for is in doubt from the moment on that it begins.
  const waitMs = unsettledMs(before, clock);
  if (waitMs > 0) {
    throw failedPrecondition(
      `StarGame was asked just now, and may still do it: again in ${Math.ceil(waitMs / 1000)} s, and look there again before`,
    );
  }
  await audit(deps, before, { ...settlement, actor, note });
  if (await settleTransfer(pool, before, after, now())) return { ...before, ...after };
  throw failedPrecondition('the transfer was taken up meanwhile: look again');
}

async function audit({ wallet }: SettleDeps, transfer: Transfer, { hasMoved, actor, note, requestId }: Settlement) {
  const { operatorId, transferId, direction, amountUnits } = transfer;
  const detail = `${direction} ${amountUnits} units, ${hasMoved ? 'moved' : 'not moved'}: ${note}`;
  const target = `transfer ${operatorId} ${transferId}`;
  const entry = { actor, action: 'transfer.settle', target, detail: [...detail].slice(0, 255).join('') };
  try {
    await wallet.call(AuditService.method.recordAudit, entry, requestId);
  } catch (error) {
    throw new Fault(status.UNAVAILABLE, "nothing was done: the audit trail can't be written", { cause: error });
  }
}
