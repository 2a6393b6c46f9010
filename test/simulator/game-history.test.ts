import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import { addPlayedTerminals } from '../../src/simulator/stargame/bulk.ts';
import { GameLogs, type GameRecord } from '../../src/simulator/stargame/game-logs.ts';
import { digest, fieldOf, fieldsOf, md5, NOON_MS, packet, post, startWorld, userSign, type World } from './world.ts';

const HOUR_MS = 3_600_000;

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const game = { gameId: 219, betUnits: 500n, winUnits: 1000n, lines: 5, balanceUnits: 3_327_000n };
const user = { version: '0.4', user_id: 345, user_password: '31003sdfds', use_hash: 0 };

const list = (period_start: string, period_end: string) =>
  post(world.url, 'remotecab_game_history', packet({ ...user, operation: 'list', period_start, period_end }), userSign);

test('list: the records of the period, both ends included, oldest first', async () => {
  const { state } = world.simulator.stargame;
  for (const hoursAgo of [1, 3, 2]) state.addRecord(world.terminal, game, NOON_MS - hoursAgo * HOUR_MS);
  const whole = await list('2026-11-20 09:00:00', '2026-11-20 11:00:00');
  expect(whole.read('logs_count')).toBe('3');
  expect(fieldsOf(whole.xml, 'date')).toEqual(['2026-11-20 09:00:00', '2026-11-20 10:00:00', '2026-11-20 11:00:00']);
  const part = await list('2026-11-20 09:00:01', '2026-11-20 10:59:59');
  expect(part.read('logs_count')).toBe('1');
  const fields = ['gameid', 'bet', 'win', 'lines', 'balance', 'gname'].map((field) => fieldOf(part.xml, field));
  expect(fields).toEqual(['219', '500', '1000', '5', '3327000', 'Deuces Wild']);
  expect((await list('2026-11-19 00:00:00', '2026-11-19 01:00:00')).read('logs_count')).toBe('0');
});

test('the answer signs itself: md5(user_password + timestamp + user_id + user_password)', async () => {
  const answer = await list('2026-11-20 09:00:00', '2026-11-20 11:00:00');
  const timestamp = answer.read('timestamp');
  expect(timestamp).toBe(String(NOON_MS / 1000));
  expect(answer.read('md5')).toBe(md5(`31003sdfds${timestamp}34531003sdfds`));
  expect(answer.signature).toBe(userSign(answer.xml));
  expect(answer.read('version')).toBe('0.4');
});

test('use_hash: the digest in place of the password, in the packet and in the signatures', async () => {
  const hashed = md5('31003sdfds');
  const fields = { ...user, version: '0.5', use_hash: 1, user_password: hashed, operation: 'list' };
  const xml = packet({ ...fields, period_start: '2026-11-20 09:00:00', period_end: '2026-11-20 11:00:00' });
  const answer = await post(world.url, 'remotecab_game_history', xml, digest(hashed));
  expect([answer.read('status'), answer.read('use_hash')]).toEqual(['success', '1']);
  expect(answer.read('md5')).toBe(md5(`${hashed}${answer.read('timestamp')}345${hashed}`));
  expect(answer.signature).toBe(digest(hashed)(answer.xml));
  // The formula can also be read as meaning the password itself.
  const other = await post(world.url, 'remotecab_game_history', xml, userSign);
  expect(other.read('status')).toBe('success');
});

test("log: the document's sample, by its id and as the game's latest", async () => {
  const { state } = world.simulator.stargame;
  const record = state.addRecord(world.terminal, game, Date.UTC(2026, 10, 20, 11, 26, 2));
  state.addRecord(world.terminal, { ...game, gameId: 206 }, NOON_MS);
  const xml = `<request>
 <version>0.4</version>
 <operation>log</operation>
 <user_id>345</user_id>
 <user_password>31003sdfds</user_password>
 <use_hash>0</use_hash>
 <log_id>${record.dataId}</log_id>
 <response_url></response_url>
 <show_packet>1</show_packet>
 </request>
 `;
  const byId = await post(world.url, 'remotecab_game_history', xml, userSign);
  const expected = {
    hall_id: '125',
    operation: 'log',
    log_id: String(record.dataId),
    log_date: '2026-11-20 11:26:02',
    log_bet: '500',
    log_win: '1000',
    log_betline: '100',
    log_lines: '5',
    log_balance: '3327000',
    log_gname: 'Deuces Wild',
  };
  expect(Object.fromEntries(Object.keys(expected).map((field) => [field, byId.read(field)]))).toEqual(expected);
  const html = Buffer.from(byId.read('log_html') ?? '', 'base64').toString();
  expect(html).toContain('<td>33270.00</td>');
  expect(html).toContain('onclick=');

  const latest = packet({ ...user, operation: 'log', game_id: 219 });
  const byGame = await post(world.url, 'remotecab_game_history', latest, userSign);
  expect(byGame.read('log_id')).toBe(String(record.dataId));
});

test("another terminal's log is not given", async () => {
  const { state } = world.simulator.stargame;
  const other = state.addTerminal({ hall: world.hall });
  const record = state.addRecord(other, game, NOON_MS);
  const xml = packet({ ...user, operation: 'log', log_id: String(record.dataId) });
  expect((await post(world.url, 'remotecab_game_history', xml, userSign)).read('code')).toBe('log_is_not_isset');
});

test('logs are kept for seven days', async () => {
  const { state } = world.simulator.stargame;
  const record = state.addRecord(world.terminal, game, NOON_MS);
  const lastDay = () => list('2026-11-20 00:00:00', '2026-11-21 00:00:00');
  world.clock.nowMs = NOON_MS + 7 * 24 * HOUR_MS;
  expect((await lastDay()).read('logs_count')).toBe('1');
  world.clock.nowMs += 1000;
  expect((await lastDay()).read('logs_count')).toBe('0');
  const xml = packet({ ...user, operation: 'log', log_id: String(record.dataId) });
  expect((await post(world.url, 'remotecab_game_history', xml, userSign)).read('code')).toBe('log_is_not_isset');
});

test("times are the hall's: an hour that its clocks show twice is there twice", async () => {
  const { state } = world.simulator.stargame;
  const hall = state.addHall({
    hallId: '300',
    agentId: '12345678',
    name: 'Berlin',
    secret: 's',
    zone: 'Europe/Berlin',
  });
  const terminal = state.addTerminal({ hall, uid: '301', password: 'p' });
  // Summer time ended at 01:00 UTC on 25 October 2026: 02:30 was twice.
  for (const minute of [30, 90]) state.addRecord(terminal, game, Date.UTC(2026, 9, 25, 0, minute));
  world.clock.nowMs = Date.UTC(2026, 9, 25, 12);
  const period = { period_start: '2026-10-25 02:30:00', period_end: '2026-10-25 02:30:00' };
  const xml = packet({ ...user, user_id: 301, user_password: 'p', operation: 'list', ...period });
  const answer = await post(world.url, 'remotecab_game_history', xml, digest('p'));
  expect(fieldsOf(answer.xml, 'date')).toEqual(['2026-10-25 02:30:00', '2026-10-25 02:30:00']);
});

test('100,000 records: every one is in exactly one window, and each follows from the one before', async () => {
  const fromMs = NOON_MS - 6 * 24 * HOUR_MS;
  const terminals = addPlayedTerminals(world.simulator.stargame.state, {
    hall: world.hall,
    terminals: 100,
    recordsEach: 1000,
    fromMs,
    toMs: NOON_MS,
    random: createRandom(7),
  });
  const ids = new Set<string>();
  for (const { uid, password } of terminals.filter((_, index) => index % 20 === 0)) {
    for (let day = 0; day < 6; day++) {
      const text = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
      const start = fromMs + day * 24 * HOUR_MS;
      const fields = { ...user, user_id: uid, user_password: password, operation: 'list' };
      const period = { period_start: text(start), period_end: text(start + 24 * HOUR_MS - 1000) };
      const answer = await post(
        world.url,
        'remotecab_game_history',
        packet({ ...fields, ...period }),
        digest(password),
      );
      for (const id of fieldsOf(answer.xml, 'dataid')) ids.add(id);
    }
  }
  expect(ids.size).toBe(5000);
  const records = terminals[0]?.logs.between(0, 0xffff_ffff) ?? [];
  const breaks = records.filter((record, index) => {
    const before = records[index - 1];
    return before !== undefined && record.balanceUnits !== before.balanceUnits - record.betUnits + record.winUnits;
  });
  expect([records.length, breaks.length]).toEqual([1000, 0]);
});

test('a log forgets what is over seven days old before it grows', () => {
  const logs = new GameLogs();
  const record = (wallSeconds: number): GameRecord => ({ ...game, dataId: BigInt(wallSeconds), wallSeconds });
  const day = 86_400;
  for (let second = 0; second < 8; second++) logs.add(record(second));
  logs.add(record(7 * day + 4));
  expect(logs.between(0, 8 * day).map(({ wallSeconds }) => wallSeconds)).toEqual([4, 5, 6, 7, 7 * day + 4]);
});
