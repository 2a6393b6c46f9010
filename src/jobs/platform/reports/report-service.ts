import { once } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { loggable } from '../../../common/db.ts';
import { Fault, failedPrecondition, invalidArgument, notFound } from '../../../common/fault.ts';
import * as fields from '../../../common/fields.ts';
import { type CallContext, type ServiceHandlers, toFault } from '../../../common/grpc-handler.ts';
import {
  type ListReportTransactionsRequest,
  type PullReportsProgress,
  PullReportsProgressSchema,
  type PullReportsRequest,
  type ReportService,
} from '../../../gen/jobs/v1/reports_pb.ts';
import { callerFault } from '../../stargame/faults.ts';
import type { PlatformDeps } from '../deps.ts';
import type { HandHistories } from '../evidence/hand-histories.ts';
import { type ClassPlay, PLAY_CLASSES, type PlayClassName } from './cause.ts';
import { readContext } from './context.ts';
import { dayOf } from './due.ts';
import { findReportDay, listPulls, listReportDays } from './listing.ts';
import { explainGroup, listPlayed, type PlayKey, readCompleteUntilMs } from './play.ts';
import type { Reports } from './reports.ts';
import { checkDay, spanOf } from './span.ts';
import { COMPARISON_STATES } from './write-day.ts';

type Deps = Pick<PlatformDeps, 'pool' | 'wallet' | 'log' | 'now' | 'config'> & {
  reports: Reports;
  handHistories: Pick<HandHistories, 'kept'>;
};

const DAY_MS = 86_400_000;
const LISTED_DAYS = 14;
const VENDOR_LENGTH = 64;

export function createReportService(deps: Deps): ServiceHandlers<typeof ReportService> {
  const { pool, wallet, now, reports, handHistories } = deps;
  const yesterday = (): string => dayOf(now() - DAY_MS);
  const one = (fromDay: string): string => fromDay;

  return {
    pullReports: (call, context) => void servePull(deps, call, context),

    reconcileReports: (request) => {
      const span = spanOf(request, { fromDay: yesterday(), toDay: one });
      return reports.reconcile(span).catch(failed);
    },

    listReportDays: async (request, { requestId }) => {
      const today = dayOf(now());
      const absent = { fromDay: dayOf(now() - (LISTED_DAYS - 1) * DAY_MS), toDay: () => today };
      const days = await listReportDays(pool, spanOf(request, absent), {
        vendor: request.vendor,
        currencyCode: request.currencyCode === '' ? '' : fields.currencyCode(request.currencyCode),
        state: stateOrAll(request.state),
      });
      const completeUntilMs = await readCompleteUntilMs(wallet, requestId).catch(failed);
      return { days, completeUntilMs: BigInt(completeUntilMs) };
    },

    getReportDay: async (request, { requestId }) => {
      const key = keyOf(request);
      const day = await findReportDay(pool, key);
      if (day === null) throw notFound('comparison');
      const classes = await explainGroup(wallet, key, requestId).catch(failed);
      return { day, classes: classes.map(toClass) };
    },

    listReportTransactions: async (request, { requestId }) => {
      const key = keyOf(request);
      const pageSize = fields.pageSize(request.pageSize);
      const page = { class: classOf(request), pageSize, pageToken: request.pageToken };
      const { transactions, nextPageToken } = await listPlayed(wallet, key, page, requestId).catch(failed);
      const ids = transactions.map(({ transactionId }) => transactionId);
      const kept = await handHistories.kept(key.operatorId, ids);
      return {
        transactions: transactions.map(({ context, ...transaction }) => ({
          ...withoutType(transaction),
          historyId: readContext(context).historyId,
          hasHandHistory: kept.has(transaction.transactionId),
        })),
        nextPageToken,
      };
    },

    getReportStatus: async () => ({ pulls: await listPulls(pool) }),
  };
}

const failed = (error: unknown): never => {
  throw callerFault(error);
};

/** A message's fields, for another message. */
function withoutType<T extends { $typeName: string }>({ $typeName: _, ...rest }: T): Omit<T, '$typeName'> {
  return rest;
}

function keyOf(request: { operatorId: string; reportDay: string; vendor: string; currencyCode: string }): PlayKey {
  if ([...request.vendor].length > VENDOR_LENGTH) {
    throw invalidArgument('vendor', `must be at most ${VENDOR_LENGTH} characters`);
  }
  return {
    operatorId: fields.operatorId(request.operatorId),
    day: checkDay('report_day', request.reportDay),
    vendor: request.vendor,
    currencyCode: fields.currencyCode(request.currencyCode),
  };
}

function classOf(request: ListReportTransactionsRequest): PlayClassName {
  if (request.class === '') return 'counted';
  const found = PLAY_CLASSES.find((name) => name === request.class);
  if (found === undefined) throw invalidArgument('class', `must be one of ${PLAY_CLASSES.join(', ')}`);
  return found;
}

function stateOrAll(value: string): string {
  if (value === '' || COMPARISON_STATES.some((state) => state === value)) return value;
  throw invalidArgument('state', `must be one of ${COMPARISON_STATES.join(', ')}`);
}

const toClass = ({ class: name, transactionCount, play }: ClassPlay) => ({
  class: name,
  transactionCount,
  betsCount: play.betsCount,
  betsUnits: play.betsUnits,
  winsCount: play.winsCount,
  winsUnits: play.winsUnits,
  refundsCount: play.refundsCount,
  refundsUnits: play.refundsUnits,
});

/** Tells of each report; ends with OK, or with what went wrong. A caller that goes away stops it between two reports. */
async function servePull(
  { config, reports, log, now }: Deps,
  call: ServerWritableStream<PullReportsRequest, PullReportsProgress>,
  { service, requestId }: CallContext,
): Promise<void> {
  const canceled = new AbortController();
  const gone = new Promise((resolve) => call.once('cancelled', resolve));
  void gone.then(() => canceled.abort());
  let pulled = 0;
  try {
    if (config.PLATFORM_API_URL === '') {
      throw failedPrecondition('PLATFORM_API_URL is not set: PLATFORM is not asked anything');
    }
    const span = spanOf(call.request, { fromDay: dayOf(now() - DAY_MS), toDay: (fromDay) => fromDay });
    for await (const progress of reports.pull(span, canceled.signal)) {
      pulled += 1;
      if (canceled.signal.aborted) break;
      if (!call.write(create(PullReportsProgressSchema, progress))) await Promise.race([once(call, 'drain'), gone]);
    }
    call.end();
    log.info({ service, requestId, reports: pulled }, 'reports pulled by hand');
  } catch (error) {
    const fault = canceled.signal.aborted ? new Fault(status.CANCELLED, 'canceled') : toFault(callerFault(error));
    log.warn({ service, requestId, code: status[fault.code], err: loggable(error) }, 'pulling reports by hand ended');
    call.emit('error', { code: fault.code, details: fault.message });
  }
}
