import { type MethodRoles, type RoleTable, rolesOf } from '../common/grpc-access.ts';
import { CatalogueService } from '../gen/jobs/v1/catalogue_pb.ts';
import { HarvestService } from '../gen/jobs/v1/harvest_pb.ts';
import { PlatformService } from '../gen/jobs/v1/platform_pb.ts';
import { ReconciliationService } from '../gen/jobs/v1/reconciliation_pb.ts';
import { ReportService } from '../gen/jobs/v1/reports_pb.ts';
import { StargameService } from '../gen/jobs/v1/stargame_pb.ts';
import { TransferService } from '../gen/jobs/v1/transfers_pb.ts';

/** The role that each method asks for. Total: a method that is missing here doesn't compile. */
const STARGAME_ROLES = {
  registerTerminal: 'money',
  launch: 'money',
  closeSession: 'money',
  call: 'admin',
  listStargameGames: 'read',
} as const satisfies RoleTable<typeof StargameService>;

const TRANSFER_ROLES = {
  startTransfer: 'money',
  getTransfer: 'read',
  listTransfers: 'read',
  settleTransfer: 'admin',
} as const satisfies RoleTable<typeof TransferService>;

const HARVEST_ROLES = {
  harvest: 'ops',
  getHarvestCoverage: 'read',
  listGameLogs: 'read',
  getGameLog: 'read',
} as const satisfies RoleTable<typeof HarvestService>;

const RECONCILIATION_ROLES = {
  reconcile: 'ops',
  getReconciliationSummary: 'read',
  listDiscrepancies: 'read',
  getDiscrepancy: 'read',
  proposeResolution: 'ops',
  approveResolution: 'ops',
  rejectResolution: 'ops',
} as const satisfies RoleTable<typeof ReconciliationService>;

const PLATFORM_ROLES = {
  launchPlatform: 'money',
  launchPlatformStream: 'money',
  fetchHandHistory: 'ops',
  getHandHistory: 'read',
  listLimits: 'read',
} as const satisfies RoleTable<typeof PlatformService>;

const CATALOGUE_ROLES = {
  syncCatalogue: 'ops',
  searchGames: 'read',
  listLobbies: 'read',
  listCatalogueChanges: 'read',
  getCatalogueStatus: 'read',
} as const satisfies RoleTable<typeof CatalogueService>;

const REPORT_ROLES = {
  pullReports: 'ops',
  reconcileReports: 'ops',
  listReportDays: 'read',
  getReportDay: 'read',
  listReportTransactions: 'read',
  getReportStatus: 'read',
} as const satisfies RoleTable<typeof ReportService>;

export const JOBS_METHOD_ROLES: MethodRoles = new Map([
  ...rolesOf(StargameService, STARGAME_ROLES),
  ...rolesOf(TransferService, TRANSFER_ROLES),
  ...rolesOf(HarvestService, HARVEST_ROLES),
  ...rolesOf(ReconciliationService, RECONCILIATION_ROLES),
  ...rolesOf(PlatformService, PLATFORM_ROLES),
  ...rolesOf(CatalogueService, CATALOGUE_ROLES),
  ...rolesOf(ReportService, REPORT_ROLES),
]);
