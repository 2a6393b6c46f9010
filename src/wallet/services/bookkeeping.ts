import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type {
  AnomalySchema,
  BookkeepingService,
  DayTotalsSchema,
  ListDayTotalsRequest,
  RoundToSum,
} from '../../gen/wallet/v1/bookkeeping_pb.ts';
import type { AnomalyRules } from '../books/anomalies.ts';
import { grossGamingRevenueUnits } from '../books/totals.ts';
import { dayOf } from '../core/limits.ts';
import { formatDay, parseSpan } from './book-days.ts';
import { sumRounds } from './bookkeeping-rounds.ts';
import { DAY_COLUMNS, sumsOf } from './bookkeeping-rows.ts';
import { sweepLedger } from './bookkeeping-sweep.ts';
import { sumPlayedDays } from './played-days.ts';
import { explainPlayedDay, listPlayedTransactions } from './played-transactions.ts';

export type BookkeepingDeps = {
  pool: Pool;
  now: () => number;
  promotional: AnomalyRules['promotional'];
  /** How old a bet without a result may grow before it is an anomaly. */
  roundOpenMaxMs: number;
};

const MAX_ROUNDS = 100;
const DEFAULT_ROWS = 10_000;
const MAX_ROWS = 100_000;
const MAX_DAYS = 366;
const MAX_TOTALS = 10_000;
const DEFAULT_ANOMALIES = 100;
const MAX_ANOMALIES = 1_000;
const COUNTED_UP_TO = 100_001;
const ROUND_ID = /^[!-~]{1,64}$/;

export function createBookkeepingService(deps: BookkeepingDeps): ServiceHandlers<typeof BookkeepingService> {
  const { pool, now, promotional } = deps;
  const rulesAt = (nowMs: number): AnomalyRules => ({ promotional, overdueBeforeMs: nowMs - deps.roundOpenMaxMs });
  return {
    async sumRounds({ rounds }) {
      if (rounds.length < 1 || rounds.length > MAX_ROUNDS)
        throw invalidArgument('rounds', `must be 1 to ${MAX_ROUNDS}`);
      const nowMs = now();
      return { found: await sumRounds({ pool, nowMs, rules: rulesAt(nowMs) }, rounds.map(checkRound)) };
    },

    async sweepLedger(request) {
      const rowsMax = fields.numberOr(DEFAULT_ROWS, 'rows', request.rows, { min: 1, max: MAX_ROWS });
      const nowMs = now();
      const { untilMs, rows, caughtUp } = await sweepLedger({ pool, nowMs, rules: rulesAt(nowMs) }, rowsMax);
      return { sweptUntilMs: BigInt(untilMs), rows, caughtUp };
    },

    async listDayTotals(request) {
      const totals = await selectDayTotals(pool, daysOf(request, now()), request.operatorId);
      return { totals: totals.map(toDayTotals) };
    },

    sumPlayedDays: (request) => sumPlayedDays(pool, request),
    listPlayedTransactions: (request) => listPlayedTransactions(pool, request),
    explainPlayedDay: (request) => explainPlayedDay(pool, request),

    async listAnomalies(request) {
      const limit = fields.numberOr(DEFAULT_ANOMALIES, 'limit', request.limit, { min: 1, max: MAX_ANOMALIES });
      const rows = await selectAnomalies(pool, limit, request.includeResolved);
      return { anomalies: rows.map(toAnomaly), standing: await countStanding(pool) };
    },
  };
}

function checkRound(round: RoundToSum): RoundToSum {
  fields.provider(round.provider, 'provider');
  if (!ROUND_ID.test(round.roundId)) throw invalidArgument('round_id', 'must be 1 to 64 visible ASCII characters');
  return round;
}

const daysOf = ({ fromDay, toDay }: ListDayTotalsRequest, nowMs: number): [number, number] =>
  parseSpan(fromDay === '' ? formatDay(dayOf(nowMs)) : fromDay, toDay, MAX_DAYS);

type DayTotalsRow = {
  day: number;
  operator_id: string;
  provider: string;
  game_id: string;
  currency_code: string;
  vendor: string;
  bet_count: bigint;
  bet_units: bigint;
  win_count: bigint;
  win_units: bigint;
  refund_count: bigint;
  refund_units: bigint;
  free_spin_count: bigint;
  free_spin_win_units: bigint;
  rake_ten_thousandths: bigint;
  round_count: bigint;
  jackpot_count: bigint;
  jackpot_units: bigint;
};

async function selectDayTotals(pool: Pool, [from, to]: [number, number], operatorId: string): Promise<DayTotalsRow[]> {
  const ofOperator = operatorId === '' ? '' : 'AND operator_id = ?';
  const rows = await selectRows<DayTotalsRow>(
    pool,
    `SELECT day, operator_id, provider, game_id, currency_code, vendor, ${sumsOf(DAY_COLUMNS)}
     FROM day_totals WHERE day >= ? AND day <= ? ${ofOperator}
     GROUP BY day, operator_id, provider, game_id, currency_code, vendor
     ORDER BY day, operator_id, provider, game_id, currency_code, vendor LIMIT ?`,
    [from, to, ...(operatorId === '' ? [] : [fields.operatorId(operatorId)]), MAX_TOTALS + 1],
  );
  if (rows.length > MAX_TOTALS) throw invalidArgument('to_day', `more than ${MAX_TOTALS} totals: ask for fewer days`);
  return rows;
}

function toDayTotals(row: DayTotalsRow): MessageInitShape<typeof DayTotalsSchema> {
  const sums = { betUnits: row.bet_units, winUnits: row.win_units, refundUnits: row.refund_units };
  return {
    ...sums,
    day: formatDay(row.day),
    operatorId: row.operator_id,
    provider: row.provider,
    vendor: row.vendor,
    gameId: row.game_id,
    currencyCode: row.currency_code,
    betCount: row.bet_count,
    winCount: row.win_count,
    refundCount: row.refund_count,
    freeSpinCount: row.free_spin_count,
    freeSpinWinUnits: row.free_spin_win_units,
    rakeTenThousandths: row.rake_ten_thousandths,
    roundCount: row.round_count,
    jackpotCount: row.jackpot_count,
    jackpotUnits: row.jackpot_units,
    grossGamingRevenueUnits: grossGamingRevenueUnits(sums),
  };
}

type AnomalyRow = {
  player_id: bigint;
  operator_id: string;
  user_id: string;
  provider: string;
  round_id: string;
  game_id: string;
  kind: string;
  detail: string;
  found_at_ms: bigint;
  resolved_at_ms: bigint | null;
};

function selectAnomalies(pool: Pool, limit: number, includeResolved: boolean): Promise<AnomalyRow[]> {
  return selectRows<AnomalyRow>(
    pool,
    `SELECT a.player_id, p.operator_id, p.user_id, a.provider, a.round_id, a.game_id, a.kind, a.detail, a.found_at_ms,
       a.resolved_at_ms
     FROM anomalies a JOIN players p ON p.player_id = a.player_id
     ${includeResolved ? '' : 'WHERE a.resolved_at_ms IS NULL'}
     ORDER BY a.found_at_ms DESC, a.player_id DESC, a.provider DESC, a.round_id DESC, a.kind DESC LIMIT ?`,
    [limit],
  );
}

async function countStanding(pool: Pool): Promise<number> {
  const row = await selectRow<{ count: bigint }>(
    pool,
    `SELECT COUNT(*) AS count FROM (SELECT 1 FROM anomalies WHERE resolved_at_ms IS NULL LIMIT ${COUNTED_UP_TO}) AS standing`,
  );
  return Number(row?.count ?? 0);
}

function toAnomaly(row: AnomalyRow): MessageInitShape<typeof AnomalySchema> {
  return {
    playerId: row.player_id,
    operatorId: row.operator_id,
    userId: row.user_id,
    provider: row.provider,
    roundId: row.round_id,
    gameId: row.game_id,
    kind: row.kind,
    detail: row.detail,
    foundAtMs: row.found_at_ms,
    resolvedAtMs: row.resolved_at_ms ?? 0n,
  };
}
