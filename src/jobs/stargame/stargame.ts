import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { createGameLists } from '../../adapter/stargame/remote/games.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import { served } from '../../common/grpc-server.ts';
import type { Logger } from '../../common/log.ts';
import { StargameService } from '../../gen/jobs/v1/stargame_pb.ts';
import { TransferService } from '../../gen/jobs/v1/transfers_pb.ts';
import { permanentFailure } from '../permanent-failure.ts';
import type { Schedule } from '../schedules.ts';
import type { Wallet } from '../wallet.ts';
import type { Processor } from '../worker.ts';
import type { stargameJobsConfig } from './config.ts';
import type { Credentials } from './credentials.ts';
import { createLaunch } from './launch.ts';
import { createRegistration } from './registration.ts';
import { createSessions } from './sessions.ts';
import { createStargameService } from './stargame-service.ts';
import { createTransferService } from './transfer-service.ts';
import { startTransferWatch } from './transfer-watch.ts';
import { createTransfers } from './transfers.ts';

type Config = { [K in keyof typeof stargameJobsConfig]: z.output<(typeof stargameJobsConfig)[K]> };

export type StargameDeps = {
  pool: Pool;
  wallet: Wallet;
  remote: Remote;
  credentials: Credentials;
  registry: Registry;
  log: Logger;
  now: () => number;
  config: Config & { STARGAME_API_URL: string };
};

/** Transfers and sessions hold each other up as little as may be. */
export const STARGAME_JOBS_CONCURRENCY = 4;
const TRANSFERS_EVERY_MS = 5_000;
const SESSIONS_EVERY_MS = 15_000;

/** What the jobs do for players at StarGame: the services, the work of the queue `stargame`, and what wakes it up. */
export function createStargame(deps: StargameDeps) {
  const { config, ...rest } = deps;
  const timed = { ...rest, leaseMs: config.STARGAME_LEASE_MS, lookEveryMs: config.STARGAME_SESSION_LOOK_MS };
  const register = createRegistration(timed);
  const sessions = createSessions(timed);
  const launch = createLaunch({ ...timed, register, sessions, baseUrl: config.STARGAME_API_URL });
  const settleMs = config.STARGAME_SETTLE_MS;
  const transfers = createTransfers({ ...timed, settleMs });
  const watch = startTransferWatch(rest);
  const gameLists = createGameLists(rest);

  const work: Readonly<Record<string, () => Promise<void>>> = {
    transfers: transfers.runDue,
    sessions: sessions.runDue,
  };
  const process: Processor = async ({ payload }) => {
    const run = work[kindOf(payload)];
    if (run === undefined) throw permanentFailure('payload kind');
    await run();
  };
  const schedules: Schedule[] = [
    {
      id: 'transfers',
      queue: 'stargame',
      everyMs: Math.min(TRANSFERS_EVERY_MS, config.STARGAME_LEASE_MS),
      payload: { kind: 'transfers' },
    },
    {
      id: 'sessions',
      queue: 'stargame',
      everyMs: Math.min(SESSIONS_EVERY_MS, config.STARGAME_SESSION_LOOK_MS),
      payload: { kind: 'sessions' },
    },
  ];
  return {
    services: [
      served(StargameService, createStargameService({ ...rest, register, launch, sessions, gameLists })),
      served(TransferService, createTransferService({ ...rest, transfers, settleMs })),
    ],
    process,
    schedules,
    /** Begins nothing any more; resolves once what was begun is written. */
    stop: async (): Promise<void> => {
      await Promise.all([transfers.stop(), watch.stop()]);
    },
  };
}

function kindOf(payload: unknown): string {
  const kind = typeof payload === 'object' && payload !== null && 'kind' in payload ? payload.kind : '';
  return typeof kind === 'string' ? kind : '';
}
