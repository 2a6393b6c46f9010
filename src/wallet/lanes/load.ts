import { OperationKind } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, listedGameKey, roundKey, stopKey, transactionKey, WIN_SUFFIX } from '../core/keys.ts';
import { reasonOf } from '../core/reasons.ts';
import { emptyState, type State, type StoredStatus, type TransactionKind } from '../core/state.ts';
import { limitsOf, lockedPlayers, READ_COLUMNS, readPlayers } from './load-players.ts';
import type { Request } from './request.ts';
import { integer, isNull, type Load, quote, quoteAll, type Row, text, units } from './sql.ts';

/**
 * What a money batch is decided on. Accounts come first and locked, in the order of their ids: batches of several lanes and
 * processes that share players would deadlock on each other in any other order. What follows is read after the locks are
 * held, and so sees everything that the last holder committed. With `skipLocked`, players that others hold are left out.
 */
export function moneyLoads(requests: readonly Request[], skipLocked: boolean): Load[] {
  const playerIds = new Set<bigint>();
  for (const { playerId } of requests) if (playerId !== null) playerIds.add(playerId);
  const sorted = [...playerIds].sort((a, b) => (a < b ? -1 : 1));
  return [
    ...(sorted.length === 0 ? [] : [lockedPlayers(sorted, skipLocked)]),
    ...(sorted.length === 0 || !skipLocked ? [] : [limitsOf(sorted)]),
    ...transactions(requests),
    ...sessionsOf(requests),
    ...games(requests),
    ...stops(requests),
    ...rounds(requests),
    ...playedRounds(requests),
  ];
}

/** What reads are answered from; takes no locks. */
export function readLoads(requests: readonly Request[]): Load[] {
  return [
    ...playersByUser(requests),
    ...playersByToken(requests),
    ...transactions(requests),
    ...gamesOfTokens(requests),
    ...stops(requests),
  ];
}

export function readState(loads: readonly Load[], results: readonly (readonly Row[])[]): State {
  const state = emptyState();
  loads.forEach((load, index) => {
    load.read(state, results[index] ?? []);
  });
  return state;
}

function playersByUser(requests: readonly Request[]): Load[] {
  const users = groupBy(
    requests.filter(({ operation }) => operation.kind !== OperationKind.AUTHENTICATE),
    ({ operation }) => operation.operatorId,
    ({ operation }) => operation.userId,
  );
  return Array.from(users, ([operatorId, userIds]) => ({
    sql: `SELECT ${READ_COLUMNS} FROM players p JOIN accounts a ON a.player_id = p.player_id
      LEFT JOIN limits l ON l.player_id = p.player_id
      WHERE p.operator_id = ${quote(operatorId)} AND p.user_id IN (${quoteAll(userIds)})`,
    read: readPlayers,
  }));
}

function playersByToken(requests: readonly Request[]): Load[] {
  const tokens = tokensOf(requests);
  if (tokens.size === 0) return [];
  return [
    sessions(tokens),
    {
      sql: `SELECT ${READ_COLUMNS} FROM sessions s JOIN players p ON p.player_id = s.player_id
        JOIN accounts a ON a.player_id = s.player_id LEFT JOIN limits l ON l.player_id = s.player_id
        WHERE s.token IN (${quoteAll(tokens)})`,
      read: readPlayers,
    },
  ];
}

function transactions(requests: readonly Request[]): Load[] {
  const ids = groupBy(
    requests.filter(({ operation }) => operation.transactionId !== ''),
    ({ operation }) => `${operation.operatorId} ${operation.provider}`,
    ({ operation }) => operation.transactionId,
  );
  for (const { operation } of requests) {
    if (operation.winUnits === 0n) continue;
    ids.get(`${operation.operatorId} ${operation.provider}`)?.add(`${operation.transactionId}${WIN_SUFFIX}`);
  }
  return Array.from(ids, ([key, transactionIds]) => {
    const [operatorId = '', provider = ''] = key.split(' ');
    return {
      // The reversal of an id comes after what it undoes.
      sql: `SELECT transaction_id, is_reversal, player_id, kind, status, reason, amount_units, currency_code, round_id,
        game_id, balance_after_units, created_at_ms FROM transactions
        WHERE operator_id = ${quote(operatorId)} AND provider = ${quote(provider)}
        AND transaction_id IN (${quoteAll(transactionIds)}) ORDER BY transaction_id, is_reversal`,
      read: (state, rows) => readTransactions(state, operatorId, provider, rows),
    };
  });
}

function readTransactions(state: State, operatorId: string, provider: string, rows: readonly Row[]): void {
  for (const row of rows) {
    const key = transactionKey(operatorId, provider, text(row, 0));
    const known = state.transactions.get(key);
    if (integer(row, 1) === 1) {
      if (known === undefined) throw new Error(`the ledger holds a reversal without its transaction: ${key}`);
      known.reversed = true;
      continue;
    }
    state.transactions.set(key, {
      playerId: units(row, 2),
      kind: text(row, 3) as TransactionKind,
      status: text(row, 4) as StoredStatus,
      reason: reasonOf(text(row, 5)),
      amountUnits: units(row, 6),
      currencyCode: text(row, 7),
      roundId: text(row, 8),
      gameId: text(row, 9),
      balanceAfterUnits: units(row, 10),
      createdAtMs: integer(row, 11),
      reversed: false,
    });
  }
}

function tokensOf(requests: readonly Request[]): Set<string> {
  const tokens = new Set<string>();
  for (const { operation } of requests) if (operation.sessionToken) tokens.add(operation.sessionToken);
  return tokens;
}

function sessionsOf(requests: readonly Request[]): Load[] {
  const tokens = tokensOf(requests);
  return tokens.size === 0 ? [] : [sessions(tokens)];
}

function sessions(tokens: ReadonlySet<string>): Load {
  return {
    sql: `SELECT token, player_id, game_id, expires_at_ms, closed_at_ms, idle_timeout_ms, used_at_ms FROM sessions
      WHERE token IN (${quoteAll(tokens)})`,
    read: (state, rows) => {
      for (const row of rows) {
        state.sessions.set(text(row, 0), {
          playerId: units(row, 1),
          gameId: text(row, 2),
          expiresAtMs: integer(row, 3),
          closed: !isNull(row, 4),
          idleTimeoutMs: integer(row, 5),
          usedAtMs: integer(row, 6),
        });
      }
    },
  };
}

const isPlay = ({ operation }: Request): boolean =>
  operation.kind === OperationKind.BET || operation.kind === OperationKind.AUTHENTICATE;

/** The games that the tokens' sessions are for: a stop may name their vendor. */
function gamesOfTokens(requests: readonly Request[]): Load[] {
  const tokens = groupBy(
    requests.filter(({ operation }) => operation.kind === OperationKind.AUTHENTICATE),
    ({ operation }) => operation.provider,
    ({ operation }) => operation.sessionToken ?? '',
  );
  return Array.from(tokens, ([provider, ofProvider]) => ({
    sql: `SELECT g.game_id, g.enabled, g.vendor, g.is_pinned FROM sessions s JOIN games g ON g.game_id = s.game_id
      WHERE g.provider = ${quote(provider)} AND s.token IN (${quoteAll(ofProvider)})`,
    read: (state, rows) => readGames(state, provider, rows),
  }));
}

function games(requests: readonly Request[]): Load[] {
  const bets = requests.filter(({ operation }) => operation.kind === OperationKind.BET);
  const ids = groupBy(
    bets,
    ({ operation }) => operation.provider,
    ({ operation }) => operation.gameId,
  );
  const listed = Array.from(ids, ([provider, gameIds]) => ({
    sql: `SELECT game_id, enabled, vendor, is_pinned FROM games
      WHERE provider = ${quote(provider)} AND game_id IN (${quoteAll(gameIds)})`,
    read: (state: State, rows: readonly Row[]) => readGames(state, provider, rows),
  }));
  return [...listed, ...Array.from(ids, ([provider, gameIds]) => disabledGames(bets, provider, gameIds))];
}

/** Of all operators of the batch at once: a row that no bet asks about does no harm. */
function disabledGames(bets: readonly Request[], provider: string, gameIds: ReadonlySet<string>): Load {
  const operatorIds = new Set<string>();
  for (const { operation } of bets) if (operation.provider === provider) operatorIds.add(operation.operatorId);
  return {
    sql: `SELECT operator_id, game_id FROM disabled_games WHERE operator_id IN (${quoteAll(operatorIds)})
      AND provider = ${quote(provider)} AND game_id IN (${quoteAll(gameIds)})`,
    read: (state, rows) => {
      for (const row of rows) state.disabledGames.add(listedGameKey(text(row, 0), provider, text(row, 1)));
    },
  };
}

function readGames(state: State, provider: string, rows: readonly Row[]): void {
  for (const row of rows) {
    state.games.set(gameKey(provider, text(row, 0)), {
      enabled: integer(row, 1) === 1,
      vendor: text(row, 2),
      pinned: integer(row, 3) === 1,
    });
  }
}

function stops(requests: readonly Request[]): Load[] {
  if (!requests.some(isPlay)) return [];
  return [
    {
      sql: 'SELECT scope, scope_id FROM stops',
      read: (state, rows) => {
        for (const row of rows) state.stops.add(stopKey(text(row, 0), text(row, 1)));
      },
    },
  ];
}

/** `player_id = … AND provider = … AND round_id = …` for each round once; spelled out, because that is what both servers look up by key. */
function roundConditions(requests: readonly Request[]): string[] {
  const conditions = new Set<string>();
  for (const { playerId, operation } of requests) {
    if (playerId === null || operation.roundId === '') continue;
    conditions.add(
      `(player_id = ${playerId} AND provider = ${quote(operation.provider)} AND round_id = ${quote(operation.roundId)})`,
    );
  }
  return [...conditions];
}

function rounds(requests: readonly Request[]): Load[] {
  const conditions = roundConditions(requests);
  if (conditions.length === 0) return [];
  return [
    {
      sql: `SELECT player_id, provider, round_id, finished_at_ms, closed_at_ms FROM rounds WHERE ${conditions.join(' OR ')}`,
      read: (state, rows) => {
        for (const row of rows) {
          state.rounds.set(roundKey(units(row, 0), text(row, 1), text(row, 2)), {
            finished: !isNull(row, 3),
            closed: !isNull(row, 4),
          });
        }
      },
    },
  ];
}

function playedRounds(requests: readonly Request[]): Load[] {
  const finished = requests.filter(({ operation }) => operation.kind === OperationKind.FINISH_ROUND);
  const conditions = roundConditions(finished);
  if (conditions.length === 0) return [];
  return [
    {
      sql: `SELECT DISTINCT player_id, provider, round_id FROM transactions WHERE ${conditions.join(' OR ')}`,
      read: (state, rows) => {
        for (const row of rows) state.playedRounds.add(roundKey(units(row, 0), text(row, 1), text(row, 2)));
      },
    },
  ];
}

function groupBy<T>(
  items: readonly T[],
  group: (item: T) => string,
  member: (item: T) => string,
): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>();
  for (const item of items) {
    const key = group(item);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, new Set([member(item)]));
    else members.add(member(item));
  }
  return groups;
}
