import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { Logger } from '../../common/log.ts';
import type { ReadyCheck } from '../../common/ops-server.ts';
import { OperatorService } from '../../gen/wallet/v1/operators_pb.ts';
import type { Queues } from '../queues.ts';
import { codeOf, type Wallet } from '../wallet.ts';
import { loadAssets } from './assets.ts';
import { createAudit } from './audit.ts';
import { type DashboardConfig, needsHttps } from './config.ts';
import { CSRF_COOKIE, setCookie } from './cookies.ts';
import {
  refuse,
  refusePlainText,
  requireCsrfToken,
  requireSession,
  sameOriginOnly,
  securityHeaders,
  sessionOf,
} from './guards.ts';
import { loginRoutes } from './login.ts';
import { queueRoutes } from './queues.ts';
import { type ReconciliationHandlers, reconciliationRoutes } from './reconciliation.ts';
import { type ReportHandlers, reportRoutes } from './reports.ts';
import { startSampler } from './sampler.ts';
import { createSessions } from './sessions.ts';
import { stopRoutes } from './stops.ts';
import { parseTargets } from './targets.ts';
import { createThrottle } from './throttle.ts';
import { createUsers, parseUsers } from './users.ts';

export type Dashboard = { app: Express; stop: () => Promise<void> };

type Deps = {
  config: DashboardConfig;
  registry: Registry;
  ready: ReadyCheck;
  redis: Redis;
  queues: Queues;
  wallet: Wallet;
  /** The handlers that answer gRPC calls, too. */
  books: ReconciliationHandlers & ReportHandlers;
  log: Logger;
};

const DEMO_OPERATOR = 'examplecasino';

/** What ops live in: the overview at `/`, the queues at `/queues`, all of it behind a login. */
export function startDashboard(deps: Deps): Dashboard {
  const { config, wallet, queues, log } = deps;
  const now = () => Date.now();
  const assets = loadAssets();
  const sessions = createSessions(now);
  const audit = createAudit(wallet, log);
  const { users: configured } = parseUsers(config.OPS_USERS);
  const users = createUsers(configured, demoCheck(config, wallet));
  const sampler = startSampler({ ...deps, targets: parseTargets(config.OPS_TARGETS).targets, now });

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.set('trust proxy', config.TRUSTED_PROXIES.length > 0 ? config.TRUSTED_PROXIES : false);

  app.use((_request, response, next) => {
    response.locals.requestId = randomUUID();
    next();
  });
  app.use(securityHeaders);
  if (needsHttps(config)) app.use(refusePlainText);
  app.use(sameOriginOnly);
  app.get('/assets/:name', assets.serve);
  app.use(loginRoutes({ users, sessions, throttle: createThrottle(now), audit, assets, log }));
  app.use(requireSession(sessions), requireCsrfToken);
  app.get('/', (request, response) => {
    setCookie(request, response, CSRF_COOKIE, sessionOf(response).csrfToken);
    response.type('html').send(assets.page('overview.html', { user: sessionOf(response).user }));
  });
  app.get('/api/overview', (request, response) => {
    response.json(sampler.overview(sessionOf(response).user, Number(request.query.after ?? 0) || 0));
  });
  app.use(stopRoutes(wallet, sampler.refreshBooks));
  app.use(reconciliationRoutes({ handlers: deps.books, assets, now }));
  app.use(reportRoutes({ handlers: deps.books, assets, now }));
  app.use('/queues', queueRoutes(queues, audit));
  app.use((request, response) => refuse(request, response, 404, 'There is no such page.'));
  app.use(onError(log));

  return {
    app,
    stop: async () => {
      audit.stop();
      await sampler.stop();
    },
  };
}

/** Whether the wallet has the demo data. Once it has, it keeps it; a wallet that is away is no answer. */
function demoCheck(config: DashboardConfig, wallet: Wallet): () => Promise<boolean> {
  let isKnown = false;
  return async () => {
    if (config.NODE_ENV === 'production' || !config.CROUPIER_DEMO) return false;
    if (isKnown) return true;
    try {
      await wallet.call(OperatorService.method.getOperator, { operatorId: DEMO_OPERATOR }, 'dashboard');
      isKnown = true;
    } catch (error) {
      if (codeOf(error) !== status.NOT_FOUND) throw error;
    }
    return isKnown;
  };
}

/** A body that can't be read is the client's mistake; all else is ours, and goes to the log alone. */
const onError = (log: Logger): ErrorRequestHandler => {
  return (error, request, response, _next) => {
    const code: unknown = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined;
    const isTheirs = typeof code === 'number' && code >= 400 && code < 500;
    if (!isTheirs) log.error({ err: error, path: request.path }, 'the dashboard failed');
    if (response.headersSent) response.end();
    else if (isTheirs) refuse(request, response, code, 'The request could not be read.');
    else refuse(request, response, 500, 'The dashboard failed; its log says why.');
  };
};
