import { randomUUID } from 'node:crypto';
import { type ServiceError, status } from '@grpc/grpc-js';
import { RemoteError } from '../../../adapter/outbound/remote-error.ts';
import type { PlatformOperator } from '../../../adapter/platform/client/types.ts';
import { inTransaction, loggable } from '../../../common/db.ts';
import { Fault } from '../../../common/fault.ts';
import { GameService } from '../../../gen/wallet/v1/games_pb.ts';
import { codeOf } from '../../wallet.ts';
import type { PlatformDeps } from '../deps.ts';
import { failPull, finishPull, type Pull } from '../pulls.ts';
import { type Diff, diffEntries } from './diff.ts';
import { type GameFields, gamesOf, type ListedEntry, type Listing, lobbiesOf } from './entries.ts';
import type { CatalogueMetrics } from './metrics.ts';
import { GAMES, LOBBIES, makeDue, readKnown, releasePull, type Shelf, writeDiff } from './store.ts';

/** What became of reading a list. `error`: empty: done. */
export type Synced = {
  listed: number;
  added: number;
  changed: number;
  missing: number;
  back: number;
  error: string;
};

export type SyncDeps = Pick<PlatformDeps, 'pool' | 'wallet' | 'client' | 'operators' | 'log' | 'now' | 'config'> & {
  metrics: CatalogueMetrics;
  stopping: AbortSignal;
};

type Call = { pull: Pull; signal: AbortSignal; requestId: string };
type Stored = { diff: Diff; listed: number; leftOut: number };

/** Of the wallet: SyncGames. */
const WALLET_CHUNK = 1_000;
/** A list of so many that loses more than half of them is worth a look. Nothing is deleted by it, so it is believed. */
const SUSPICIOUS_FROM = 20;

/** Another process has the pull by now. */
class LeaseLost extends Error {
  constructor() {
    super('it took too long: another process has it now');
    this.name = 'LeaseLost';
  }
}

/**
 * Reads a list that was taken up, and stores it. The wallet hears of games first: it decides on bets, and hearing of them twice changes
 * nothing. Own tables, what changed, and that it is done are one transaction, so a process that dies leaves all of it to do again, and
 * each change is told of once. Never rejects.
 */
export function createSync(deps: SyncDeps): (pull: Pull) => Promise<Synced> {
  const { pool, client, operators, log, now, config, metrics, stopping } = deps;

  const read = async (call: Call): Promise<Stored> => {
    const operator = await operators.find(call.pull.operatorId);
    if (operator === null) throw new Fault(status.NOT_FOUND, 'the operator is not known');
    return call.pull.kind === 'games' ? readGames(call, operator) : readLobbies(call, operator);
  };

  const readGames = async (call: Call, operator: PlatformOperator): Promise<Stored> => {
    const listing = gamesOf(await client.listGames(operator, { signal: call.signal }));
    await tellWallet(call, listing);
    return store(call.pull, GAMES, listing);
  };

  const readLobbies = async ({ pull, signal }: Call, operator: PlatformOperator): Promise<Stored> =>
    store(pull, LOBBIES, lobbiesOf(await client.listLobbies(operator, { signal })));

  const tellWallet = async ({ pull, signal, requestId }: Call, { entries }: Listing<GameFields>): Promise<void> => {
    const games = [...entries].map(([gameId, { fields }]) => ({
      ...{ gameId, vendor: fields.vendor, title: fields.title, enabled: fields.enabled },
    }));
    for (let from = 0; from < games.length; from += WALLET_CHUNK) {
      // An older list must not undo what a newer one has told.
      if (now() >= pull.leasedUntilMs) throw new LeaseLost();
      signal.throwIfAborted();
      const chunk = { operatorId: pull.operatorId, games: games.slice(from, from + WALLET_CHUNK) };
      await deps.wallet.call(GameService.method.syncGames, chunk, requestId);
    }
  };

  const store = async <F extends Record<string, string | boolean>>(
    pull: Pull,
    shelf: Shelf<F>,
    { entries, leftOut }: { entries: ReadonlyMap<string, ListedEntry<F>>; leftOut: number },
  ): Promise<Stored> => {
    const { operatorId } = pull;
    const { diff, knownBefore } = await inTransaction(pool, async (connection) => {
      const nowMs = now();
      // First, for its row is what holds up anybody else who writes this list.
      const dueAtMs = nowMs + config.CATALOGUE_EVERY_MS;
      if (!(await finishPull(connection, pull, { nowMs, dueAtMs }))) throw new LeaseLost();
      const known = await readKnown(connection, shelf, operatorId);
      const changes = diffEntries(known, entries);
      await writeDiff(connection, shelf, { operatorId, entries, diff: changes, nowMs });
      return { diff: changes, knownBefore: [...known.values()].filter((entry) => !entry.isMissing).length };
    });
    if (knownBefore >= SUSPICIOUS_FROM && diff.missing.length * 2 > knownBefore) {
      log.warn(
        { operatorId, list: pull.kind, knownBefore, missing: diff.missing.length },
        'a list has lost more than half of its entries',
      );
    }
    return { diff, listed: entries.size, leftOut };
  };

  const succeeded = ({ pull, requestId }: Call, { diff, listed, leftOut }: Stored, startedAtMs: number): Synced => {
    const { operatorId, kind: list } = pull;
    const counts = {
      added: diff.added.length,
      changed: diff.changed.length,
      missing: diff.missing.length,
      back: diff.back.length,
    };
    for (const [change, count] of Object.entries(counts)) {
      metrics.changes.inc({ operator: operatorId, list, change }, count);
    }
    const level = leftOut > 0 ? 'warn' : 'info';
    log[level](
      { operatorId, list, listed, leftOut, ...counts, durationMs: now() - startedAtMs, requestId },
      'catalogue synced',
    );
    return { listed, ...counts, error: '' };
  };

  const failed = async ({ pull, requestId }: Call, error: unknown): Promise<Synced> => {
    const { operatorId, kind: list } = pull;
    const nothing = { listed: 0, added: 0, changed: 0, missing: 0, back: 0 };
    if (stopping.aborted) {
      await releasePull(pool, pull);
      return { ...nothing, error: 'this process is stopping' };
    }
    metrics.failures.inc({ operator: operatorId, list });
    const reason = describe(error);
    log.warn({ operatorId, list, requestId, err: loggable(error) }, `catalogue not synced: ${reason}`);
    if (error instanceof LeaseLost) await makeDue(pool, pull, now());
    else await failPull(pool, pull, reason, now());
    return { ...nothing, error: reason };
  };

  return async (pull) => {
    const startedAtMs = now();
    const leaseEnd = AbortSignal.timeout(Math.max(0, pull.leasedUntilMs - startedAtMs));
    const call: Call = { pull, signal: AbortSignal.any([stopping, leaseEnd]), requestId: randomUUID() };
    try {
      return succeeded(call, await read(call), startedAtMs);
    } catch (error) {
      return await failed(call, error).catch((cause: unknown) => {
        // Its lease runs out by itself.
        log.error({ operatorId: pull.operatorId, list: pull.kind, err: loggable(cause) }, "can't note a failed sync");
        return { listed: 0, added: 0, changed: 0, missing: 0, back: 0, error: describe(error) };
      });
    }
  };
}

/** For people, without secrets. */
function describe(error: unknown): string {
  if (error instanceof RemoteError || error instanceof Fault || error instanceof LeaseLost) return error.message;
  const code = codeOf(error);
  if (code !== undefined) return `the wallet: ${status[code]} ${(error as ServiceError).details}`;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return 'it took too long';
  return 'internal error';
}
