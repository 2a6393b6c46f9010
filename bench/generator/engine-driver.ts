import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { createPool } from '../../src/common/db.ts';
import { createLog } from '../../src/common/log.ts';
import { readWalletConfig } from '../../src/wallet/config.ts';
import { createEngine } from '../../src/wallet/lanes/engine.ts';
import { createSessionTouches } from '../../src/wallet/lanes/session-touches.ts';
import { parseLaneCounters } from '../lane-counters.ts';
import type { Connect } from './driver.ts';
import { betOperation, faultOf } from './operations.ts';

/** The wallet's lanes in this process: the batched SQL and the decisions, without RPC and HTTP. */
export function createEngineConnect(target: { databaseUrl: string }): Connect {
  // As the wallet process runs them by default.
  const config = readWalletConfig({ DATABASE_URL: target.databaseUrl, SECRETS_KEY: randomBytes(32).toString('hex') });
  const registry = new Registry();
  let nextMessageId = 1n;
  const log = createLog('bench', 'warn');
  const pool = createPool(target.databaseUrl, { connectionLimit: 1 });
  const engine = createEngine({
    databaseUrl: target.databaseUrl,
    log,
    registry,
    touches: createSessionTouches({ pool, log, registry }),
    killStatement: () => {},
    newMessageId: () => nextMessageId++,
    clock: () => performance.now(),
    now: Date.now,
    lanes: config.WALLET_LANES,
    readers: config.WALLET_READERS,
    batchMax: config.WALLET_BATCH_MAX,
    queueMax: config.WALLET_QUEUE_MAX,
    deadlineMaxMs: config.WALLET_DEADLINE_MAX_MS,
  });
  return async ({ players, onAnswer }) => ({
    send: (slot, number) => {
      engine.submit(betOperation(number, players), (outcome) => onAnswer(slot, faultOf(outcome)));
    },
    laneCounters: async () => parseLaneCounters(await registry.metrics()),
    close: async () => {},
  });
}
