import { type Command, Option } from 'commander';
import { type AuditEntry, AuditService } from '../gen/wallet/v1/audit_pb.ts';
import { type Cli, type JsonOption, positiveNumber, time, withJson } from './cli.ts';
import type { View } from './output.ts';

const DEFAULT_LIMIT = 100;

export function addAuditCommands(program: Command, cli: Cli): void {
  const audit = program.command('audit').description('the audit trail: who pressed what');

  withJson(audit.command('list'))
    .description('the latest entries, newest first')
    .addOption(limitOption())
    .action(async (options: JsonOption & { limit: number }) => {
      const wallet = await cli.wallet();
      const { entries } = await wallet.call(AuditService.method.listAudit, { limit: options.limit });
      await cli.output.list([entries.map(auditView)], options.json === true);
    });
}

export const limitOption = (): Option =>
  new Option('--limit <n>', 'how many at most, 1 to 1000').default(DEFAULT_LIMIT).argParser(positiveNumber);

function auditView(entry: AuditEntry): View {
  return {
    at: time(entry.atMs),
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    detail: entry.detail,
  };
}
