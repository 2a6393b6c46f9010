import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Pool } from '../../common/db.ts';
import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import {
  type StartTransferRequest,
  TransferMoved,
  type TransferSchema,
  type TransferService,
} from '../../gen/jobs/v1/transfers_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { Credentials, HallSecrets } from './credentials.ts';
import { callerFault } from './faults.ts';
import { newOperationId } from './operation-ids.ts';
import { playerTerminals } from './player-terminals.ts';
import { findTransfer, insertTransfer, listTransfers, type Transfer } from './transfer-rows.ts';
import { TRANSFER_STATES } from './transfer-saga.ts';
import { settleByHand } from './transfer-settle.ts';
import type { Transfers } from './transfers.ts';

export type TransferServiceDeps = {
  pool: Pool;
  wallet: Wallet;
  credentials: Credentials;
  transfers: Transfers;
  settleMs: number;
  now: () => number;
};

const TRANSFER_ID = /^[A-Za-z0-9_-]{1,40}$/;
/** How long a caller waits for the end, and what remains for the answer. */
const WAIT_MS = 5_000;
const ANSWER_MS = 500;
const LIMIT_MAX = 1_000;
const LIMIT = 100;

export function createTransferService(deps: TransferServiceDeps): ServiceHandlers<typeof TransferService> {
  const { pool, credentials, transfers, now } = deps;
  const waitMs = (deadlineAtMs: number): number => Math.min(WAIT_MS, deadlineAtMs - now() - ANSWER_MS);
  return {
    startTransfer: async (request, { requestId, deadlineAtMs }) => {
      const wanted = checkStart(request);
      try {
        const hall = await credentials.hall(wanted.hallId);
        if (hall === null) throw notFound('hall');
        const key = { operatorId: hall.operatorId, transferId: wanted.transferId };
        const transfer = (await findTransfer(pool, key)) ?? (await begin(deps, hall, wanted, requestId));
        if (!isSame(transfer, wanted)) throw alreadyExists('transfer_id: another transfer has this id');
        return toTransfer((await transfers.follow(key, waitMs(deadlineAtMs))) ?? transfer);
      } catch (error) {
        throw callerFault(error);
      }
    },

    getTransfer: async (request) => {
      const transferId = transferIdOf(request.transferId);
      const found = await findTransfer(pool, { operatorId: fields.operatorId(request.operatorId), transferId });
      if (found === null) throw notFound('transfer');
      return toTransfer(found);
    },

    listTransfers: async ({ state, unfinished, limit: wanted }) => {
      const limit = fields.numberOr(LIMIT, 'limit', wanted, { min: 1, max: LIMIT_MAX });
      if (state !== '' && !SHOWN_STATES.includes(state)) {
        throw invalidArgument('state', `must be one of ${SHOWN_STATES.join(', ')}`);
      }
      return { transfers: (await listTransfers(pool, { state, unfinished, limit })).map(toTransfer) };
    },

    settleTransfer: async ({ operatorId, transferId, moved, actor, note }, { requestId, deadlineAtMs }) => {
      if (moved !== TransferMoved.YES && moved !== TransferMoved.NO)
        throw invalidArgument('moved', 'must be yes or no');
      const key = { operatorId: fields.operatorId(operatorId), transferId: transferIdOf(transferId) };
      const hasMoved = moved === TransferMoved.YES;
      const settled = await settleByHand(deps, { ...key, hasMoved, actor, note, requestId });
      return toTransfer((await transfers.follow(key, waitMs(deadlineAtMs))) ?? settled);
    },
  };
}

const SHOWN_STATES: readonly string[] = [...TRANSFER_STATES, 'stuck'];

type Wanted = Pick<Transfer, 'transferId' | 'hallId' | 'userId' | 'direction' | 'requestedUnits'>;

function checkStart(request: StartTransferRequest): Wanted {
  const { direction, amountUnits } = request;
  if (direction !== 'in' && direction !== 'out') throw invalidArgument('direction', 'must be in or out');
  const least = direction === 'in' ? 1n : 0n;
  if (amountUnits < least || amountUnits > fields.MAX_AMOUNT_UNITS) {
    throw invalidArgument('amount_units', `must be ${least} to ${fields.MAX_AMOUNT_UNITS}`);
  }
  return {
    transferId: transferIdOf(request.transferId),
    hallId: fields.stargameId('hall_id', request.hallId),
    userId: fields.userId(request.userId),
    direction,
    requestedUnits: amountUnits,
  };
}

function transferIdOf(value: string): string {
  if (!TRANSFER_ID.test(value)) throw invalidArgument('transfer_id', 'must be 1 to 40 of A-Z a-z 0-9 _ -');
  return value;
}

/** Writes the row, before anybody is asked for anything. Money comes back also from a terminal that was unlinked. */
async function begin(
  { pool, wallet, now }: TransferServiceDeps,
  hall: HallSecrets,
  wanted: Wanted,
  requestId: string,
): Promise<Transfer> {
  const { hallId, userId, transferId, direction, requestedUnits } = wanted;
  if (hall.mode !== 'transfer') throw failedPrecondition('the hall is seamless: nothing is carried to its terminals');
  const player = { operatorId: hall.operatorId, userId, hallId };
  const [terminal] = await playerTerminals(wallet, player, requestId);
  if (terminal === undefined || (direction === 'in' && !terminal.linked)) {
    throw failedPrecondition('the player has no terminal in the hall');
  }
  const nowMs = now();
  const transfer: Transfer = {
    ...player,
    transferId,
    direction,
    requestedUnits,
    uid: terminal.uid,
    operationId: newOperationId(),
    amountUnits: requestedUnits,
    state: 'started',
    detail: '',
    doubtedAtMs: null,
    isStuck: false,
    failures: 0,
    attempts: 0,
    dueAtMs: nowMs,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  if (await insertTransfer(pool, transfer)) return transfer;
  const first = await findTransfer(pool, transfer);
  // The other one of the two that are unique: it is not to be taken for this one.
  if (first === null) throw failedPrecondition('the operation id is taken: ask again');
  return first;
}

const isSame = (transfer: Transfer, wanted: Wanted): boolean =>
  transfer.hallId === wanted.hallId &&
  transfer.userId === wanted.userId &&
  transfer.direction === wanted.direction &&
  transfer.requestedUnits === wanted.requestedUnits;

const toTransfer = (transfer: Transfer): MessageInitShape<typeof TransferSchema> => ({
  operatorId: transfer.operatorId,
  transferId: transfer.transferId,
  hallId: transfer.hallId,
  uid: transfer.uid,
  userId: transfer.userId,
  direction: transfer.direction,
  amountUnits: transfer.amountUnits,
  state: transfer.isStuck ? 'stuck' : transfer.state,
  detail: transfer.detail,
  operationId: transfer.operationId,
  attempts: transfer.attempts,
  createdAtMs: BigInt(transfer.createdAtMs),
  updatedAtMs: BigInt(transfer.updatedAtMs),
});
