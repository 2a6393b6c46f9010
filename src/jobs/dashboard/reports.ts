import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import { z } from 'zod';
import type { ServiceHandlers, UnaryContext } from '../../common/grpc-handler.ts';
import { PlatformService } from '../../gen/jobs/v1/platform_pb.ts';
import { ReportService } from '../../gen/jobs/v1/reports_pb.ts';
import { createKept } from '../platform/kept.ts';
import type { Assets } from './assets.ts';
import { CSRF_COOKIE, setCookie } from './cookies.ts';
import { sessionOf } from './guards.ts';
import { available, call, createTold } from './handlers.ts';
import { createDaysShown, listSpans, spansOf } from './report-days.ts';
import { CSV_HEAD, csvLines } from './reports-csv.ts';
import { detailView, limitView, pullViews, transactionView, vendorView } from './reports-shown.ts';
import type { HandHistoryView, ReportsView, ReportTransactionsView } from './reports-view.ts';

/** The same handlers that answer gRPC calls. */
export type ReportHandlers = {
  reports: Omit<ServiceHandlers<typeof ReportService>, 'pullReports'>;
  platform: Pick<ServiceHandlers<typeof PlatformService>, 'listLimits' | 'fetchHandHistory'>;
};

type Deps = { handlers: ReportHandlers; assets: Assets; now: () => number };

const PAGE = 50;
/** About as often as one page asks. */
const KEPT_MS = 2_000;

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day, yyyy-mm-dd');
const name = z.string().max(64).default('');
const spanSchema = z.object({
  operator: name,
  currency: name,
  days: z.coerce.number().int().min(1).max(100).default(14),
});
const viewSchema = spanSchema.extend({ day: day.or(z.literal('')).default('') });
const groupSchema = z.object({ operator: name, day, vendor: name, currency: name });
const transactionsSchema = groupSchema.extend({
  class: z.string().max(32).default(''),
  page: z.string().max(500).default(''),
});
const handSchema = z.object({ operator: z.string().min(1).max(20), transaction: z.string().min(1).max(64) });

/** PLATFORM's reports beside our books: by day, by vendor, and down to the transactions. */
export function reportRoutes({ handlers, assets, now }: Deps): Router {
  const { method } = ReportService;
  const { reports, platform } = handlers;
  const told = createTold(now);
  const router = Router();

  const daysShown = createDaysShown(now);
  const listed = (operatorId: string, context: UnaryContext) => (span: { fromDay: string; toDay: string }) =>
    call(method.listReportDays, reports.listReportDays, { operatorId, ...span }, context);
  // The same for all who look, so read for all of them at once.
  const kept = { freshMs: KEPT_MS, staleMs: KEPT_MS, now };
  const own = (): UnaryContext => ({ service: 'dashboard', requestId: randomUUID(), deadlineAtMs: now() + KEPT_MS });
  const pullsShown = createKept({
    ...kept,
    read: () => call(method.getReportStatus, reports.getReportStatus, {}, own()),
  });
  const limitsShown = createKept({
    ...kept,
    read: () => call(PlatformService.method.listLimits, platform.listLimits, {}, own()),
  });
  const vendorsOf = async (operatorId: string, reportDay: string, currencyCode: string, context: UnaryContext) => {
    // No currency: nothing is there.
    if (currencyCode === '') return [];
    const list = { operatorId, fromDay: reportDay, toDay: reportDay, currencyCode };
    return (await call(method.listReportDays, reports.listReportDays, list, context)).days.map(vendorView);
  };
  const keyOf = (group: z.infer<typeof groupSchema>) => ({
    operatorId: group.operator,
    reportDay: group.day,
    vendor: group.vendor,
    currencyCode: group.currency,
  });

  router.get('/reports', (request, response) => {
    setCookie(request, response, CSRF_COOKIE, sessionOf(response).csrfToken);
    response.type('html').send(assets.page('reports.html', { user: sessionOf(response).user }));
  });

  router.get('/api/reports', (request, response) =>
    told(request, response, async (context) => {
      const asked = viewSchema.parse(request.query);
      const [shown, pulls, limits] = await Promise.all([
        daysShown(asked.operator, asked.days, listed(asked.operator, context)),
        pullsShown.get(),
        available(limitsShown.get()),
      ]);
      const currencies = [...shown.days.keys()].sort();
      const currency = currencies.includes(asked.currency) ? asked.currency : (currencies[0] ?? '');
      return {
        nowMs: now(),
        user: sessionOf(response).user,
        completeUntilMs: shown.completeUntilMs,
        operators: [...new Set([...shown.operators, ...pulls.pulls.map(({ operatorId }) => operatorId)])].sort(),
        currencies,
        currency,
        days: shown.days.get(currency) ?? [],
        vendors: asked.day === '' ? null : await vendorsOf(asked.operator, asked.day, currency, context),
        limits: limits?.limits.map(limitView) ?? null,
        pulls: pullViews(pulls.pulls, now()),
      } satisfies ReportsView;
    }),
  );

  router.get('/api/reports.csv', (request, response) =>
    told(request, response, async (context) => {
      const { operator, days } = spanSchema.parse(request.query);
      const spans = spansOf(days, now());
      const parts = [CSV_HEAD];
      for await (const part of listSpans(spans, listed(operator, context))) parts.push(csvLines(part.days));
      const file = `reports-${spans.at(-1)?.fromDay}-to-${spans[0]?.toDay}.csv`;
      response.attachment(file).type('text/csv; charset=utf-8').send(parts.join(''));
      return {};
    }),
  );

  router.get('/api/reports/day', (request, response) =>
    told(request, response, async (context) => {
      const key = keyOf(groupSchema.parse(request.query));
      return detailView(await call(method.getReportDay, reports.getReportDay, key, context), now());
    }),
  );

  router.get('/api/reports/transactions', (request, response) =>
    told(request, response, async (context) => {
      const asked = transactionsSchema.parse(request.query);
      const list = { ...keyOf(asked), class: asked.class, pageSize: PAGE, pageToken: asked.page };
      const answer = await call(method.listReportTransactions, reports.listReportTransactions, list, context);
      return {
        transactions: answer.transactions.map(transactionView),
        next: answer.nextPageToken,
      } satisfies ReportTransactionsView;
    }),
  );

  // What is kept is shown; what isn't is asked for, which is why it is no GET.
  router.post('/api/reports/hand-history', express.json({ limit: 4_096 }), (request, response) =>
    told(request, response, async (context) => {
      const { operator: operatorId, transaction: transactionId } = handSchema.parse(request.body);
      const { fetchHandHistory } = PlatformService.method;
      const hand = await call(fetchHandHistory, platform.fetchHandHistory, { operatorId, transactionId }, context);
      const { type, body, vendor, historyId } = hand;
      return { type, body, vendor, historyId, fetchedAtMs: Number(hand.fetchedAtMs) } satisfies HandHistoryView;
    }),
  );

  return router;
}
