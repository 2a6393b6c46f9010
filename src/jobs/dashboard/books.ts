import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { decimal } from '../../common/decimal.ts';
import type { UnaryMethod } from '../../common/grpc.ts';
import { AuditService } from '../../gen/wallet/v1/audit_pb.ts';
import { BookkeepingService, type DayTotals } from '../../gen/wallet/v1/bookkeeping_pb.ts';
import { OutboxService } from '../../gen/wallet/v1/outbox_pb.ts';
import { StopService } from '../../gen/wallet/v1/stops_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { Overview } from './overview.ts';
import { stopView } from './stops.ts';

/** What only the wallet knows; each null while it can't be had. */
export type Books = Pick<Overview, 'stops' | 'anomalies' | 'audit' | 'day'> & {
  outbox: { messages: number; oldestAtMs: number } | null;
};

export const NO_BOOKS: Books = { stops: null, anomalies: null, audit: null, day: null, outbox: null };

const RECENT_ANOMALIES = 10;
const RECENT_AUDIT = 15;
const REQUEST_ID = 'dashboard';

/** Asks for all of it at once; what the wallet does not give, or does not know yet, is null. Never throws. */
export async function readBooks(wallet: Wallet): Promise<Books> {
  const [stops, outbox, anomalies, audit, day] = await Promise.all([
    ask(wallet, StopService.method.listStops, {}),
    ask(wallet, OutboxService.method.getOutboxStats, {}),
    ask(wallet, BookkeepingService.method.listAnomalies, { limit: RECENT_ANOMALIES }),
    ask(wallet, AuditService.method.listAudit, { limit: RECENT_AUDIT }),
    ask(wallet, BookkeepingService.method.listDayTotals, {}),
  ]);
  return {
    stops: stops?.stops.map(stopView) ?? null,
    outbox: outbox && { messages: outbox.messages, oldestAtMs: Number(outbox.oldestAtMs) },
    anomalies: anomalies && {
      standing: anomalies.standing,
      recent: anomalies.anomalies.map((anomaly) => ({ ...anomaly, atMs: Number(anomaly.foundAtMs) })).map(anomalyView),
    },
    audit:
      audit?.entries.map(({ atMs, actor, action, target, detail }) => ({
        atMs: Number(atMs),
        actor,
        action,
        target,
        detail,
      })) ?? null,
    day: day && dayViews(day.totals),
  };
}

async function ask<I extends DescMessage, O extends DescMessage>(
  wallet: Wallet,
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O> | null> {
  return await wallet.call(method, request, REQUEST_ID).catch(() => null);
}

type AnomalyFields = {
  kind: string;
  operatorId: string;
  userId: string;
  roundId: string;
  detail: string;
  atMs: number;
};

const anomalyView = ({ kind, operatorId, userId, roundId, detail, atMs }: AnomalyFields) => ({
  kind,
  operatorId,
  userId,
  roundId,
  detail,
  atMs,
});

/** Games and vendors put together: one line for each operator and currency, the most played first. */
function dayViews(totals: readonly DayTotals[]): Overview['day'] {
  const groups = Map.groupBy(totals, ({ operatorId, currencyCode }) => `${operatorId} ${currencyCode}`);
  const sum = (all: readonly DayTotals[], field: 'betUnits' | 'winUnits' | 'grossGamingRevenueUnits'): bigint =>
    all.reduce((units, row) => units + row[field], 0n);
  return [...groups.values()]
    .sort((a, b) => (sum(a, 'betUnits') > sum(b, 'betUnits') ? -1 : 1))
    .map((rows) => ({
      operatorId: rows[0]?.operatorId ?? '',
      currency: rows[0]?.currencyCode ?? '',
      bets: decimal(sum(rows, 'betUnits')),
      wins: decimal(sum(rows, 'winUnits')),
      ggr: decimal(sum(rows, 'grossGamingRevenueUnits')),
      rounds: rows.reduce((count, row) => count + Number(row.roundCount), 0),
    }));
}
