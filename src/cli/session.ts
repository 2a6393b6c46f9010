import { type Command, Option } from 'commander';
import { type Session, SessionService } from '../gen/wallet/v1/sessions_pb.ts';
import {
  type Cli,
  type JsonOption,
  mapPages,
  type PlayerOptions,
  pages,
  time,
  UsageError,
  wholeNumber,
  withJson,
  withPlayer,
} from './cli.ts';
import type { View } from './output.ts';

/** What a session lets play: one game or one lobby. */
export type PlaceOptions = { game?: string; lobby?: string };
type OpenOptions = PlayerOptions & PlaceOptions & { ttl: number; idle?: number; token?: string };

export function addSessionCommands(program: Command, cli: Cli): void {
  const session = program.command('session').description('permission to play, for one player and one game or lobby');

  withJson(withPlace(withPlayer(session.command('open'))))
    .description('open a session and print its token')
    .addOption(ttlOption())
    .addOption(
      new Option('--idle <seconds>', 'end it after so long without use: a bet, balance or authenticate').argParser(
        wholeNumber,
      ),
    )
    .option('--token <token>', 'token to use, 20 to 50 of [A-Za-z0-9]; the same again gets the same session')
    .action(async (options: OpenOptions) => {
      const opened = await openSession(cli, { ...options, token: options.token ?? newToken(cli) });
      await (options.json ? cli.output.show(sessionView(opened), true) : cli.output.line(opened.token));
    });

  withJson(session.command('close <token>'))
    .description('close a session: its token is refused from now on')
    .action(async (token: string, options: JsonOption) => {
      const wallet = await cli.wallet();
      const closed = await wallet.call(SessionService.method.closeSession, { token });
      await cli.output.show(sessionView(closed), options.json === true);
    });

  withJson(withPlayer(session.command('list')))
    .description("a player's sessions, newest first")
    .action(async (options: PlayerOptions) => {
      const wallet = await cli.wallet();
      const subject = { operatorId: options.operator, userId: options.user };
      const all = pages(async (page) => {
        const answer = await wallet.call(SessionService.method.listSessions, { ...subject, ...page });
        return { items: answer.sessions, nextPageToken: answer.nextPageToken };
      });
      await cli.output.list(mapPages(all, sessionView), options.json === true);
    });
}

export const withPlace = (command: Command): Command =>
  command.option('--game <id>', 'a game').option('--lobby <id>', 'a lobby, instead of a game');

export const ttlOption = (): Option =>
  new Option('--ttl <seconds>', 'how long the session is good for').argParser(wholeNumber).default(3600);

export const newToken = (cli: Cli): string => cli.randomId(32);

/** Opens a session under a token chosen here, so that a lost answer leaves a session that is known by its token. */
export async function openSession(cli: Cli, options: OpenOptions & { token: string }): Promise<Session> {
  if ((options.game === undefined) === (options.lobby === undefined)) {
    throw new UsageError('give either --game or --lobby');
  }
  const wallet = await cli.wallet();
  return wallet.call(SessionService.method.openSession, {
    operatorId: options.operator,
    userId: options.user,
    gameId: options.game ?? '',
    lobbyId: options.lobby ?? '',
    ttlSeconds: options.ttl,
    idleTimeoutSeconds: options.idle ?? 0,
    token: options.token,
  });
}

function sessionView(session: Session): View {
  return {
    token: session.token,
    operatorId: session.operatorId,
    userId: session.userId,
    gameId: session.gameId,
    lobbyId: session.lobbyId,
    createdAt: time(session.createdAtMs),
    expiresAt: time(session.expiresAtMs),
    closedAt: time(session.closedAtMs),
    idleSeconds: session.idleTimeoutMs === 0n ? null : Number(session.idleTimeoutMs / 1_000n),
    usedAt: session.idleTimeoutMs === 0n ? null : time(session.usedAtMs),
  };
}
