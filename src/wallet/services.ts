import type { ServiceHandlers } from '../common/grpc-handler.ts';
import { type Served, served } from '../common/grpc-server.ts';
import { AuditService } from '../gen/wallet/v1/audit_pb.ts';
import { BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { GameService } from '../gen/wallet/v1/games_pb.ts';
import { HallService } from '../gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import { PlayerService } from '../gen/wallet/v1/players_pb.ts';
import { SessionService } from '../gen/wallet/v1/sessions_pb.ts';
import { StopService } from '../gen/wallet/v1/stops_pb.ts';

/** The handlers of all services. */
export type WalletHandlers = {
  money: ServiceHandlers<typeof MoneyService>;
  players: ServiceHandlers<typeof PlayerService>;
  sessions: ServiceHandlers<typeof SessionService>;
  operators: ServiceHandlers<typeof OperatorService>;
  games: ServiceHandlers<typeof GameService>;
  stops: ServiceHandlers<typeof StopService>;
  outbox: ServiceHandlers<typeof OutboxService>;
  halls: ServiceHandlers<typeof HallService>;
  audit: ServiceHandlers<typeof AuditService>;
  bookkeeping: ServiceHandlers<typeof BookkeepingService>;
};

export function walletServices(handlers: WalletHandlers): Served[] {
  return [
    served(MoneyService, handlers.money),
    served(PlayerService, handlers.players),
    served(SessionService, handlers.sessions),
    served(OperatorService, handlers.operators),
    served(GameService, handlers.games),
    served(StopService, handlers.stops),
    served(OutboxService, handlers.outbox),
    served(HallService, handlers.halls),
    served(AuditService, handlers.audit),
    served(BookkeepingService, handlers.bookkeeping),
  ];
}

/** Asked every second or so by every adapter, jobs process and open dashboard: a line each would drown the others. */
export const POLLED_METHODS: ReadonlySet<string> = new Set([
  'OperatorService.ListCredentials',
  'HallService.ListHallCredentials',
  'HallService.ListTerminals',
  'HallService.ListAgentCredentials',
  'HallService.ListTerminalCredentials',
  'MoneyService.ListPlay',
  'OutboxService.ClaimMessages',
  'OutboxService.GetOutboxStats',
  'BookkeepingService.SweepLedger',
  'BookkeepingService.ListAnomalies',
  'StopService.ListStops',
]);
