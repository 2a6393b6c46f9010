import { served } from '../../common/grpc-server.ts';
import { CatalogueService } from '../../gen/jobs/v1/catalogue_pb.ts';
import { PlatformService } from '../../gen/jobs/v1/platform_pb.ts';
import { ReportService } from '../../gen/jobs/v1/reports_pb.ts';
import { permanentFailure } from '../permanent-failure.ts';
import type { Schedule } from '../schedules.ts';
import type { Processor } from '../worker.ts';
import { createCatalogue } from './catalogue/catalogue.ts';
import { createCatalogueService } from './catalogue/catalogue-service.ts';
import type { PlatformDeps } from './deps.ts';
import { createHandHistories } from './evidence/hand-histories.ts';
import { createPlatformLaunch } from './launch.ts';
import { createLaunchStream } from './launch-stream.ts';
import { createLimits } from './limits/limits.ts';
import { createPlatformService } from './platform-service.ts';
import { createReportService } from './reports/report-service.ts';
import { createReports } from './reports/reports.ts';

/** Reports and limits hold each other up as little as may be. */
export const PLATFORM_JOBS_CONCURRENCY = 2;

/** What the jobs do at PLATFORM: the services, the work of the queues `catalogue` and `reports`, and what wakes it up. */
export function createPlatform(deps: PlatformDeps) {
  const { config } = deps;
  const catalogue = createCatalogue(deps);
  const launch = createPlatformLaunch({ ...deps, catalogue });
  const launchStream = createLaunchStream({ launch, log: deps.log });
  const handHistories = createHandHistories({ ...deps, catalogue });
  const limits = createLimits(deps);
  const reports = createReports({ ...deps, handHistories });

  const work: Readonly<Record<string, () => Promise<void>>> = {
    reports: reports.runDue,
    limits: limits.runDue,
  };
  const running = new Set<string>();
  const processReports: Processor = async ({ payload }) => {
    const kind = kindOf(payload);
    const run = work[kind];
    if (run === undefined) throw permanentFailure('payload kind');
    // Reports that take long are woken up for again, and must not keep the limits' place. Several processes at once are harmless.
    if (running.has(kind)) return;
    running.add(kind);
    try {
      await run();
    } finally {
      running.delete(kind);
    }
  };
  const schedules: Schedule[] = [
    { id: 'catalogue', queue: 'catalogue', everyMs: config.CATALOGUE_TICK_MS, payload: {} },
    { id: 'reports', queue: 'reports', everyMs: config.REPORT_TICK_MS, payload: { kind: 'reports' } },
    {
      id: 'limits',
      queue: 'reports',
      everyMs: Math.min(config.REPORT_TICK_MS, config.LIMITS_EVERY_MS),
      payload: { kind: 'limits' },
    },
  ];
  const services = {
    platform: createPlatformService({ launch, launchStream, handHistories, limits }),
    catalogue: createCatalogueService({ ...deps, catalogue }),
    reports: createReportService({ ...deps, reports, handHistories }),
  };
  return {
    handlers: services,
    services: [
      served(PlatformService, services.platform),
      served(CatalogueService, services.catalogue),
      served(ReportService, services.reports),
    ],
    processCatalogue: (async () => catalogue.runDue()) satisfies Processor,
    processReports,
    schedules,
    /** Begins nothing any more; resolves once what was begun is written or given up. */
    stop: async (): Promise<void> => {
      launchStream.close();
      await Promise.all([catalogue.stop(), reports.stop(), limits.stop()]);
    },
  };
}

function kindOf(payload: unknown): string {
  const kind = typeof payload === 'object' && payload !== null && 'kind' in payload ? payload.kind : '';
  return typeof kind === 'string' ? kind : '';
}
