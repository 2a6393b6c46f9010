import { status } from '@grpc/grpc-js';
import { change, type Pool, selectRow } from '../../common/db.ts';
import { Fault, failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import { note as checkNote, text } from '../../common/fields.ts';
import { AuditService } from '../../gen/wallet/v1/audit_pb.ts';
import type { Wallet } from '../wallet.ts';
import { AUTOMATIC } from './automatic.ts';
import { type DiscrepancyRow, FITTING, RESOLUTIONS, type Resolution, SELECT_DISCREPANCIES } from './discrepancies.ts';

type Deps = { pool: Pool; wallet: Wallet; now: () => number };

type Decision = { discrepancyId: bigint; actor: string; requestId: string };

/**
 * What people decide. One proposes, another approves; what is approved is written before the wallet is asked, and carried out by a job. Each
 * step is in the audit trail before it takes effect; where somebody else was faster, the trail tells of one more than took effect.
 */
export function createResolve(deps: Deps) {
  const { pool, now } = deps;

  const propose = async (request: Decision & { resolution: string; note: string }): Promise<DiscrepancyRow> => {
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
    await audit(deps, 'reconcile.propose', row, { ...request, actor, detail: `${resolution}: ${note}` });
    const changed = await change(
      pool,
      `UPDATE discrepancies SET state = 'proposed', resolution = ?, proposed_by = ?, proposed_at_ms = ?, resolved_at_ms = NULL, note = ?,
         is_automatic = 0 WHERE discrepancy_id = ? AND state = ? AND amount_units = ? AND transaction_id = ?`,
      [resolution, actor, now(), note, row.discrepancy_id, row.state, row.amount_units, row.transaction_id],
    );
    return changedRow(pool, row, changed);
  };

  const approve = async (request: Decision & { resolution: string }): Promise<DiscrepancyRow> => {
    const actor = checkActor(request.actor);
    const resolution = checkResolution(request.resolution);
    const row = await readProposed(pool, request.discrepancyId);
    if (row.resolution !== resolution) throw failedPrecondition(`what is proposed is ${row.resolution}`);
    if (personOf(row.proposed_by) === personOf(actor)) throw failedPrecondition('who proposed it may not approve it');
    await audit(deps, 'reconcile.approve', row, { ...request, actor, detail: `${resolution}, by ${row.proposed_by}` });
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
    await audit(deps, 'reconcile.reject', row, { ...request, actor, detail });
    const changed = await change(
      pool,
      `UPDATE discrepancies SET state = 'open', resolution = '', proposed_by = '', proposed_at_ms = NULL, note = ?
       WHERE discrepancy_id = ? AND ${AS_PROPOSED}`,
      [note === '' ? row.note : note, row.discrepancy_id, ...asProposed(row)],
    );
    return changedRow(pool, row, changed);
  };

  return { propose, approve, reject };
}

/** The proposal that was looked at, and no other one that came since. */
const AS_PROPOSED =
  "state = 'proposed' AND resolution = ? AND proposed_by = ? AND proposed_at_ms = ? AND amount_units = ?";

const asProposed = (row: DiscrepancyRow) => [row.resolution, row.proposed_by, row.proposed_at_ms, row.amount_units];

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
