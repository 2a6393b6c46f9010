import type { Command } from 'commander';
import { PlatformService } from '../gen/jobs/v1/platform_pb.ts';
import { type Cli, time, wholeNumber } from './cli.ts';
import { type LaunchOptions, withLaunchOptions } from './launch-url.ts';

export function addPlatformLaunchCommand(platform: Command, cli: Cli): void {
  withLaunchOptions(platform.command('launch'))
    .description(
      'as launch-url, by the jobs process: with what the catalogue says of the game, and as the lobby does it',
    )
    .option('--language <tag>', "IETF language tag (default: the player's)")
    .option(
      '--ttl <seconds>',
      'how long the session is good for (default: as the jobs process is configured)',
      wholeNumber,
    )
    .action((options: LaunchOptions) => launch(cli, options));
}

async function launch(cli: Cli, options: LaunchOptions): Promise<void> {
  const jobs = await cli.jobs();
  const { url, token, expiresAtMs, openAs } = await jobs.call(PlatformService.method.launchPlatform, {
    operatorId: options.operator,
    userId: options.user ?? '',
    gameId: options.game ?? '',
    lobbyId: options.lobby ?? '',
    mode: options.mode,
    language: options.language ?? '',
    currencyCode: options.currency ?? '',
    homeUrl: options.homeUrl ?? '',
    depositUrl: options.depositUrl ?? '',
    device: options.device ?? '',
    group: options.group ?? '',
    clientName: options.clientName ?? '',
    vendor: options.vendor ?? '',
    ttlSeconds: options.ttl ?? 0,
    idleTimeoutSeconds: options.idle ?? 0,
  });
  await (options.json === true
    ? cli.output.show({ url, token, expiresAt: time(expiresAtMs), openAs }, true)
    : cli.output.line(url));
}
