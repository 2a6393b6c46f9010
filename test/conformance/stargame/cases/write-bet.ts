import { StopScope } from '../../../../src/gen/wallet/v1/stops_pb.ts';
import { type Case, PLAYER, success } from '../case.ts';

const write = (bet: number | string, win: number | string, uid = '117'): string =>
  `cmd=writeBet&uid=${uid}&bet=${bet}&win=${win}`;

export const writeBet: Case[] = [
  {
    name: 'a bet down to nothing, and none beyond it',
    source: 'what we settled, 3: bet > 0, enough funds; not enough funds',
    given: PLAYER,
    steps: [
      { get: write(295_070, 0), answer: success(1) },
      { get: write(2, 0), fail: 'insufficient funds' },
      { get: write(1, 0), answer: success(0) },
      { get: write(1, 0), fail: 'insufficient funds' },
    ],
    after: { balances: { '117': 0 }, ledger: { '117': ['bet 295070', 'bet 1'] } },
  },
  {
    name: 'the same notification again is another spin',
    source: 'StarGame, Game Notifications API: no transaction id',
    given: PLAYER,
    steps: [
      { get: write(1_000, 0), answer: success(294_071) },
      { get: write(1_000, 0), answer: success(293_071) },
      { get: write(0, 500), answer: success(293_571) },
      { get: write(0, 500), answer: success(294_071) },
    ],
    after: { ledger: { '117': ['bet 1000', 'bet 1000', 'win 500', 'win 500'] } },
  },
  {
    name: 'bet and win in one: the bet first',
    source: 'what we settled, 3: bet > 0 and win > 0',
    given: PLAYER,
    steps: [
      { get: write(1_000, 250), answer: success(294_321) },
      { get: write(295_000, 1_000_000), fail: 'insufficient funds' },
    ],
    after: { balances: { '117': 294_321 }, ledger: { '117': ['bet 1000', 'win 250'] } },
  },
  {
    name: 'both 0: the balance, and nothing in the ledger',
    source: 'what we settled, 3: both 0',
    given: [...PLAYER, { player: '118', balance: -5 }, { block: '118' }],
    steps: [
      { get: write(0, 0), answer: success(295_071) },
      { get: write('000', '0'), answer: success(295_071) },
      { get: write(0, 0, '118'), answer: success(-5, { uid: '118' }) },
    ],
    after: { ledger: { '117': [], '118': [] } },
  },
  {
    name: 'blocked: no bet, but what was won',
    source: 'what we settled, 3: blocked; 4: money owed to a player is always credited',
    given: [...PLAYER, { block: '117' }],
    steps: [
      { get: write(1, 0), fail: 'player blocked' },
      { get: write(1, 100), fail: 'player blocked' },
      { get: write(0, 100), answer: success(295_171) },
    ],
    after: { ledger: { '117': ['win 100'] } },
  },
  {
    name: 'stopped: no bet, but what was won',
    source: 'what we settled, 3: stopped; 4: money owed to a player is always credited',
    given: [...PLAYER, { stop: StopScope.OPERATOR }],
    steps: [
      { get: write(1, 0), fail: 'play stopped' },
      { get: write(0, 100), answer: success(295_171) },
    ],
    after: { ledger: { '117': ['win 100'] } },
  },
  {
    name: 'limits',
    source: 'what we settled, 3: limit; 4: responsible-gambling limits',
    given: [...PLAYER, { user: '117', limits: { betMaxUnits: 1_000n, stakeDayUnits: 1_500n } }],
    steps: [
      { get: write(1_001, 0), fail: 'limit reached' },
      { get: write(1_000, 0), answer: success(294_071) },
      { get: write(501, 0), fail: 'limit reached' },
      { get: write(500, 0), answer: success(293_571) },
      { get: write(0, 2_000), answer: success(295_571) },
    ],
    after: { ledger: { '117': ['bet 1000', 'bet 500', 'win 2000'] } },
  },
  {
    name: 'a win lifts a balance that is below nothing',
    source: 'what we settled, 3: win > 0',
    given: [{ player: '117', balance: -1_000 }],
    steps: [
      { get: write(1, 0), fail: 'insufficient funds' },
      { get: write(0, 400), answer: success(-600) },
      { get: write(0, 700), answer: success(100) },
      { get: write(100, 0), answer: success(0) },
    ],
  },
  {
    name: 'the largest amount there is, and the win that does not fit on top of it',
    source: 'what we settled, 3: integers in 1/100; a win is never let go',
    given: [{ player: '117' }],
    steps: [
      { get: write(0, '999999999999999999'), answer: success('999999999999999999') },
      { get: write(0, 1), fail: 'balance out of range: the win is queued' },
      { get: write('999999999999999999', 0), answer: success(0) },
    ],
  },
  {
    name: 'uid unknown, or no longer linked: nothing moves',
    source: 'what we settled, 3: uid unknown',
    given: [...PLAYER, { unlinked: '117' }],
    steps: [
      { get: write(1, 0), fail: 'unknown terminal' },
      { get: write(1, 1), fail: 'unknown terminal' },
      { get: write(0, 0), fail: 'unknown terminal' },
      { get: write(1, 0, '9'), fail: 'unknown terminal' },
      { get: write(0, 1, '9'), fail: 'unknown terminal' },
    ],
    after: { balances: { '117': 295_071 }, ledger: { '117': [] } },
  },
  {
    name: 'a win of a terminal that is no longer linked is credited: it stays its player’s',
    source: 'what we settled, 4: money owed to a player is always credited',
    given: [...PLAYER, { unlinked: '117' }],
    steps: [{ get: write(0, 1), answer: success(295_072) }],
    after: { balances: { '117': 295_072 } },
  },
];
