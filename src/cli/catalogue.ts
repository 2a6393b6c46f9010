import type { Command } from 'commander';
import {
  type CatalogueChange,
  type CatalogueGame,
  type CatalogueList,
  type CatalogueLobby,
  CatalogueService,
  type SyncCatalogueProgress,
} from '../gen/jobs/v1/catalogue_pb.ts';
import {
  type Cli,
  CliError,
  type JsonOption,
  mapPages,
  pages,
  positiveNumber,
  time,
  UsageError,
  withJson,
  withOperator,
} from './cli.ts';
import type { View } from './output.ts';
import { createProgress } from './progress.ts';

type SyncOptions = JsonOption & { operator?: string; timeout: number };
type SearchOptions = JsonOption & {
  operator: string;
  vendor?: string;
  type?: string;
  platform?: string;
  fun?: true;
  all?: true;
};
type ChangesOptions = JsonOption & { operator?: string; game?: string; lobby?: string; limit: number };

const { syncCatalogue, searchGames, listLobbies, listCatalogueChanges, getCatalogueStatus } = CatalogueService.method;
const CHANGES_PAGE_SIZE = 1000;

export function addCatalogueCommands(program: Command, cli: Cli): void {
  const catalogue = program
    .command('catalogue')
    .description("PLATFORM's games and lobbies of each operator, as its lists have them");

  withJson(catalogue.command('sync'))
    .description('read the lists now; else they are read on a schedule')
    .option('--operator <id>', 'only of this operator')
    .option('--timeout <seconds>', 'give up after this time', positiveNumber, 600)
    .action((options: SyncOptions) => sync(cli, options));

  withJson(withOperator(catalogue.command('search')))
    .description("an operator's games by title: those that can be played, or all of them")
    .argument('[words...]', 'what title, vendor, type or id have in them')
    .option('--vendor <name>', 'only of this vendor')
    .option('--type <name>', 'only of this type, as slots')
    .option('--platform <name>', 'only for desktop, or mobile')
    .option('--fun', 'only those with a fun mode')
    .option('--all', 'also games that are disabled, or missing from the list')
    .action((words: string[], options: SearchOptions) => search(cli, words, options));

  withJson(withOperator(catalogue.command('lobbies')))
    .description("an operator's lobbies")
    .option('--all', 'also those that are missing from the list')
    .action(async (options: JsonOption & { operator: string; all?: true }) => {
      const jobs = await cli.jobs();
      const request = { operatorId: options.operator, includeMissing: options.all === true };
      const { lobbies } = await jobs.call(listLobbies, request);
      await cli.output.list([lobbies.map(lobbyView)], options.json === true);
    });

  withJson(catalogue.command('changes'))
    .description('what the lists changed, newest first')
    .option('--operator <id>', 'only of this operator')
    .option('--game <id>', 'only of this game')
    .option('--lobby <id>', 'only of this lobby')
    .option('--limit <number>', 'at most so many', positiveNumber, 100)
    .action((options: ChangesOptions) => changes(cli, options));

  withJson(catalogue.command('status'))
    .description('how fresh each list is, and what is in it')
    .action(async (options: JsonOption) => {
      const jobs = await cli.jobs();
      const { lists } = await jobs.call(getCatalogueStatus, {});
      await cli.output.list([lists.map(statusView)], options.json === true);
    });
}

async function sync(cli: Cli, options: SyncOptions): Promise<void> {
  const jobs = await cli.jobs();
  const progress = createProgress(cli.output);
  const lists: SyncCatalogueProgress[] = [];
  try {
    const request = { operatorId: options.operator ?? '' };
    for await (const message of jobs.stream(syncCatalogue, request, options.timeout * 1000)) {
      lists.push(message);
      await progress.tell(`catalogue: ${lists.length} lists`);
    }
  } finally {
    await progress.end();
  }
  await cli.output.list([lists.map(syncView)], options.json === true);
  const failed = lists.filter(({ error }) => error !== '').length;
  if (failed > 0) throw new CliError(`${failed} of ${lists.length} lists could not be read: they are tried again`);
}

async function search(cli: Cli, words: readonly string[], options: SearchOptions): Promise<void> {
  const jobs = await cli.jobs();
  const wanted = {
    operatorId: options.operator,
    query: words.join(' '),
    vendor: options.vendor ?? '',
    type: options.type ?? '',
    platform: options.platform ?? '',
    funMode: options.fun === true,
    includeDisabled: options.all === true,
    includeMissing: options.all === true,
  };
  const all = pages(async (page) => {
    const answer = await jobs.call(searchGames, { ...wanted, ...page });
    return { items: answer.games, nextPageToken: answer.nextPageToken };
  });
  await cli.output.list(mapPages(all, gameView), options.json === true);
}

async function changes(cli: Cli, options: ChangesOptions): Promise<void> {
  if (options.game !== undefined && options.lobby !== undefined)
    throw new UsageError('give --game or --lobby, not both');
  const jobs = await cli.jobs();
  const item = { kind: kindOf(options), itemId: options.game ?? options.lobby ?? '' };
  const wanted = { operatorId: options.operator ?? '', ...item };
  const newest = newestChanges(options.limit, async (pageSize, pageToken) =>
    jobs.call(listCatalogueChanges, { ...wanted, pageSize, pageToken }),
  );
  await cli.output.list(mapPages(newest, changeView), options.json === true);
}

function kindOf({ game, lobby }: ChangesOptions): string {
  if (game !== undefined) return 'game';
  return lobby === undefined ? '' : 'lobby';
}

type ChangesPage = { changes: CatalogueChange[]; nextPageToken: string };

async function* newestChanges(
  limit: number,
  fetch: (pageSize: number, pageToken: string) => Promise<ChangesPage>,
): AsyncGenerator<CatalogueChange[]> {
  let pageToken = '';
  for (let left = limit; left > 0; ) {
    const page = await fetch(Math.min(left, CHANGES_PAGE_SIZE), pageToken);
    yield page.changes;
    left -= page.changes.length;
    pageToken = page.nextPageToken;
    if (pageToken === '') return;
  }
}

const syncView = ({ operatorId, list, listed, added, changed, missing, back, error }: SyncCatalogueProgress): View => ({
  ...{ operatorId, list, listed, added, changed, missing, back, error },
});

const gameView = (game: CatalogueGame): View => ({
  gameId: game.gameId,
  title: game.title,
  vendor: game.vendor,
  type: game.type,
  platform: game.platform,
  enabled: game.enabled,
  funMode: game.funMode,
  campaigns: game.campaigns,
  createdOn: game.createdOn,
  changedAt: time(game.changedAtMs),
  missingSince: time(game.missingSinceMs),
});

const lobbyView = (lobby: CatalogueLobby): View => ({
  lobbyId: lobby.lobbyId,
  vendor: lobby.vendor,
  changedAt: time(lobby.changedAtMs),
  missingSince: time(lobby.missingSinceMs),
});

const changeView = (change: CatalogueChange): View => ({
  changedAt: time(change.changedAtMs),
  operatorId: change.operatorId,
  kind: change.kind,
  id: change.itemId,
  field: change.field,
  before: change.valueBefore,
  after: change.valueAfter,
});

const statusView = (list: CatalogueList): View => ({
  operatorId: list.operatorId,
  list: list.list,
  syncedAt: time(list.syncedAtMs),
  dueAt: time(list.dueAtMs),
  listed: list.listed,
  missing: list.missing,
  disabled: list.disabled,
  failures: list.failures,
  error: list.error,
});
