import { Command } from 'commander';
import { addAnomalyCommands } from './anomaly.ts';
import { addAuditCommands } from './audit.ts';
import { addCatalogueCommands } from './catalogue.ts';
import type { Cli } from './cli.ts';
import { addDayTotalsCommand } from './day-totals.ts';
import { addDiscrepancyCommands } from './discrepancy.ts';
import { addGameCommands } from './game.ts';
import { addGameLogCommands } from './game-log.ts';
import { addHandHistoryCommand } from './hand-history.ts';
import { addHarvestCommands } from './harvest.ts';
import { addJobsCommands } from './jobs.ts';
import { addLaunchUrlCommand } from './launch-url.ts';
import { addLimitsCommand } from './limits.ts';
import { addLobbyUrlCommand } from './lobby-url.ts';
import { addOperatorCommands } from './operator.ts';
import { addOpsCommands } from './ops.ts';
import { addPlatformLaunchCommand } from './platform-launch.ts';
import { addPlatformLimitsCommand } from './platform-limits.ts';
import { addPlayerCommands } from './player.ts';
import { addReconcileCommands } from './reconcile.ts';
import { addReportCommands } from './report.ts';
import { addRoundCommands } from './round.ts';
import { addSessionCommands } from './session.ts';
import { addAgentCommands } from './stargame-agent.ts';
import { addHallCommands } from './stargame-hall.ts';
import { addRemoteCommands } from './stargame-remote.ts';
import { addTerminalCommands } from './stargame-terminal.ts';
import { addTransferModeCommands } from './stargame-transfer.ts';
import { addStopCommands } from './stop.ts';
import { addTransactionsCommand } from './transactions.ts';
import { addTransferCommands } from './transfer.ts';
import { addVerifyCommand } from './verify.ts';

const EXIT_CODES = `
Exit codes: 0 done; 1 failed, or verify found something; 2 called wrongly.
The wallet is reached as the environment (or .env) says: WALLET_URLS, WALLET_TOKEN, WALLET_TLS_CA, WALLET_TLS_CERT, WALLET_TLS_KEY; the
queues (jobs) by REDIS_URL; the jobs' own services (stargame, platform, catalogue, harvest, reconcile, discrepancy, report) by JOBS_URL, JOBS_CLIENT_TOKEN, JOBS_TLS_CA.`;

/** All verbs. A mistaken command line throws commander's CommanderError instead of ending the process. */
export function createProgram(cli: Cli): Command {
  const program = new Command('croupier')
    .description('the casino side of game-provider integrations, by hand')
    .addHelpText('after', EXIT_CODES)
    // What follows a subcommand is its own: `harvest` has options, and `harvest status` the same ones.
    .enablePositionalOptions()
    .exitOverride();

  addOperatorCommands(program, cli);
  const player = program.command('player').description('people at an operator, their money and their limits');
  addPlayerCommands(player, cli);
  addTransferCommands(player, cli);
  addLimitsCommand(player, cli);
  addSessionCommands(program, cli);
  addGameCommands(program, cli);
  addStopCommands(program, cli);
  const stargame = program
    .command('stargame')
    .description('StarGame: its halls, whose account each terminal is, and what its game server does for us');
  addAgentCommands(stargame, cli);
  addHallCommands(stargame, cli);
  addTerminalCommands(stargame, cli);
  addRemoteCommands(stargame, cli);
  addTransferModeCommands(stargame, cli);
  const platform = program.command('platform').description('PLATFORM: what it says of its operators');
  addPlatformLaunchCommand(platform, cli);
  addPlatformLimitsCommand(platform, cli);
  addHandHistoryCommand(program, cli);
  addTransactionsCommand(program, cli);
  addRoundCommands(program, cli);
  addLaunchUrlCommand(program, cli);
  addCatalogueCommands(program, cli);
  addLobbyUrlCommand(program, cli);
  addDayTotalsCommand(program, cli);
  addAnomalyCommands(program, cli);
  addHarvestCommands(program, cli);
  addGameLogCommands(program, cli);
  addReconcileCommands(program, cli);
  addDiscrepancyCommands(program, cli);
  addReportCommands(program, cli);
  addAuditCommands(program, cli);
  addJobsCommands(program, cli);
  addVerifyCommand(program, cli);
  addOpsCommands(program, cli);
  return program;
}
