import express, { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { decimal } from '../../common/decimal.ts';
import type { ServiceHandlers, UnaryContext } from '../../common/grpc-handler.ts';
import { type HarvestCoverage, HarvestService } from '../../gen/jobs/v1/harvest_pb.ts';
import {
  type Discrepancy,
  type DiscrepancyDetail,
  type DiscrepancyGroup,
  ReconciliationService,
  type ReconciliationSummary,
} from '../../gen/jobs/v1/reconciliation_pb.ts';
import type { Assets } from './assets.ts';
import { CSRF_COOKIE, setCookie } from './cookies.ts';
import { sessionOf } from './guards.ts';
import { available, call, createTold } from './handlers.ts';
import type {
  AgeName,
  CoverageView,
  DiscrepancyDetailView,
  DiscrepancyView,
  ReconciliationView,
  SummaryView,
} from './reconciliation-view.ts';

/** The same handlers that answer gRPC calls; a person's name comes with them as the actor. */
export type ReconciliationHandlers = {
  reconciliation: Omit<ServiceHandlers<typeof ReconciliationService>, 'reconcile'>;
  harvest: Pick<ServiceHandlers<typeof HarvestService>, 'getHarvestCoverage'>;
};

type Deps = { handlers: ReconciliationHandlers; assets: Assets; now: () => number };

const SHOWN_MAX = 200;

const listSchema = z.object({ state: z.enum(['', 'open', 'proposed', 'all']).default('') });
const idSchema = z.string().regex(/^[0-9]{1,19}$/, 'must be a number');
const resolutionSchema = z.enum(['cancel', 'credit', 'dismiss']);
const proposeSchema = z.object({
  id: idSchema,
  resolution: resolutionSchema,
  note: z.string().trim().max(255),
  transactionId: z.string().trim().max(64).default(''),
});
const approveSchema = z.object({
  id: idSchema,
  resolution: resolutionSchema,
  transactionId: z.string().max(64).default(''),
});
const rejectSchema = z.object({ id: idSchema, note: z.string().trim().max(255) });

/** What differs between the ledger and the providers' own books, and what two people decide about it. */
export function reconciliationRoutes(deps: Deps): Router {
  const { handlers, assets, now } = deps;
  const { method } = ReconciliationService;
  const told = createTold(now);
  const router = Router();
  const json = express.json({ limit: 4_096 });

  router.get('/reconciliation', (request, response) => {
    setCookie(request, response, CSRF_COOKIE, sessionOf(response).csrfToken);
    response.type('html').send(assets.page('reconciliation.html', { user: sessionOf(response).user }));
  });

  router.get('/api/reconciliation', (request, response) =>
    told(request, response, async (context) => {
      const { state } = listSchema.parse(request.query);
      const { reconciliation, harvest } = handlers;
      const [coverage, summary, list] = await Promise.all([
        available(call(HarvestService.method.getHarvestCoverage, harvest.getHarvestCoverage, {}, context)),
        available(call(method.getReconciliationSummary, reconciliation.getReconciliationSummary, {}, context)),
        available(
          call(method.listDiscrepancies, reconciliation.listDiscrepancies, { state, pageSize: SHOWN_MAX }, context),
        ),
      ]);
      return {
        nowMs: now(),
        user: sessionOf(response).user,
        coverage: coverage && coverageView(coverage),
        summary: summary && summaryView(summary),
        discrepancies: list?.discrepancies.map(discrepancyView) ?? null,
        more: (list?.nextPageToken ?? '') !== '',
      } satisfies ReconciliationView;
    }),
  );

  router.get('/api/reconciliation/:id', (request: Request<{ id: string }>, response) =>
    told(request, response, async (context) => {
      const discrepancyId = BigInt(idSchema.parse(request.params.id));
      const { getDiscrepancy } = handlers.reconciliation;
      const detail = await call(method.getDiscrepancy, getDiscrepancy, { discrepancyId }, context);
      return { ...detailView(detail), nowMs: now(), user: sessionOf(response).user } satisfies DiscrepancyDetailView;
    }),
  );

  const press = <T>(
    schema: z.ZodType<T>,
    run: (request: T, actor: string, context: UnaryContext) => Promise<unknown>,
  ): RequestHandler => {
    return (request, response) =>
      told(request, response, async (context) => {
        await run(schema.parse(request.body), sessionOf(response).user, context);
        return {};
      });
  };
  const { proposeResolution, approveResolution, rejectResolution } = handlers.reconciliation;
  router.post(
    '/api/reconciliation/propose',
    json,
    press(proposeSchema, ({ id, ...rest }, actor, context) =>
      call(method.proposeResolution, proposeResolution, { discrepancyId: BigInt(id), ...rest, actor }, context),
    ),
  );
  router.post(
    '/api/reconciliation/approve',
    json,
    press(approveSchema, ({ id, ...rest }, actor, context) =>
      call(method.approveResolution, approveResolution, { discrepancyId: BigInt(id), ...rest, actor }, context),
    ),
  );
  router.post(
    '/api/reconciliation/reject',
    json,
    press(rejectSchema, ({ id, note }, actor, context) =>
      call(method.rejectResolution, rejectResolution, { discrepancyId: BigInt(id), note, actor }, context),
    ),
  );

  return router;
}

const coverageView = (coverage: HarvestCoverage): CoverageView => ({
  harvestedUntilMs: Number(coverage.harvestedUntilMs),
  terminals: coverage.terminals,
  terminalsBehind: coverage.terminalsBehind,
  terminalsFailing: coverage.terminalsFailing,
  records: Number(coverage.records),
  gaps: coverage.gaps,
  behind: coverage.behind.map(({ hallId, uid, harvestedUntilMs, error }) => ({
    hallId,
    uid,
    harvestedUntilMs: Number(harvestedUntilMs),
    error,
  })),
});

function summaryView(summary: ReconciliationSummary): SummaryView {
  const groups = Map.groupBy(summary.groups, ({ kind, currencyCode }) => `${kind} ${currencyCode}`);
  return {
    reconciledUntilMs: Number(summary.reconciledUntilMs),
    recordsMatched: Number(summary.recordsMatched),
    open: Number(summary.open),
    proposed: Number(summary.proposed),
    corrected: Number(summary.corrected),
    groups: [...groups.values()].map((members) => ({
      kind: members[0]?.kind ?? '',
      currency: members[0]?.currencyCode ?? '',
      ages: {
        hour: of(members, 'hour'),
        day: of(members, 'day'),
        week: of(members, 'week'),
        older: of(members, 'older'),
      },
    })),
  };
}

function of(groups: readonly DiscrepancyGroup[], age: AgeName): { count: number; amount: string } | null {
  const group = groups.find((each) => each.age === age);
  return group === undefined ? null : { count: Number(group.count), amount: decimal(group.amountUnits) };
}

const discrepancyView = (discrepancy: Discrepancy): DiscrepancyView => ({
  id: String(discrepancy.discrepancyId),
  provider: discrepancy.provider,
  hallId: discrepancy.hallId,
  uid: discrepancy.uid,
  operatorId: discrepancy.operatorId,
  userId: discrepancy.userId,
  currency: discrepancy.currencyCode,
  kind: discrepancy.kind,
  dataId: discrepancy.dataId === 0n ? '' : String(discrepancy.dataId),
  transactionId: discrepancy.transactionId,
  amount: decimal(discrepancy.amountUnits),
  detail: discrepancy.detail,
  occurredAtMs: Number(discrepancy.occurredAtMs),
  foundAtMs: Number(discrepancy.foundAtMs),
  state: discrepancy.state,
  correction: discrepancy.correction,
  resolution: discrepancy.resolution,
  proposedBy: discrepancy.proposedBy,
  proposedAtMs: Number(discrepancy.proposedAtMs),
  approvedBy: discrepancy.approvedBy,
  resolvedAtMs: Number(discrepancy.resolvedAtMs),
  note: discrepancy.note,
  correctionTransactionId: discrepancy.correctionTransactionId,
  vendor: discrepancy.vendor,
  reportDay: discrepancy.reportDay,
  cause: discrepancy.cause,
});

function detailView(detail: DiscrepancyDetail): Pick<DiscrepancyDetailView, 'discrepancy' | 'logs' | 'transactions'> {
  if (detail.discrepancy === undefined) throw new Error('a detail without its discrepancy');
  return {
    discrepancy: discrepancyView(detail.discrepancy),
    logs: detail.logs.map((log) => ({
      dataId: String(log.dataId),
      playedAtMs: Number(log.playedAtMs),
      gameName: log.gameName,
      bet: decimal(log.betUnits),
      win: decimal(log.winUnits),
      balance: decimal(log.balanceUnits),
      betTransactionId: log.betTransactionId,
      winTransactionId: log.winTransactionId,
    })),
    transactions: detail.transactions.map((row) => ({
      seq: String(row.seq),
      transactionId: row.transactionId,
      kind: row.kind,
      status: row.status,
      amount: decimal(row.amountUnits),
      balanceAfter: decimal(row.balanceAfterUnits),
      atMs: Number(row.atMs),
      isCanceled: row.isCanceled,
    })),
  };
}
