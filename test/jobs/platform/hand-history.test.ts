import { createHash } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { PlatformService } from '../../../src/gen/jobs/v1/platform_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { croupier } from '../../cli/croupier.ts';
import { until } from '../until.ts';
import { createPlatformWorld, OPERATOR, type PlatformWorld } from './world.ts';

const GAME_ID = '4711';
const VENDOR = 'netent';
const HISTORY_ID = '350-a1Basdf';

let world: PlatformWorld;
let userId: string;

beforeAll(async () => {
  world = await createPlatformWorld({
    prepare: ({ platform }) => platform.state.setGames(OPERATOR, [{ id: Number(GAME_ID), vendor: VENDOR }]),
  });
  userId = await world.addPlayer();
  await until('the games are known', async () => {
    const games = await world.rows('SELECT game_id FROM catalogue_games WHERE operator_id = ?', [OPERATOR]);
    return games.length > 0;
  });
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => world.simulator.platform.faults.clear());

const { fetchHandHistory, getHandHistory } = PlatformService.method;

/** A bet, as the adapter would have told the wallet of it. */
async function bet(transactionId: string, context: string, gameId = GAME_ID): Promise<void> {
  const player = { operatorId: OPERATOR, userId, provider: 'platform', currencyCode: 'EUR' };
  const roundId = `r${transactionId}`;
  const outcome = await world.world.call(MoneyService.method.bet, {
    ...{ ...player, transactionId, roundId, gameId, context, amountUnits: 1n, sessionChecked: false },
  });
  expect(outcome.reason).toBe(0);
}

const withHistory = JSON.stringify({ reason: 'GAME-PLAY', history_id: HISTORY_ID });

function tell(transactionId: string, type: 'json' | 'url', body: string, historyId = HISTORY_ID): void {
  const history = { operatorId: OPERATOR, transactionId, historyId, vendor: VENDOR, type, body };
  world.simulator.platform.state.addHandHistory(history);
}

const key = (transactionId: string) => ({ operatorId: OPERATOR, transactionId });
const fetched = (transactionId: string, more = {}) => world.ask(fetchHandHistory, { ...key(transactionId), ...more });
const down = () => world.simulator.platform.faults.add({ operation: 'handHistory', kind: 'status_500' });

test('JSON is kept to the digit, is asked for once, and given out without PLATFORM', async () => {
  const body = '{"id":16828800000000000001,"stake":1.10,"cards":["4D","5S"]}';
  await bet('111', withHistory);
  tell('111', 'json', body);
  await expect(world.ask(getHandHistory, key('111'))).rejects.toMatchObject({ code: status.NOT_FOUND });
  const history = await fetched('111');
  const sha256 = createHash('sha256').update(body).digest('hex');
  expect(history).toMatchObject({ ...key('111'), historyId: HISTORY_ID, vendor: VENDOR, type: 'json', body, sha256 });
  down();
  tell('111', 'json', '{"other":1}');
  expect(await fetched('111')).toEqual(history);
  expect(await world.ask(getHandHistory, key('111'))).toEqual(history);
});

test('a URL is kept as it is, and nobody calls it', async () => {
  await bet('112', withHistory);
  const url = 'https://backstaging.the-rgs.example/rounds/CG-1?key=a%20b';
  tell('112', 'url', url);
  expect(await fetched('112')).toMatchObject({ type: 'url', body: url });
});

test('asked for again, the newer one is kept; where PLATFORM does not answer, the older one', async () => {
  await bet('113', withHistory);
  tell('113', 'json', '{"v":1}');
  const first = await fetched('113');
  tell('113', 'json', '{"v":2}');
  const second = await fetched('113', { again: true });
  expect(second).toMatchObject({ body: '{"v":2}' });
  expect(second.sha256).not.toBe(first.sha256);
  await world.jobs().waitForLog(({ msg, replaced }) => msg === 'hand history kept' && replaced === first.sha256);
  down();
  await expect(fetched('113', { again: true })).rejects.toMatchObject({ code: status.UNAVAILABLE });
  expect(await world.ask(getHandHistory, key('113'))).toEqual(second);
});

test('several who ask at once get the same, and one is kept', async () => {
  await bet('114', withHistory);
  tell('114', 'json', '{"v":1}');
  const all = await Promise.all(Array.from({ length: 6 }, () => fetched('114')));
  expect(new Set(all.map(({ fetchedAtMs }) => fetchedAtMs)).size).toBe(1);
  const kept = await world.rows('SELECT * FROM hand_histories WHERE transaction_id = ?', ['114']);
  expect(kept).toHaveLength(1);
});

test('history and vendor may be told where the transaction has none', async () => {
  await bet('115', '{}', 'unlisted');
  tell('115', 'json', '{"v":1}', 'h1');
  const says = async (more: object) => await fetched('115', more).catch((error: unknown) => error);
  expect(await says({})).toMatchObject({ code: status.FAILED_PRECONDITION, details: expect.stringMatching(/history/) });
  const historyId = 'h1';
  expect(await says({ historyId })).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: expect.stringMatching(/vendor/),
  });
  expect(await says({ historyId, vendor: VENDOR })).toMatchObject({ historyId, vendor: VENDOR, body: '{"v":1}' });
});

test('what is not there, and what can not be', async () => {
  await expect(fetched('999')).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(fetched('a b')).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  await bet('116', withHistory);
  await expect(fetched('116')).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  down();
  await expect(fetched('116')).rejects.toMatchObject({ code: status.UNAVAILABLE });
  await bet('not-a-number', withHistory);
  await expect(fetched('not-a-number')).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  tell('116', 'json', `{"v":"${'x'.repeat(1_100_000)}"}`);
  world.simulator.platform.faults.clear();
  await expect(fetched('116')).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  expect(await world.rows('SELECT * FROM hand_histories WHERE transaction_id = ?', ['116'])).toEqual([]);
});

test('by hand: the body, or all of it as JSON', async () => {
  await bet('117', withHistory);
  tell('117', 'json', '{"v":1,"name":"\u009bred"}');
  const cli = croupier({ JOBS_URL: `127.0.0.1:${world.jobs().grpcPort}` });
  const shown = await cli.run('hand-history', '117', '--operator', OPERATOR);
  expect(shown).toEqual({ code: 0, stdout: '{"v":1,"name":"?red"}\n', stderr: '' });
  const all = await cli.json('hand-history', '117', '--operator', OPERATOR, '--again');
  expect(all).toMatchObject({
    historyId: HISTORY_ID,
    vendor: VENDOR,
    type: 'json',
    body: '{"v":1,"name":"\u009bred"}',
  });
  expect(await cli.run('hand-history', '999', '--operator', OPERATOR)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^error: .*not found/),
  });
  expect(await cli.run('hand-history', '117')).toMatchObject({ code: 2, stdout: '' });
});
