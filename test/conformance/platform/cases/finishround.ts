import { bet, type Case, finishround as data, money, PLAYER, win } from '../case.ts';

const source = 'PLATFORM v2.49, finishround; what we settled, 2: finishround';
const OK = '{"round_id":1727,"user_id":"611","game_id":200}';

export const finishround: Case[] = [
  {
    name: 'player unknown, then round unknown',
    source,
    given: [{ player: '612' }],
    steps: [
      { send: 'finishround', data: data(), error: 'OP_34' },
      { send: 'finishround', data: data({ user_id: '"612"' }), error: 'OP_41' },
    ],
  },
  {
    name: 'closes the round once, and owes one bookkeeping job however often it is sent',
    source,
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet({ round_id: '77001' }), ok: money('82.75') },
      ...Array.from({ length: 5 }, () => ({
        send: 'finishround',
        data: data({ round_id: '77001' }),
        ok: '{"round_id":77001,"user_id":"611","game_id":200}',
      })),
    ],
    after: {
      rows: { 611: 1 },
      roundJobs: { 77001: 1 },
      rounds: { 77001: { bet: '17.25', win: '0.00', refund: '0.00', transactions: 1, state: 'closed' } },
    },
  },
  {
    name: 'a round that has only a WIN is a round',
    source,
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: win(), ok: money('117.25') },
      { send: 'finishround', data: data(), ok: OK },
    ],
  },
  {
    name: 'a round of another player is unknown',
    source,
    given: [...PLAYER, { player: '612' }],
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'finishround', data: data({ user_id: '"612"' }), error: 'OP_41' },
      { send: 'changebalance', data: bet({ transaction_id: '2' }), ok: money('65.50') },
    ],
  },
];
