import type { Command } from 'commander';
import { MoneyService, type VerifyFinding, type VerifySummary } from '../gen/wallet/v1/money_pb.ts';
import { type Cli, CliError, type JsonOption, wholeNumber, withJson } from './cli.ts';
import type { View } from './output.ts';

type VerifyOptions = JsonOption & { timeout: number };

export function addVerifyCommand(program: Command, cli: Cli): void {
  withJson(program.command('verify'))
    .description("check the whole ledger's invariants; exit code 1 and the rows that break one, where there are any")
    .option('--timeout <seconds>', 'give up after this time', wholeNumber, 3600)
    .action(async (options: VerifyOptions) => {
      const { findings, summary } = await verify(cli, options);
      if (options.json) {
        await cli.output.line(JSON.stringify({ findings, summary: summaryView(summary) }, null, 2));
      } else {
        await cli.output.line(
          `${summary.players} players, ${summary.transactions} transactions, ${summary.findings} findings`,
        );
      }
      if (summary.findings > 0n) {
        throw new CliError('the ledger breaks an invariant');
      }
    });
}

/** The table of findings is printed as they come; JSON keeps them for its one document. */
async function verify(cli: Cli, options: VerifyOptions): Promise<{ findings: View[]; summary: VerifySummary }> {
  const wallet = await cli.wallet();
  const findings: View[] = [];
  const progress = startProgress(cli);
  try {
    for await (const { event } of wallet.stream(MoneyService.method.verify, {}, options.timeout * 1000)) {
      if (event.case === 'summary') {
        return { findings, summary: event.value };
      }
      if (event.case !== 'finding') {
        continue;
      }
      if (options.json) {
        findings.push(findingView(event.value));
      } else {
        await cli.output.line(describeFinding(event.value));
      }
    }
  } finally {
    progress.stop();
  }
  throw new CliError('the wallet ended the check without a summary: nothing is known of the rest of the ledger');
}

function startProgress(cli: Cli): { stop: () => void } {
  if (!cli.output.interactive) {
    return { stop: () => {} };
  }
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 5;
    void cli.output.note(`checking the ledger, ${seconds} s`);
  }, 5000);
  return { stop: () => clearInterval(timer) };
}

function describeFinding(finding: VerifyFinding): string {
  const where = finding.seq === 0n ? '' : `, transaction ${finding.seq}`;
  return `player ${finding.playerId}${where}: ${finding.message}`;
}

const findingView = (finding: VerifyFinding): View => ({
  playerId: finding.playerId.toString(),
  seq: finding.seq === 0n ? null : finding.seq.toString(),
  message: finding.message,
});

const summaryView = (summary: VerifySummary): View => ({
  players: Number(summary.players),
  transactions: Number(summary.transactions),
  findings: Number(summary.findings),
});
