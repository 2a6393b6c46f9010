import { create } from '@bufbuild/protobuf';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { loggable } from '../../common/db.ts';
import { Fault, invalidArgument, notFound, unavailable } from '../../common/fault.ts';
import { pageSize, stargameId } from '../../common/fields.ts';
import { type CallContext, type ServiceHandlers, toFault } from '../../common/grpc-handler.ts';
import { cutPage, pageKey } from '../../common/pages.ts';
import {
  type HarvestProgress,
  HarvestProgressSchema,
  type HarvestRequest,
  type HarvestService,
  type ListGameLogsRequest,
} from '../../gen/jobs/v1/harvest_pb.ts';
import { codeOf } from '../wallet.ts';
import { listBehind, readCoverage } from './coverage.ts';
import { readDetail } from './detail.ts';
import { findGameLog, gameLogMessage, listGameLogs } from './game-logs.ts';
import type { Harvest, HarvestChoice, HarvestDeps } from './harvest.ts';
import { StargameAway } from './read-terminal.ts';
import { newProgress, type RunProgress } from './run.ts';
import type { TerminalId } from './store.ts';
import { KEPT_MS } from './windows.ts';

type ServiceDeps = Pick<HarvestDeps, 'pool' | 'remote' | 'credentials' | 'config' | 'log' | 'now'> & {
  harvest: Harvest;
};

const TELL_EVERY_MS = 1_000;
const BEHIND_LIMIT = 100;

export function createHarvestService(deps: ServiceDeps): ServiceHandlers<typeof HarvestService> {
  const { pool, config, now } = deps;
  return {
    harvest: (call, context) => void serveHarvest(deps, call, context),

    getHarvestCoverage: async ({ hallId: asked }) => {
      const hallId = hallOrAll(asked);
      const nowMs = now();
      const [coverage, behind] = await Promise.all([
        readCoverage(pool, config, hallId, nowMs),
        listBehind(pool, config, { hallId, nowMs, limit: BEHIND_LIMIT }),
      ]);
      return {
        harvestedUntilMs: BigInt(coverage.harvestedUntilMs ?? 0),
        terminals: coverage.terminals,
        terminalsBehind: coverage.behind,
        terminalsFailing: coverage.failing,
        records: coverage.records,
        gaps: coverage.gaps,
        lastRunAtMs: BigInt(Math.max(coverage.seenUntilMs ?? 0, coverage.triedAtMs ?? 0)),
        behind: behind.map((terminal) => ({ ...terminal, harvestedUntilMs: BigInt(terminal.harvestedUntilMs) })),
      };
    },

    listGameLogs: async (request) => {
      const limit = pageSize(request.pageSize);
      const { fromMs, untilMs } = listSpan(request, now());
      const after = afterOf(request.pageToken);
      const rows = await listGameLogs(pool, terminalOf(request), { fromMs, untilMs, after, limit: limit + 1 });
      const { page, nextPageToken } = cutPage(rows, limit, (row) => [String(row.played_at_ms), String(row.data_id)]);
      return { logs: page.map(gameLogMessage), nextPageToken };
    },

    getGameLog: async (request) => {
      const terminal = terminalOf(request);
      const row = await findGameLog(pool, terminal, request.dataId);
      if (row === null) throw notFound('game log');
      const { html, fetchedAtMs } = await readDetail(deps, terminal, request.dataId);
      return { log: gameLogMessage(row), html, fetchedAtMs: BigInt(fetchedAtMs) };
    },
  };
}

/** Tells about every second how far it is; ends with OK, or with what went wrong. */
async function serveHarvest(
  { harvest, log, now }: ServiceDeps,
  call: ServerWritableStream<HarvestRequest, HarvestProgress>,
  { service, requestId }: CallContext,
): Promise<void> {
  const canceled = new AbortController();
  call.on('cancelled', () => canceled.abort());
  const progress = newProgress();
  const tell = (finished: boolean): void => {
    if (!call.writableNeedDrain) call.write(progressMessage(progress, finished));
  };
  const timer = setInterval(() => tell(false), TELL_EVERY_MS);
  try {
    await harvest.byHand(choiceOf(call.request, now()), { progress, signal: canceled.signal, requestId });
    call.write(progressMessage(progress, true));
    call.end();
    log.info({ service, requestId, ...progress }, 'harvested by hand');
  } catch (error) {
    const fault = canceled.signal.aborted ? new Fault(status.CANCELLED, 'canceled') : faultOf(error);
    log.warn(
      { service, requestId, ...progress, code: status[fault.code], err: loggable(error) },
      'harvest by hand ended',
    );
    call.emit('error', { code: fault.code, details: fault.message });
  } finally {
    clearInterval(timer);
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof StargameAway) return unavailable("StarGame can't be asked", error.cause);
  if (codeOf(error) === status.NOT_FOUND) return notFound('terminal');
  if (codeOf(error) !== undefined) return unavailable("the wallet can't be asked", error);
  if (error instanceof Error && error.name === 'AbortError') return unavailable('this process is stopping', error);
  return toFault(error);
}

const progressMessage = (progress: RunProgress, finished: boolean): HarvestProgress =>
  create(HarvestProgressSchema, {
    terminals: progress.terminals,
    terminalsDone: progress.done,
    terminalsFailed: progress.failed,
    recordsRead: BigInt(progress.read),
    recordsNew: BigInt(progress.fresh),
    finished,
  });

function choiceOf(request: HarvestRequest, nowMs: number): HarvestChoice {
  const { hallId: hall, uid, fromMs } = request;
  const hallId = hallOrAll(hall);
  if (uid !== '' && hallId === '') throw invalidArgument('hall_id', 'must be there where uid is');
  const chosen = { hallId, uid: uid === '' ? '' : stargameId('uid', uid) };
  if (fromMs === 0n && request.untilMs === 0n) return { ...chosen, span: null };
  const untilMs = request.untilMs === 0n ? BigInt(nowMs) : request.untilMs;
  if (fromMs < BigInt(nowMs - KEPT_MS)) throw invalidArgument('from_ms', 'must be at most seven days ago');
  if (untilMs <= fromMs) throw invalidArgument('until_ms', 'must be after from_ms');
  if (untilMs > BigInt(nowMs)) throw invalidArgument('until_ms', 'must not be in the future');
  return { ...chosen, span: { fromMs: Number(fromMs), untilMs: Number(untilMs) } };
}

const hallOrAll = (hallId: string): string => (hallId === '' ? '' : stargameId('hall_id', hallId));

const terminalOf = ({ hallId, uid }: TerminalId): TerminalId => ({
  hallId: stargameId('hall_id', hallId),
  uid: stargameId('uid', uid),
});

function listSpan({ fromMs, untilMs }: ListGameLogsRequest, nowMs: number): { fromMs: bigint; untilMs: bigint } {
  if (fromMs < 0n) throw invalidArgument('from_ms', 'must not be negative');
  if (untilMs < 0n) throw invalidArgument('until_ms', 'must not be negative');
  return { fromMs, untilMs: untilMs === 0n ? BigInt(nowMs) + 1n : untilMs };
}

function afterOf(token: string): { playedAtMs: bigint; dataId: bigint } | null {
  const key = pageKey(token, 2);
  if (key === null) return null;
  if (!key.every((part) => /^[0-9]{1,19}$/.test(part))) throw invalidArgument('page_token', 'is not one of this list');
  const [playedAtMs = '0', dataId = '0'] = key;
  return { playedAtMs: BigInt(playedAtMs), dataId: BigInt(dataId) };
}
