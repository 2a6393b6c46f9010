import type { Command } from 'commander';
import { type Agent, HallService } from '../gen/wallet/v1/halls_pb.ts';
import { type Cli, type JsonOption, time, withJson } from './cli.ts';
import type { View } from './output.ts';
import { type PasswordOptions, requirePassword, withPassword } from './secret.ts';

export function addAgentCommands(stargame: Command, cli: Cli): void {
  const agent = stargame.command('agent').description('agents: whose the halls are at the game server');

  withJson(withPassword(agent.command('set <id>'), "the agent's password at the game server"))
    .description('add an agent, or change its password')
    .action(async (agentId: string, options: JsonOption & PasswordOptions) => {
      const password = await requirePassword(options);
      const wallet = await cli.wallet();
      const answer = await wallet.call(HallService.method.setAgent, { agentId, password });
      await cli.output.show(agentView(answer), options.json === true);
    });

  withJson(agent.command('list'))
    .description('all agents; never their passwords')
    .action(async (options: JsonOption) => {
      const wallet = await cli.wallet();
      const { agents } = await wallet.call(HallService.method.listAgents, {});
      await cli.output.list([agents.map(agentView)], options.json === true);
    });
}

function agentView({ agentId, createdAtMs, updatedAtMs }: Agent): View {
  return { agentId, createdAt: time(createdAtMs), updatedAt: time(updatedAtMs) };
}
