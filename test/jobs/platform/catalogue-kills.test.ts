import { afterAll, beforeAll, expect, test } from 'vitest';
import { CatalogueService } from '../../../src/gen/jobs/v1/catalogue_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { until } from '../until.ts';
import { createPlatformWorld, OPERATOR, OTHER_OPERATOR, type PlatformWorld } from './world.ts';

const GAMES = 3_000;

let platform: PlatformWorld;

beforeAll(async () => {
  platform = await createPlatformWorld({
    prepare: ({ platform: { state } }) => {
      state.setLobbies(OPERATOR, []);
      state.setGames(OPERATOR, games(0));
      state.setGames(OTHER_OPERATOR, []);
    },
  });
  await until('the first list is stored', async () => (await countOf('catalogue_games')) === GAMES);
  await platform.rows('DELETE FROM catalogue_changes');
});

afterAll(() => platform[Symbol.asyncDispose]());

/** Every generation has another title for each, a game of its own, and lacks one that the one before had. */
const games = (generation: number) =>
  Array.from({ length: GAMES }, (_, index) => {
    const id = generation + index + 1;
    return { id, title: `Game ${id}, edition ${generation}` };
  });

const countOf = async (table: string): Promise<number> =>
  Number((await platform.rows(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n);

const isDone = async (): Promise<boolean> => {
  const rows = await platform.rows(
    "SELECT 1 FROM platform_pulls WHERE kind = 'games' AND (due_at_ms = 0 OR leased_until_ms > 0)",
  );
  return rows.length === 0;
};

/** What the generation changes: each title, one game added and one missing; and each is told of once. */
async function expectToldOnce(): Promise<void> {
  const rows = await platform.rows(
    `SELECT field, COUNT(*) AS told, COUNT(DISTINCT item_id) AS items FROM catalogue_changes
     WHERE operator_id = ? AND kind = 'game' GROUP BY field ORDER BY field`,
    [OPERATOR],
  );
  const numbers = rows.map(({ field, told, items }) => [field, Number(told), Number(items)]);
  expect(numbers).toEqual([
    ['added', 1, 1],
    ['missing', 1, 1],
    ['title', GAMES - 1, GAMES - 1],
  ]);
  await platform.rows('DELETE FROM catalogue_changes');
}

const MOMENTS: readonly [string, () => Promise<unknown>][] = [
  ['it has taken the list up', async () => false],
  // The wallet hears of games in thousands, and writes down each title: it has begun, and is not at its end.
  [
    'the wallet has heard of some',
    async () => platform.rows("SELECT 1 FROM games WHERE title LIKE '%, edition 2' LIMIT 1"),
  ],
  [
    'the wallet has heard of most',
    async () => platform.rows("SELECT 1 FROM games WHERE title LIKE '%, edition 3' LIMIT 2500, 1"),
  ],
];

test.each(MOMENTS)(
  'a process that is killed once %s leaves the rest to the next, and each change is told of once',
  async (_, moment) => {
    const generation = MOMENTS.findIndex(([, each]) => each === moment) + 1;
    platform.simulator.platform.state.setGames(OPERATOR, games(generation));
    await platform.rows("UPDATE platform_pulls SET due_at_ms = 0 WHERE kind = 'games' AND operator_id = ?", [OPERATOR]);
    await until('it is at it', async () => {
      const leased = await platform.rows("SELECT 1 FROM platform_pulls WHERE kind = 'games' AND leased_until_ms > 0");
      return leased.length > 0;
    });
    await until('the moment has come', async () => {
      const found = await moment();
      return found === false || (Array.isArray(found) && found.length > 0) || (await isDone());
    });
    await platform.killJobs();
    await platform.restartJobs();
    await until('it is done', isDone);
    await expectToldOnce();
  },
);

test('two processes that read the same lists all the time tell of each change once', async () => {
  // On a busy machine nobody's lease is to run out here.
  const often = { CATALOGUE_EVERY_MS: '1000', CATALOGUE_TICK_MS: '100', PLATFORM_LEASE_MS: '60000' };
  await platform.killJobs();
  await platform.restartJobs(often);
  const second = await platform.secondJobs(often);
  const { syncCatalogue } = CatalogueService.method;
  for (const generation of [4, 5]) {
    platform.simulator.platform.state.setGames(OPERATOR, games(generation));
    const said = await Promise.all([platform.stream(syncCatalogue, {}), second.stream(syncCatalogue, {})]);
    expect(said.flat().map(({ error }) => error)).toEqual(said.flat().map(() => ''));
    await expectToldOnce();
  }
  second.close();
  await second.process.stop();
});

test('a process that stood still while another read a newer list does not bring the older one back', async () => {
  const player = await platform.addPlayer();
  const { state, faults } = platform.simulator.platform;
  const bet = async (transactionId: string): Promise<Reason> => {
    const place = { operatorId: OPERATOR, userId: player, provider: 'platform', gameId: '7', roundId: transactionId };
    return (await platform.world.call(MoneyService.method.bet, { ...place, transactionId, amountUnits: 1n })).reason;
  };
  await platform.killJobs();
  // All of it is done once more before anybody stands still: who does so in the midst of another list keeps that one's row.
  await platform.rows("UPDATE platform_pulls SET leased_until_ms = 0, due_at_ms = IF(kind = 'games', 0, due_at_ms)");
  await platform.restartJobs();
  await until('nobody is at it', isDone);
  // Long enough for a busy machine to stop it while it waits, and not within a transaction, whose locks nobody else would get.
  faults.add({ operation: 'games', kind: 'slow', ms: 8_000, count: 1 });
  await platform.rows("UPDATE platform_pulls SET due_at_ms = 0 WHERE kind = 'games' AND operator_id = ?", [OPERATOR]);
  await until('it waits for the list', async () => faults.list().length === 0);
  const first = platform.jobs();
  await first.kill('SIGSTOP');
  state.updateGame(OPERATOR, { id: 7, enabled: 0 });
  const second = await platform.secondJobs();
  await until('the other has read the newer list', isDone);
  expect(await bet('while-one-stands')).toBe(Reason.GAME_DISABLED);

  await first.kill('SIGCONT');
  await first.waitForLog((line) => line.msg?.toString().startsWith('catalogue not synced') === true);
  await until('nobody is at it', isDone);
  expect(await bet('when-it-goes-on')).toBe(Reason.GAME_DISABLED);
  expect(await platform.rows("SELECT item_id FROM catalogue_changes WHERE field = 'enabled'")).toEqual([
    { item_id: '7' },
  ]);
  second.close();
  await second.process.stop();
});
