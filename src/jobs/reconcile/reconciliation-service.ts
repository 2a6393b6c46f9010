import { once } from 'node:events';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Pool } from '../../common/db.ts';
import { invalidArgument, notFound } from '../../common/fault.ts';
import { stargameId } from '../../common/fields.ts';
import { type ServiceHandlers, toFault } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import {
  type ReconcileProgress,
  ReconcileProgressSchema,
  type ReconcileRequest,
  type ReconciliationService,
} from '../../gen/jobs/v1/reconciliation_pb.ts';
import type { Queues } from '../queues.ts';
import { callerFault } from '../stargame/faults.ts';
import type { Wallet } from '../wallet.ts';
import { readDetail } from './detail.ts';
import { toDiscrepancy } from './discrepancies.ts';
import type { ReconcilePayload } from './job.ts';
import { listDiscrepancies, readSummary } from './overview.ts';
import { requestRewind } from './progress.ts';
import { createResolve } from './resolve.ts';
import type { Reconciliation, RunProgress } from './run.ts';

export type ReconciliationServiceDeps = {
  pool: Pool;
  wallet: Wallet;
  queues: Pick<Queues, 'reconcile'>;
  reconciliation: Reconciliation;
  log: Logger;
  now: () => number;
};

export function createReconciliationService(
  deps: ReconciliationServiceDeps,
): ServiceHandlers<typeof ReconciliationService> {
  const { pool, now } = deps;
  const resolve = createResolve(deps);

  return {
    reconcile: (call, { requestId }) => void answerRun(deps, call, requestId),

    getReconciliationSummary: () => readSummary(pool, now()),

    listDiscrepancies: (request) => listDiscrepancies(pool, request),

    getDiscrepancy: (request, { requestId }) => readDetail(deps, request.discrepancyId, requestId),

    async proposeResolution(request, { requestId }) {
      return toDiscrepancy(await resolve.propose({ ...request, requestId }));
    },

    async approveResolution(request, { requestId }) {
      const row = await resolve.approve({ ...request, requestId });
      if (row.state === 'approved') await wake(deps, row.discrepancy_id);
      return toDiscrepancy(row);
    },

    async rejectResolution(request, { requestId }) {
      return toDiscrepancy(await resolve.reject({ ...request, requestId }));
    },
  };
}

/** Has it carried out now. It is approved in any case: with Redis away the next run does it. */
async function wake({ queues, log }: ReconciliationServiceDeps, discrepancyId: bigint): Promise<void> {
  const payload: ReconcilePayload = { discrepancyId: String(discrepancyId) };
  await queues.reconcile
    .add('reconcile', { payload }, { jobId: `discrepancy-${discrepancyId}`, removeOnFail: true })
    .catch((error: unknown) => log.warn({ err: error, discrepancy: String(discrepancyId) }, 'left to the next run'));
}

/** Runs within the call; a caller that goes away stops it between two terminals. */
async function answerRun(
  { pool, reconciliation }: ReconciliationServiceDeps,
  call: ServerWritableStream<ReconcileRequest, ReconcileProgress>,
  requestId: string,
): Promise<void> {
  const stopping = new AbortController();
  const cancelled = new Promise((resolve) => call.once('cancelled', resolve));
  void cancelled.then(() => stopping.abort());
  const onProgress = async (progress: RunProgress): Promise<void> => {
    if (stopping.signal.aborted || call.write(toProgress(progress, false))) return;
    await Promise.race([once(call, 'drain'), cancelled]);
  };
  try {
    const { hallId, uid, fromMs } = call.request;
    const options = { requestId, signal: stopping.signal, onProgress };
    const progress =
      hallId === '' && uid === '' && fromMs === 0n
        ? await reconciliation.runAll(options)
        : await runOne({ pool, reconciliation }, call.request, options);
    if (stopping.signal.aborted) return;
    call.write(toProgress(progress, true));
    call.end();
  } catch (error) {
    const fault = toFault(callerFault(error));
    call.emit('error', { code: fault.code, details: fault.message });
  }
}

async function runOne(
  { pool, reconciliation }: Pick<ReconciliationServiceDeps, 'pool' | 'reconciliation'>,
  request: ReconcileRequest,
  options: Parameters<Reconciliation['runOne']>[1],
): Promise<RunProgress> {
  const terminal = { hallId: stargameId('hall_id', request.hallId), uid: stargameId('uid', request.uid) };
  if (request.fromMs < 0n) throw invalidArgument('from_ms', 'must not be negative');
  if (request.fromMs > 0n) await requestRewind(pool, terminal, Number(request.fromMs));
  const progress = await reconciliation.runOne(terminal, options);
  if (progress === null) throw notFound('terminal with game logs');
  return progress;
}

function toProgress(progress: RunProgress, finished: boolean): ReconcileProgress {
  const { terminals, terminalsDone, terminalsFailed } = progress;
  const init: MessageInitShape<typeof ReconcileProgressSchema> = {
    terminals,
    terminalsDone,
    terminalsFailed,
    recordsMatched: BigInt(progress.recordsMatched),
    discrepanciesFound: BigInt(progress.discrepanciesFound),
    correctionsMade: BigInt(progress.correctionsMade),
    finished,
  };
  return create(ReconcileProgressSchema, init);
}
