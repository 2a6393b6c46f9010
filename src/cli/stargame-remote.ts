import { type Command, Option } from 'commander';
import { type LaunchResponse, type StargameGame, StargameService } from '../gen/jobs/v1/stargame_pb.ts';
import { type Cli, CliError, collect, type JsonOption, UsageError, withJson } from './cli.ts';
import type { View } from './output.ts';
import { readHiddenFile } from './secret.ts';
import { ttlOption } from './session.ts';

const LISTS = ['all', 'new', 'popular', 'web'] as const;
const FORMS = ['showgame', 'starconfig', 'flash'] as const;

type CallOptions = JsonOption & { hall?: string; callback?: true; fieldFile?: string[] };

type LaunchOptions = JsonOption & {
  hall?: string;
  user?: string;
  game: string;
  language?: string;
  form: (typeof FORMS)[number];
  demo?: true;
  ttl: number;
};

/** What we ask of StarGame's game server. The jobs process has the secrets that sign it. */
export function addRemoteCommands(stargame: Command, cli: Cli): void {
  withJson(stargame.command('call'))
    .description("any operation of StarGame's remote API by hand; its secret is filled in")
    .argument('<operation>', 'as in the document: api_get_balance')
    .argument('[fields...]', "field=value, the names as in the document's table; lists and settings as JSON")
    .option('--hall <id>', 'whose secret signs it, where the fields do not say')
    .option(
      '--field-file <field=path>',
      'a field whose value is in a file, or - for stdin: other users of this machine see a command line; may be repeated',
      collect,
    )
    .option('--callback', "have the answer sent to the adapter's callback, and wait for it")
    .action((operation: string, fields: string[], options: CallOptions) => callByHand(cli, operation, fields, options));

  withJson(stargame.command('register'))
    .description("the player's terminal in the hall; registers one at StarGame where there is none")
    .requiredOption('--hall <id>', 'the hall')
    .requiredOption('--user <id>', "the player, as the hall's operator knows them")
    .option('--phone <digits>', 'the number to register with (default: one is made up)')
    .action(async ({ hall, user, phone, json }: JsonOption & { hall: string; user: string; phone?: string }) => {
      const jobs = await cli.jobs();
      const request = { hallId: hall, userId: user, phone: phone ?? '' };
      const { hallId, uid, isNew } = await jobs.call(StargameService.method.registerTerminal, request);
      await cli.output.show({ hallId, uid, isNew }, json === true);
    });

  withJson(stargame.command('launch'))
    .description('what opens a game for a player; registers a terminal where needed and opens a session')
    .option('--hall <id>', 'the hall; not with --demo')
    .option('--user <id>', "the player, as the hall's operator knows them; not with --demo")
    .requiredOption('--game <id>', 'the game')
    .option('--language <tag>', "en or ru (default: the player's)")
    .addOption(
      new Option('--form <form>', 'a URL, HTML for a page of ours, or parameters of the flash loader')
        .choices(FORMS)
        .default('showgame'),
    )
    .option('--demo', 'demo credits: no player, no session of ours')
    .addOption(ttlOption())
    .action((options: LaunchOptions) => launch(cli, options));

  withJson(stargame.command('games'))
    .description("StarGame's games, as fresh as an hour")
    .addOption(new Option('--list <list>', 'which of its lists').choices(LISTS).default('all'))
    .action(async ({ list, json }: JsonOption & { list: string }) => {
      const jobs = await cli.jobs();
      const { games } = await jobs.call(StargameService.method.listStargameGames, { list });
      await cli.output.list([games.map(gameView)], json === true);
    });

  withJson(stargame.command('close'))
    .description('close a session, here at once and at StarGame')
    .argument('<token>', "our session's")
    .action(async (token: string, { json }: JsonOption) => {
      const jobs = await cli.jobs();
      const { confirmed } = await jobs.call(StargameService.method.closeSession, { token });
      const text = confirmed ? 'closed' : 'closed here; StarGame has not confirmed it yet, a job goes on';
      await (json === true ? cli.output.show({ confirmed }, true) : cli.output.line(text));
    });
}

async function callByHand(cli: Cli, operation: string, fields: readonly string[], options: CallOptions): Promise<void> {
  const byCallback = options.callback === true;
  const fromFiles = await Promise.all((options.fieldFile ?? []).map(withContent));
  const request = { operation, hallId: options.hall ?? '', fields: fieldsOf([...fields, ...fromFiles]), byCallback };
  const jobs = await cli.jobs();
  const { status, code, answerJson } = await jobs.call(StargameService.method.call, request);
  const answer: unknown = answerJson === '' ? null : JSON.parse(answerJson);
  if (options.json === true) {
    await cli.output.line(JSON.stringify({ status, code, answer }, null, 2));
  } else if (status === 'success') {
    await cli.output.line(JSON.stringify(answer, null, 2));
  }
  if (status !== 'success') throw new CliError(`StarGame refused ${operation}: ${code}`);
}

/** `field=path` as `field=value`. */
async function withContent(text: string): Promise<string> {
  const end = text.indexOf('=');
  if (end < 1) throw new UsageError(`${text} is not field=path`);
  return text.slice(0, end + 1) + (await readHiddenFile('--field', text.slice(end + 1)));
}

function fieldsOf(texts: readonly string[]): Record<string, string> {
  const fields = new Map<string, string>();
  for (const text of texts) {
    const end = text.indexOf('=');
    if (end < 1) throw new UsageError(`${text} is not field=value`);
    const name = text.slice(0, end);
    if (fields.has(name)) throw new UsageError(`${name} is given twice`);
    fields.set(name, text.slice(end + 1));
  }
  return Object.fromEntries(fields);
}

async function launch(cli: Cli, options: LaunchOptions): Promise<void> {
  if ((options.user === undefined) !== (options.demo === true)) {
    throw new UsageError('give either --user or --demo');
  }
  if (options.user !== undefined && options.hall === undefined) throw new UsageError('--user needs --hall');
  const jobs = await cli.jobs();
  const launched = await jobs.call(StargameService.method.launch, {
    hallId: options.hall ?? '',
    userId: options.user ?? '',
    gameId: options.game,
    ttlSeconds: options.ttl,
    language: options.language ?? '',
    form: options.form,
    demo: options.demo === true,
  });
  await (options.json === true
    ? cli.output.show(launchView(launched), true)
    : cli.output.line([launched.url, launched.html, launched.parameters].filter((part) => part !== '').join('\n')));
}

const launchView = ({ url, html, parameters, token, uid }: LaunchResponse): View => ({
  url,
  html,
  parameters,
  token,
  uid,
});

const gameView = (game: StargameGame): View => ({
  gameId: game.gameId,
  name: game.name,
  family: game.family,
  width: game.width,
  height: game.height,
  icon: game.icon,
});
