import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Metadata } from '@grpc/grpc-js';
import { callUnary, openBidi } from '../../src/common/grpc.ts';
import type { GrpcChannel } from '../../src/common/grpc-channel.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import {
  type LaunchPlatformRequestSchema,
  type PlatformLaunched,
  PlatformLaunchesSchema,
  PlatformService,
} from '../../src/gen/jobs/v1/platform_pb.ts';
import { createMeter } from '../generator/meter.ts';
import { OPERATOR_ID, PLAYER_COUNT, playerIndexOf, userIdOf } from '../requests.ts';
import { serveTasks } from '../servers.ts';
import type { LaunchResult, LaunchTask } from './types.ts';

const WARMUP_MS = 2_000;
const DEADLINE_MS = 10_000;
const CLIENTS = 4;
const GAMES = 100;

/** Open loop: players launch games at a pace, whatever becomes of it. Each launch counts from when it was due. */
async function launch({ address, ratePerSecond, seconds, isStream }: LaunchTask): Promise<LaunchResult> {
  const channels = Array.from({ length: CLIENTS }, () =>
    jobsChannel({
      JOBS_URL: address,
      JOBS_CLIENT_TOKEN: '',
      JOBS_TLS_CA: '',
      JOBS_CLIENT_CERT: '',
      JOBS_CLIENT_KEY: '',
    }),
  );
  const launchOf = isStream ? streamed(channels) : unary(channels);
  const startMs = performance.now();
  const fromMs = startMs + WARMUP_MS;
  const toMs = fromMs + seconds * 1_000;
  const meter = createMeter(fromMs, toMs);
  let inFlight = 0;
  let number = 0;
  let dueMs = startMs;
  const one = async (due: number, index: number): Promise<void> => {
    inFlight += 1;
    const userId = userIdOf(playerIndexOf(index % PLAYER_COUNT, 'spread'));
    const request = { operatorId: OPERATOR_ID, userId, gameId: String(1 + (index % GAMES)), mode: 'real' };
    const fault = await launchOf(index, request);
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

type Launch = (index: number, request: MessageInitShape<typeof LaunchPlatformRequestSchema>) => Promise<string | null>;

const mistakeOf = ({ url, token }: { url: string; token: string }): string | null =>
  url.includes(token) && token !== '' ? null : 'no URL';

/** A call for each. */
const unary =
  (channels: readonly GrpcChannel[]): Launch =>
  async (index, request) => {
    const channel = channels[index % channels.length];
    if (channel === undefined) throw new Error('no channel');
    const options = { deadlineMs: DEADLINE_MS, metadata: new Metadata() };
    return callUnary(channel.client, PlatformService.method.launchPlatform, request, options).then(mistakeOf, String);
  };

/** All in one stream; those of a turn of the loop share a frame. */
function streamed([channel]: readonly GrpcChannel[]): Launch {
  if (channel === undefined) throw new Error('no channel');
  const stream = openBidi(channel.client, PlatformService.method.launchPlatformStream, new Metadata());
  const waiting = new Map<number, (fault: string | null) => void>();
  let frame: { id: number; request: MessageInitShape<typeof LaunchPlatformRequestSchema> }[] = [];
  const flush = (): void => {
    stream.write(create(PlatformLaunchesSchema, { launches: frame }));
    frame = [];
  };
  stream.on('data', ({ answers }: PlatformLaunched) => {
    for (const { id, response, message } of answers) {
      waiting.get(id)?.(response === undefined ? message : mistakeOf(response));
      waiting.delete(id);
    }
  });
  // It ends when its channel does.
  stream.on('error', () => {});
  return (id, request) =>
    new Promise((resolve) => {
      waiting.set(id, resolve);
      frame.push({ id, request });
      if (frame.length === 1) setImmediate(flush);
    });
}

serveTasks(launch);
