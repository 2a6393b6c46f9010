import { status } from '@grpc/grpc-js';
import { change, type Pool, selectRow } from '../../common/db.ts';
import { Fault, failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import { note as checkNote, text } from '../../common/fields.ts';
import { AuditService } from '../../gen/wallet/v1/audit_pb.ts';
import { readAtStake, readPlayed } from '../platform/reports/target.ts';
import type { Wallet } from '../wallet.ts';
import { AUTOMATIC } from './automatic.ts';
import {
  type DiscrepancyRow,
  FITTING,
  isOfReport,
  RESOLUTIONS,
  type Resolution,
  SELECT_DISCREPANCIES,
} from './discrepancies.ts';

type Deps = { pool: Pool; wallet: Wallet; now: () => number };

type Decision = { discrepancyId: bigint; actor: string; requestId: string };
type Approval = Decision & { resolution: string; transactionId: string };
type Proposal = Approval & { note: string };

/**
 * What people decide. One proposes, another approves; what is approved is written before the wallet is asked, and carried out by a job. Each
 * step is in the audit trail before it takes effect; where somebody else was faster, the trail tells of one more than took effect.
 */
export function createResolve(deps: Deps) {
  const { pool, now } = deps;

  const propose = async (request: Proposal): Promise<DiscrepancyRow> => {
    const actor = checkActor(request.actor);
    const resolution = checkResolution(request.resolution);
    const note = checkNote(request.note);
    const row = await readDiscrepancy(pool, request.discrepancyId);
    if (row.state !== 'open' && row.state !== 'refused') throw failedPrecondition(`it is ${row.state}`);
    const fitting: readonly Resolution[] = FITTING[row.kind];
    if (!fitting.includes(resolution)) {
      throw failedPrecondition(`${resolution} does not fit ${row.kind}, only ${fitting.join(' or ')}`);
    }
    if (resolution === 'dismiss' && note.trim() === '') throw invalidArgument('note', 'must say why, for a dismiss');
    const target = await targetOf(deps, row, { ...request, resolution });
    const what = request.transactionId === '' ? resolution : `${resolution} ${target.transactionId}`;
    await audit(deps, 'reconcile.propose', row, { ...request, actor, detail: `${what}: ${note}` });
    const changed = await change(
      pool,
      `UPDATE discrepancies SET state = 'proposed', resolution = ?, proposed_by = ?, proposed_at_ms = ?, resolved_at_ms = NULL, note = ?,
         user_id = ?, transaction_id = ?, amount_units = ?, is_automatic = 0
       WHERE discrepancy_id = ? AND state = ? AND amount_units = ? AND transaction_id = ? AND detail = ?`,
      [
        ...[resolution, actor, now(), note],
        ...[target.userId, target.transactionId, target.amountUnits],
        ...[row.discrepancy_id, row.state, row.amount_units, row.transaction_id, row.detail],
      ],
    );
    return changedRow(pool, row, changed);
  };

  const approve = async (request: Approval): Promise<DiscrepancyRow> => {
    const actor = checkActor(request.actor);
    const resolution = checkResolution(request.resolution);
    const row = await readProposed(pool, request.discrepancyId);
    if (row.resolution !== resolution) throw failedPrecondition(`what is proposed is ${row.resolution}`);
    checkSeen(row, request.transactionId);
    if (personOf(row.proposed_by) === personOf(actor)) throw failedPrecondition('who proposed it may not approve it');
    const what = isOfReport(row) && resolution === 'cancel' ? `${resolution} ${row.transaction_id}` : resolution;
    await audit(deps, 'reconcile.approve', row, { ...request, actor, detail: `${what}, by ${row.proposed_by}` });
    const isDismissed = resolution === 'dismiss';
    const changed = await change(
      pool,
      `UPDATE discrepancies SET state = ?, approved_by = ?, resolved_at_ms = ? WHERE discrepancy_id = ? AND ${AS_PROPOSED}`,
      [
        isDismissed ? 'dismissed' : 'approved',
        actor,
        isDismissed ? now() : null,
        row.discrepancy_id,
        ...asProposed(row),
      ],
    );
    return changedRow(pool, row, changed);
  };

  const reject = async (request: Decision & { note: string }): Promise<DiscrepancyRow> => {
    const actor = checkActor(request.actor);
    const note = checkNote(request.note);
    const row = await readProposed(pool, request.discrepancyId);
    const detail = `${row.resolution}, by ${row.proposed_by}: ${note}`;
    const target = await targetOf(deps, row, { ...request, resolution: '', transactionId: '' });
    await audit(deps, 'reconcile.reject', row, { ...request, actor, detail });
    const changed = await change(
      pool,
      `UPDATE discrepancies SET state = 'open', resolution = '', proposed_by = '', proposed_at_ms = NULL, note = ?,
         user_id = ?, transaction_id = ?, amount_units = ? WHERE discrepancy_id = ? AND ${AS_PROPOSED}`,
      [
        ...[note === '' ? row.note : note, target.userId, target.transactionId, target.amountUnits],
        ...[row.discrepancy_id, ...asProposed(row)],
      ],
    );
    return changedRow(pool, row, changed);
  };

  return { propose, approve, reject };
}

/** The proposal that was looked at, and no other one that came since. */
const AS_PROPOSED = `state = 'proposed' AND resolution = ? AND proposed_by = ? AND proposed_at_ms = ? AND amount_units = ?
  AND transaction_id = ?`;

const asProposed = (row: DiscrepancyRow) => [
  ...[row.resolution, row.proposed_by, row.proposed_at_ms],
  ...[row.amount_units, row.transaction_id],
];

/**
 * Which transaction it is about, and for how much. Of a report's difference, people name the transaction that is to be canceled; without one
 * it is about the difference.
 */
async function targetOf(
  { pool, wallet }: Deps,
  row: DiscrepancyRow,
  { resolution, transactionId, requestId }: { resolution: Resolution | ''; transactionId: string; requestId: string },
): Promise<{ userId: string; transactionId: string; amountUnits: bigint }> {
  if (!isOfReport(row)) {
    if (transactionId !== '') throw invalidArgument('transaction_id', `is none of ${row.kind}: it has its own`);
    return { userId: row.user_id, transactionId: row.transaction_id, amountUnits: row.amount_units };
  }
  if (resolution === 'cancel') return readPlayed(wallet, row, { transactionId, requestId });
  if (transactionId !== '') throw invalidArgument('transaction_id', 'is only for cancel');
  return { userId: '', transactionId: '', amountUnits: await readAtStake(pool, row) };
}

/** Which transaction of a report's is canceled is part of the proposal: somebody may have proposed another one since it was looked at. */
function checkSeen(row: DiscrepancyRow, transactionId: string): void {
  if (transactionId === row.transaction_id) return;
  const isNamed = isOfReport(row) && row.resolution === 'cancel';
  if (isNamed) throw failedPrecondition(`what is proposed is to cancel the transaction ${row.transaction_id}`);
  if (transactionId !== '') throw invalidArgument('transaction_id', "is only for cancel, of a report's difference");
}

/** Throws NOT_FOUND. */
export async function readDiscrepancy(pool: Pool, discrepancyId: bigint): Promise<DiscrepancyRow> {
  const row = await selectRow<DiscrepancyRow>(pool, `${SELECT_DISCREPANCIES} WHERE discrepancy_id = ?`, [
    discrepancyId,
  ]);
  if (row === null) throw notFound('discrepancy');
  return row;
}

async function readProposed(pool: Pool, discrepancyId: bigint): Promise<DiscrepancyRow> {
  const row = await readDiscrepancy(pool, discrepancyId);
  if (row.state !== 'proposed') throw failedPrecondition(`it is ${row.state}, not proposed`);
  return row;
}

async function changedRow(pool: Pool, before: DiscrepancyRow, changed: number): Promise<DiscrepancyRow> {
  if (changed === 0) throw failedPrecondition('somebody else was faster; look again');
  return readDiscrepancy(pool, before.discrepancy_id);
}

/** Nothing takes effect that the trail doesn't tell of. */
async function audit(
  { wallet }: Deps,
  action: string,
  row: DiscrepancyRow,
  { actor, detail, requestId }: { actor: string; detail: string; requestId: string },
): Promise<void> {
  const target = `discrepancy ${row.discrepancy_id}`;
  const entry = { actor, action, target, detail: [...`${row.kind}, ${detail}`].slice(0, 255).join('') };
  try {
    await wallet.call(AuditService.method.recordAudit, entry, requestId);
  } catch (error) {
    throw new Fault(status.UNAVAILABLE, "nothing was done: the audit trail can't be written", { cause: error });
  }
}

function checkActor(value: string): string {
  const actor = text('actor', value, { min: 1, max: 64 });
  if (['', AUTOMATIC].includes(personOf(actor))) throw invalidArgument('actor', 'must be a person');
  return actor;
}

/** One person, however written: "cli:ops", "Ops" and "ops" are the same. Better two who share a name can't agree than one agrees alone. */
function personOf(actor: string): string {
  const letters = actor
    .normalize('NFKC')
    .replaceAll(/[\p{C}\p{Z}]/gu, '')
    .toLowerCase();
  return letters.replace(/^(cli:)+/, '');
}

function checkResolution(value: string): Resolution {
  const found = RESOLUTIONS.find((resolution) => resolution === value);
  if (found === undefined) throw invalidArgument('resolution', `must be one of ${RESOLUTIONS.join(', ')}`);
  return found;
}
