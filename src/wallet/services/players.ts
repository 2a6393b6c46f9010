import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type Connection,
  change,
  inTransaction,
  isDuplicateKey,
  type Pool,
  type Queryable,
  selectRow,
} from '../../common/db.ts';
import { alreadyExists, invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { cutPage, pageKey } from '../../common/pages.ts';
import type {
  CreatePlayerRequest,
  Limits,
  LimitsSchema,
  PlayerSchema,
  PlayerService,
  UpdatePlayerRequest,
} from '../../gen/wallet/v1/players_pb.ts';
import { findOperator, parseStrings } from './operator-rows.ts';
import { findPlayer, lookUpPlayer, type PlayerRow, selectPlayersAfter } from './player-rows.ts';
import { touchTerminals } from './terminal-rows.ts';

export type PlayersDeps = { pool: Pool; now: () => number; newPlayerId: () => bigint };

const CREATE_ATTEMPTS = 5;
const DEFAULT_LANGUAGE = 'en';

export function createPlayersService({ pool, now, newPlayerId }: PlayersDeps): ServiceHandlers<typeof PlayerService> {
  return {
    async createPlayer(request) {
      const wanted = checkNewPlayer(request);
      const operator = await findOperator(pool, wanted.operator_id);
      for (let attempt = 1; attempt <= CREATE_ATTEMPTS; attempt += 1) {
        const existing = await lookUpPlayer(pool, wanted.operator_id, wanted.user_id);
        if (existing !== null) return samePlayer(existing, wanted);
        if (!parseStrings(operator.currencies).includes(wanted.currency_code)) {
          throw invalidArgument(
            'currency_code',
            `operator ${wanted.operator_id} does not have ${wanted.currency_code}`,
          );
        }
        const row = { ...wanted, player_id: newPlayerId(), blocked_at_ms: null, created_at_ms: BigInt(now()) };
        // Taken meanwhile: the user_id by the same call elsewhere, or (hardly ever) the player_id by chance.
        if (await insertPlayer(pool, row)) return toPlayer({ ...row, balance_units: 0n });
      }
      throw new Error('no free player id');
    },

    async getPlayer(request) {
      return toPlayer(await requestedPlayer(pool, request));
    },

    async listPlayers(request) {
      const operatorId = fields.operatorId(request.operatorId);
      const size = fields.pageSize(request.pageSize);
      const [after = ''] = pageKey(request.pageToken, 1) ?? [];
      await findOperator(pool, operatorId);
      const found = await selectPlayersAfter(pool, operatorId, after, size + 1);
      const { page, nextPageToken } = cutPage(found, size, (row) => [row.user_id]);
      return { players: page.map(toPlayer), nextPageToken };
    },

    async updatePlayer(request) {
      const values = checkUpdate(request);
      const player = await requestedPlayer(pool, request);
      if (Object.keys(values).length > 0) await updateRow(pool, player.player_id, values, now());
      return toPlayer(await requestedPlayer(pool, request));
    },

    async blockPlayer(request) {
      const player = await requestedPlayer(pool, request);
      // A block that stands keeps its first time.
      await change(pool, 'UPDATE players SET blocked_at_ms = ? WHERE player_id = ? AND blocked_at_ms IS NULL', [
        now(),
        player.player_id,
      ]);
      return toPlayer(await requestedPlayer(pool, request));
    },

    async unblockPlayer(request) {
      const player = await requestedPlayer(pool, request);
      await change(pool, 'UPDATE players SET blocked_at_ms = NULL WHERE player_id = ?', [player.player_id]);
      return toPlayer(await requestedPlayer(pool, request));
    },

    async getLimits(request) {
      const player = await requestedPlayer(pool, request);
      return readLimits(pool, player.player_id);
    },

    async setLimits(request) {
      // An absent message is a mistake more likely than the wish to lift all limits, which an empty one says.
      if (request.limits === undefined) throw invalidArgument('limits', 'must be present; empty for no limits');
      const columns = checkLimits(request.limits);
      const player = await requestedPlayer(pool, request);
      const names = Object.keys(columns);
      await change(pool, `REPLACE INTO limits (player_id, ${names.join(', ')}) VALUES (?)`, [
        [player.player_id, ...Object.values(columns)],
      ]);
      return readLimits(pool, player.player_id);
    },
  };
}

type NewPlayer = Pick<
  PlayerRow,
  'operator_id' | 'user_id' | 'user_name' | 'display_name' | 'country' | 'player_group' | 'currency_code' | 'language'
>;

function checkNewPlayer(request: CreatePlayerRequest): NewPlayer {
  return {
    operator_id: fields.operatorId(request.operatorId),
    user_id: fields.userId(request.userId),
    user_name: userName(request.userName),
    display_name: displayName(request.displayName),
    country: country(request.country),
    player_group: group(request.group),
    currency_code: fields.currencyCode(request.currencyCode),
    language: request.language === '' ? DEFAULT_LANGUAGE : fields.language(request.language),
  };
}

/** The columns that an update changes. */
function checkUpdate(request: UpdatePlayerRequest): Record<string, string> {
  return {
    ...(request.userName !== undefined && { user_name: userName(request.userName) }),
    ...(request.displayName !== undefined && { display_name: displayName(request.displayName) }),
    ...(request.country !== undefined && { country: country(request.country) }),
    ...(request.group !== undefined && { player_group: group(request.group) }),
    ...(request.language !== undefined && { language: fields.language(request.language) }),
  };
}

// Lengths: PLATFORM v2.49, authenticate, response parameters.
const userName = (value: string): string => fields.text('user_name', value, { min: 1, max: 255 });
const displayName = (value: string): string => fields.text('display_name', value, { min: 0, max: 100 });
const country = (value: string): string => fields.text('country', value, { min: 1, max: 100 });
const group = (value: string): string => fields.text('group', value, { min: 0, max: 100 });

function requestedPlayer(on: Queryable, request: { operatorId: string; userId: string }): Promise<PlayerRow> {
  return findPlayer(on, fields.operatorId(request.operatorId), fields.userId(request.userId));
}

const COMPARED: readonly { field: string; column: keyof NewPlayer }[] = [
  { field: 'user_name', column: 'user_name' },
  { field: 'display_name', column: 'display_name' },
  { field: 'country', column: 'country' },
  { field: 'group', column: 'player_group' },
  { field: 'currency_code', column: 'currency_code' },
  { field: 'language', column: 'language' },
];

/** The existing player, where a repeated create asks for the same; throws ALREADY_EXISTS otherwise. */
function samePlayer(existing: PlayerRow, wanted: NewPlayer): MessageInitShape<typeof PlayerSchema> {
  const differing = COMPARED.filter(({ column }) => existing[column] !== wanted[column]);
  if (differing.length === 0) return toPlayer(existing);
  const fieldNames = differing.map(({ field }) => field).join(', ');
  throw alreadyExists(`user_id: player ${wanted.user_id} exists with another ${fieldNames}`);
}

/** A language is told to games through the player's terminals too: these change with it, so that whoever watches them is told. */
async function updateRow(pool: Pool, playerId: bigint, values: Record<string, string>, nowMs: number): Promise<void> {
  const assignments = Object.keys(values).map((column) => `${column} = ?`);
  await inTransaction(pool, async (connection) => {
    await change(connection, `UPDATE players SET ${assignments.join(', ')} WHERE player_id = ?`, [
      ...Object.values(values),
      playerId,
    ]);
    if (values.language !== undefined) await touchTerminals(connection, playerId, nowMs);
  });
}

/** Inserts the player and their account; gives false where one of the two ids is taken. */
async function insertPlayer(pool: Pool, row: Omit<PlayerRow, 'balance_units'>): Promise<boolean> {
  try {
    await inTransaction(pool, async (connection) => {
      await insertRow(connection, 'players', row);
      await insertRow(connection, 'accounts', {
        player_id: row.player_id,
        balance_units: 0n,
        seq: 0n,
        counted_day: 0,
        stake_day_units: 0n,
        stake_week_units: 0n,
        stake_month_units: 0n,
        loss_day_units: 0n,
        loss_week_units: 0n,
        loss_month_units: 0n,
      });
    });
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

async function insertRow(
  connection: Connection,
  table: 'players' | 'accounts',
  row: Record<string, string | number | bigint | null>,
): Promise<void> {
  const columns = Object.keys(row).join(', ');
  await change(connection, `INSERT INTO ${table} (${columns}) VALUES (?)`, [Object.values(row)]);
}

type LimitColumns = Record<
  | 'bet_max_units'
  | 'loss_day_units'
  | 'loss_week_units'
  | 'loss_month_units'
  | 'stake_day_units'
  | 'stake_week_units'
  | 'stake_month_units',
  bigint | null
>;

function checkLimits(limits: Limits): LimitColumns {
  const limit = (name: string, value: bigint | undefined) => fields.limitUnits(value, `limits.${name}`);
  return {
    bet_max_units: limit('bet_max_units', limits.betMaxUnits),
    loss_day_units: limit('loss_day_units', limits.lossDayUnits),
    loss_week_units: limit('loss_week_units', limits.lossWeekUnits),
    loss_month_units: limit('loss_month_units', limits.lossMonthUnits),
    stake_day_units: limit('stake_day_units', limits.stakeDayUnits),
    stake_week_units: limit('stake_week_units', limits.stakeWeekUnits),
    stake_month_units: limit('stake_month_units', limits.stakeMonthUnits),
  };
}

async function readLimits(on: Queryable, playerId: bigint): Promise<MessageInitShape<typeof LimitsSchema>> {
  const row = await selectRow<LimitColumns>(on, 'SELECT * FROM limits WHERE player_id = ?', [playerId]);
  if (row === null) return {};
  return {
    ...(row.bet_max_units !== null && { betMaxUnits: row.bet_max_units }),
    ...(row.loss_day_units !== null && { lossDayUnits: row.loss_day_units }),
    ...(row.loss_week_units !== null && { lossWeekUnits: row.loss_week_units }),
    ...(row.loss_month_units !== null && { lossMonthUnits: row.loss_month_units }),
    ...(row.stake_day_units !== null && { stakeDayUnits: row.stake_day_units }),
    ...(row.stake_week_units !== null && { stakeWeekUnits: row.stake_week_units }),
    ...(row.stake_month_units !== null && { stakeMonthUnits: row.stake_month_units }),
  };
}

function toPlayer(row: PlayerRow): MessageInitShape<typeof PlayerSchema> {
  return {
    operatorId: row.operator_id,
    userId: row.user_id,
    userName: row.user_name,
    displayName: row.display_name,
    country: row.country,
    group: row.player_group,
    currencyCode: row.currency_code,
    balanceUnits: row.balance_units,
    blocked: row.blocked_at_ms !== null,
    createdAtMs: row.created_at_ms,
    language: row.language,
  };
}
