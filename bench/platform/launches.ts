import { Metadata } from '@grpc/grpc-js';
import { callUnary } from '../../src/common/grpc.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import { PlatformService } from '../../src/gen/jobs/v1/platform_pb.ts';
import { createMeter } from '../generator/meter.ts';
import { OPERATOR_ID, PLAYER_COUNT, playerIndexOf, userIdOf } from '../requests.ts';
import { serveTasks } from '../servers.ts';
import type { LaunchResult, LaunchTask } from './types.ts';

const WARMUP_MS = 2_000;
const DEADLINE_MS = 10_000;
const CLIENTS = 4;
const GAMES = 100;

/** Open loop: players launch games at a pace, whatever becomes of it. Each launch counts from when it was due. */
async function launch({ address, ratePerSecond, seconds }: LaunchTask): Promise<LaunchResult> {
  const channels = Array.from({ length: CLIENTS }, () =>
    jobsChannel({
      JOBS_URL: address,
      JOBS_CLIENT_TOKEN: '',
      JOBS_TLS_CA: '',
      JOBS_CLIENT_CERT: '',
      JOBS_CLIENT_KEY: '',
    }),
  );
  const startMs = performance.now();
  const fromMs = startMs + WARMUP_MS;
  const toMs = fromMs + seconds * 1_000;
  const meter = createMeter(fromMs, toMs);
  let inFlight = 0;
  let number = 0;
  let dueMs = startMs;
  const one = async (due: number, index: number): Promise<void> => {
    inFlight += 1;
    const channel = channels[index % CLIENTS];
    if (channel === undefined) throw new Error('no channel');
    const userId = userIdOf(playerIndexOf(index % PLAYER_COUNT, 'spread'));
    const request = { operatorId: OPERATOR_ID, userId, gameId: String(1 + (index % GAMES)), mode: 'real' };
    const fault = await callUnary(channel.client, PlatformService.method.launchPlatform, request, {
      deadlineMs: DEADLINE_MS,
      metadata: new Metadata(),
    }).then(
      ({ url, token }) => (url.includes(token) && token !== '' ? null : 'no URL'),
      (error: unknown) => String(error),
    );
    meter.answered(due, performance.now(), fault);
    inFlight -= 1;
  };
  const sendDue = (): void => {
    for (let nowMs = performance.now(); dueMs <= nowMs && dueMs < toMs; nowMs = performance.now()) {
      meter.sent(dueMs, nowMs);
      void one(dueMs, number++);
      dueMs += 1_000 / ratePerSecond;
    }
  };
  const ticker = setInterval(sendDue, 1);
  while (dueMs < toMs || inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  clearInterval(ticker);
  for (const channel of channels) channel.close();
  const { answers, faults, ratePerSecond: reached, latencyMs } = meter.figures();
  const failed = Object.values(faults).reduce((sum, count) => sum + count, 0);
  if (failed > 0) process.stderr.write(`launches failed: ${JSON.stringify(faults)}\n`);
  return { launched: answers, ratePerSecond: reached, failed, latencyMs };
}

serveTasks(launch);
