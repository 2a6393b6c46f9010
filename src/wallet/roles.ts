import { type MethodRoles, type RoleTable, rolesOf } from '../common/grpc-access.ts';
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

/** The role that each method asks for. Total: a method that is missing here doesn't compile. */
const MONEY_ROLES = {
  operate: 'money',
  bet: 'money',
  win: 'money',
  refund: 'money',
  cancel: 'money',
  deposit: 'money',
  withdraw: 'money',
  correct: 'admin',
  getBalance: 'read',
  getTransaction: 'read',
  listTransactions: 'read',
  listPlay: 'read',
  getRound: 'read',
  finishRound: 'money',
  verify: 'read',
} as const satisfies RoleTable<typeof MoneyService>;

const PLAYER_ROLES = {
  createPlayer: 'admin',
  getPlayer: 'read',
  listPlayers: 'read',
  updatePlayer: 'admin',
  blockPlayer: 'admin',
  unblockPlayer: 'admin',
  getLimits: 'read',
  setLimits: 'admin',
} as const satisfies RoleTable<typeof PlayerService>;

const SESSION_ROLES = {
  openSession: 'money',
  openSessions: 'money',
  getSession: 'read',
  closeSession: 'money',
  listSessions: 'read',
} as const satisfies RoleTable<typeof SessionService>;

const OPERATOR_ROLES = {
  createOperator: 'admin',
  getOperator: 'read',
  listOperators: 'read',
  updateOperator: 'admin',
  listCredentials: 'provider',
} as const satisfies RoleTable<typeof OperatorService>;

const GAME_ROLES = {
  setGame: 'admin',
  listGames: 'read',
  syncGames: 'jobs',
  listDisabledGames: 'read',
} as const satisfies RoleTable<typeof GameService>;

const STOP_ROLES = {
  addStop: ['admin', 'ops'],
  removeStop: ['admin', 'ops'],
  listStops: 'read',
} as const satisfies RoleTable<typeof StopService>;

const OUTBOX_ROLES = {
  claimMessages: 'jobs',
  completeMessages: 'jobs',
  getOutboxStats: 'read',
} as const satisfies RoleTable<typeof OutboxService>;

const HALL_ROLES = {
  createHall: 'admin',
  updateHall: 'admin',
  listHalls: 'read',
  listHallCredentials: 'provider',
  setAgent: 'admin',
  listAgents: 'read',
  listAgentCredentials: 'provider',
  linkTerminal: ['admin', 'jobs'],
  unlinkTerminal: 'admin',
  getTerminal: 'read',
  listTerminals: 'read',
  setTerminalPasswords: ['admin', 'jobs'],
  listTerminalCredentials: 'provider',
  listActiveTerminals: 'read',
} as const satisfies RoleTable<typeof HallService>;

const BOOKKEEPING_ROLES = {
  sumRounds: 'jobs',
  sweepLedger: 'jobs',
  listDayTotals: 'read',
  listAnomalies: 'read',
  sumPlayedDays: 'read',
  listPlayedTransactions: 'read',
  explainPlayedDay: 'read',
} as const satisfies RoleTable<typeof BookkeepingService>;

const AUDIT_ROLES = { recordAudit: 'ops', listAudit: 'read' } as const satisfies RoleTable<typeof AuditService>;

export const WALLET_METHOD_ROLES: MethodRoles = new Map([
  ...rolesOf(MoneyService, MONEY_ROLES),
  ...rolesOf(PlayerService, PLAYER_ROLES),
  ...rolesOf(SessionService, SESSION_ROLES),
  ...rolesOf(OperatorService, OPERATOR_ROLES),
  ...rolesOf(GameService, GAME_ROLES),
  ...rolesOf(StopService, STOP_ROLES),
  ...rolesOf(OutboxService, OUTBOX_ROLES),
  ...rolesOf(HallService, HALL_ROLES),
  ...rolesOf(BookkeepingService, BOOKKEEPING_ROLES),
  ...rolesOf(AuditService, AUDIT_ROLES),
]);
