import { expect, test } from 'vitest';
import type { GameLog } from '../../adapter/stargame/remote/operations/remotecab-game-history.ts';
import { recordsOf } from './record.ts';

const at = (text: string): number => Date.parse(text);

const log = (dataid: string, date: string, more: Partial<GameLog> = {}): GameLog => ({
  dataid,
  date,
  gameid: '206',
  bet: 100n,
  win: 250n,
  lines: 9n,
  balance: 99_150n,
  gname: 'Deuces Wild',
  ...more,
});

test('a record as it is kept', () => {
  expect(recordsOf([log('5951155076', '2016-07-31 12:26:02')], 'UTC', 0)).toEqual([
    {
      dataId: 5951155076n,
      playedAtMs: at('2016-07-31T12:26:02Z'),
      gameId: '206',
      gameName: 'Deuces Wild',
      betUnits: 100n,
      winUnits: 250n,
      lineCount: 9n,
      balanceUnits: 99_150n,
    },
  ]);
});

test('what may be absent is empty, and a long name is cut', () => {
  const [bare, long] = recordsOf(
    [
      log('1', '2016-07-31 12:26:02', { lines: undefined, gname: undefined }),
      log('2', '2016-07-31 12:26:03', { gname: 'ä'.repeat(300) }),
    ],
    'UTC',
    0,
  );
  expect(bare).toMatchObject({ lineCount: 0n, gameName: '' });
  expect(long?.gameName).toBe('ä'.repeat(100));
});

test('times that a clock shows twice go by the data ids', () => {
  // Riga, 25 October 2026: at 01:00 UTC 04:00 becomes 03:00.
  const records = recordsOf(
    [
      log('3', '2026-10-25 03:10:00'),
      log('1', '2026-10-25 03:20:00'),
      log('2', '2026-10-25 03:50:00'),
      log('4', '2026-10-25 04:05:00'),
    ],
    'Europe/Riga',
    at('2026-10-25T00:00:00Z'),
  );
  expect(records.map(({ dataId, playedAtMs }) => [dataId, new Date(playedAtMs).toISOString()])).toEqual([
    [1n, '2026-10-25T00:20:00.000Z'],
    [2n, '2026-10-25T00:50:00.000Z'],
    [3n, '2026-10-25T01:10:00.000Z'],
    [4n, '2026-10-25T02:05:00.000Z'],
  ]);
});

test('a time that the clock shows twice is the second where the window began after the first', () => {
  const [record] = recordsOf([log('1', '2026-10-25 03:20:00')], 'Europe/Riga', at('2026-10-25T00:45:00Z'));
  expect(record?.playedAtMs).toBe(at('2026-10-25T01:20:00Z'));
});

test('a time from before the window stays what it is', () => {
  const [record] = recordsOf([log('1', '2026-06-01 03:20:00')], 'Europe/Riga', at('2026-06-01T10:00:00Z'));
  expect(record?.playedAtMs).toBe(at('2026-06-01T00:20:00Z'));
});

test.each([
  ['a data id', [log('9223372036854775808', '2016-07-31 12:26:02')], 'dataid is not a 64-bit number'],
  ['an amount', [log('1', '2016-07-31 12:26:02', { win: 2n ** 63n })], 'win is not a 64-bit number'],
  ['the same id twice', [log('1', '2016-07-31 12:26:02'), log('1', '2016-07-31 12:26:02')], 'same dataid twice'],
])('%s that can not be kept is refused', (_what, logs, message) => {
  expect(() => recordsOf(logs, 'UTC', 0)).toThrow(message);
});
