import { userKey } from '../core/keys.ts';
import type { Identity, Limits, State } from '../core/state.ts';
import { integer, isNull, type Load, type Row, text, units, unitsOrNull } from './sql.ts';

const LIMIT_COLUMNS = `l.bet_max_units, l.stake_day_units, l.stake_week_units, l.stake_month_units, l.loss_day_units,
  l.loss_week_units, l.loss_month_units`;

/** Each column costs, in every batch, as much as a value: what only reads answer is in READ_COLUMNS. */
const PLAYER_COLUMNS = `p.player_id, p.operator_id, p.user_id, p.currency_code, p.blocked_at_ms, a.balance_units, a.seq,
  a.counted_day, a.stake_day_units, a.stake_week_units, a.stake_month_units, a.loss_day_units, a.loss_week_units,
  a.loss_month_units, l.player_id, ${LIMIT_COLUMNS}`;

export const READ_COLUMNS = `${PLAYER_COLUMNS}, p.user_name, p.display_name, p.country, p.player_group`;

/** By the primary keys, also where the tables are so small that the server would rather read, and lock, all of them. */
export function lockedPlayers(playerIds: readonly bigint[], skipLocked: boolean): Load {
  return {
    sql: `SELECT ${PLAYER_COLUMNS} FROM accounts a FORCE INDEX (PRIMARY)
      STRAIGHT_JOIN players p FORCE INDEX (PRIMARY) ON p.player_id = a.player_id
      LEFT JOIN limits l ON l.player_id = a.player_id
      WHERE a.player_id IN (${playerIds.join(',')}) ORDER BY a.player_id FOR UPDATE${skipLocked ? ' SKIP LOCKED' : ''}`,
    read: readPlayers,
  };
}

/**
 * A row of limits that is being changed would be skipped too, and its player be without limits: they are read again, as they
 * were before that change.
 */
export function limitsOf(playerIds: readonly bigint[]): Load {
  return {
    sql: `SELECT l.player_id, ${LIMIT_COLUMNS} FROM limits l WHERE l.player_id IN (${playerIds.join(',')})`,
    read: (state, rows) => {
      for (const row of rows) {
        const player = state.playersById.get(units(row, 0));
        if (player !== undefined) player.limits = readLimits(row, 1);
      }
    },
  };
}

export function readPlayers(state: State, rows: readonly Row[]): void {
  for (const row of rows) {
    const playerId = units(row, 0);
    const player = {
      playerId,
      operatorId: text(row, 1),
      userId: text(row, 2),
      currencyCode: text(row, 3),
      blocked: !isNull(row, 4),
      limits: isNull(row, 14) ? null : readLimits(row, 15),
      identity: row.length > IDENTITY_COLUMN ? readIdentity(row) : null,
    };
    state.playersById.set(playerId, player);
    state.playersByUser.set(userKey(player.operatorId, player.userId), player);
    state.accounts.set(playerId, {
      balanceUnits: units(row, 5),
      seq: units(row, 6),
      counters: {
        day: integer(row, 7),
        stakeDayUnits: units(row, 8),
        stakeWeekUnits: units(row, 9),
        stakeMonthUnits: units(row, 10),
        lossDayUnits: units(row, 11),
        lossWeekUnits: units(row, 12),
        lossMonthUnits: units(row, 13),
      },
    });
  }
}

function readLimits(row: Row, at: number): Limits {
  return {
    betMaxUnits: unitsOrNull(row, at),
    stakeDayUnits: unitsOrNull(row, at + 1),
    stakeWeekUnits: unitsOrNull(row, at + 2),
    stakeMonthUnits: unitsOrNull(row, at + 3),
    lossDayUnits: unitsOrNull(row, at + 4),
    lossWeekUnits: unitsOrNull(row, at + 5),
    lossMonthUnits: unitsOrNull(row, at + 6),
  };
}

const IDENTITY_COLUMN = 22;

function readIdentity(row: Row): Identity {
  const at = IDENTITY_COLUMN;
  return {
    userName: text(row, at),
    displayName: text(row, at + 1),
    country: text(row, at + 2),
    group: text(row, at + 3),
  };
}
