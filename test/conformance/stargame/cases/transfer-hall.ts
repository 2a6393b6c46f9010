import { HallMode } from '../../../../src/gen/wallet/v1/halls_pb.ts';
import { type Case, PLAYER } from '../case.ts';

const source = 'StarGame, User balance operations: the game server counts the money that was carried to a terminal';

export const transferHall: Case[] = [
  {
    name: 'no notification of a hall in transfer mode moves anything, a win neither',
    source,
    mode: HallMode.TRANSFER,
    given: [...PLAYER, { player: '118', balance: 5 }, { unlinked: '118' }],
    steps: [
      { get: 'cmd=getBalance&uid=117', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=117&bet=100&win=0', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=117&bet=100&win=50', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=117&bet=0&win=50', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=117&bet=0&win=0', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=118&bet=0&win=50', fail: 'transfer hall' },
      { get: 'cmd=getBalance&uid=9', fail: 'transfer hall' },
      { get: 'cmd=writeBet&uid=117&bet=-1&win=0', fail: 'malformed: bet' },
    ],
    after: { balances: { '117': 295_071, '118': 5 }, ledger: { '117': [], '118': [] } },
  },
];
