import { bet, type Case, cancel, status as data, money, PLAYER, TOKEN, TOKEN_2, transaction } from '../case.ts';

const source = 'PLATFORM v2.49, status; what we settled, 2: status';

export const status: Case[] = [
  {
    name: 'player unknown, before the transaction',
    source,
    steps: [{ send: 'status', data: data(), error: 'OP_34' }],
  },
  {
    name: 'transaction unknown; asking leaves nothing behind',
    source,
    given: PLAYER,
    steps: [
      { send: 'status', data: data(), error: 'OP_41', message: 'Transaction not found' },
      { send: 'changebalance', data: bet(), ok: money('82.75') },
    ],
  },
  {
    name: 'OK, ERROR and CANCELED, without a session',
    source,
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'changebalance', data: bet({ transaction_id: '2', amount: '500' }), error: 'OP_31' },
      { given: { closeSession: TOKEN } },
      { given: { block: '611' } },
      { send: 'status', data: data(), ok: transaction('OK') },
      { send: 'status', data: data({ transaction_id: '2' }), ok: transaction('ERROR', { transaction_id: '2' }) },
      { send: 'cancel', data: cancel(), ok: transaction('CANCELED') },
      { send: 'status', data: data(), ok: transaction('CANCELED') },
    ],
  },
  {
    name: 'a tombstone is CANCELED',
    source,
    given: PLAYER,
    steps: [
      { send: 'cancel', data: cancel(), error: 'OP_41' },
      { send: 'status', data: data(), ok: transaction('CANCELED') },
    ],
  },
  {
    name: 'ids go out as they came in, user_id as a string',
    source: 'what we settled, 1: the envelope',
    given: [...PLAYER, { player: '612' }, { session: TOKEN_2, user: '612' }],
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      {
        send: 'status',
        data: data({ user_id: '611', transaction_id: '"3568"', transaction_type: '"WIN"', round_id: '"9"' }),
        ok: transaction('OK', { transaction_id: '"3568"' }),
      },
    ],
  },
];
