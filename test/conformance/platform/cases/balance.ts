import { StopScope } from '../../../../src/gen/wallet/v1/stops_pb.ts';
import { bet, type Case, balance as data, money, PLAYER, TOKEN, TOKEN_2 } from '../case.ts';

export const balance: Case[] = [
  {
    name: 'the balance, with user_id as a string or a number',
    source: 'PLATFORM v2.49, balance',
    given: PLAYER,
    steps: [
      { send: 'balance', data: data(), ok: money('100.00') },
      { send: 'balance', data: data({ user_id: '611' }), ok: money('100.00') },
    ],
  },
  {
    name: 'player unknown, before the token',
    source: 'PLATFORM v2.49, OP_34; what we settled, 2: balance, order',
    given: PLAYER,
    steps: [
      { send: 'balance', data: data({ user_id: '"nobody"' }), error: 'OP_34', message: 'Player is not found' },
      { send: 'balance', data: data({ user_id: '"nobody"', token: '"x"', currency_code: '"USD"' }), error: 'OP_34' },
    ],
  },
  {
    name: 'token unknown, closed, or of another player',
    source: 'PLATFORM v2.49, OP_21',
    given: [...PLAYER, { player: '612' }, { session: TOKEN_2, user: '612' }],
    steps: [
      { send: 'balance', data: data({ token: '"unknownunknownunknown"' }), error: 'OP_21' },
      { send: 'balance', data: data({ token: '""' }), error: 'OP_21' },
      { send: 'balance', data: data({ token: `"${TOKEN_2}"` }), error: 'OP_21' },
      { given: { closeSession: TOKEN } },
      { send: 'balance', data: data(), error: 'OP_21' },
    ],
  },
  {
    name: 'token expired',
    source: 'PLATFORM v2.49, OP_21',
    given: [{ player: '611' }, { session: TOKEN, user: '611', ttlSeconds: 1 }, { waitForExpiry: TOKEN }],
    steps: [{ send: 'balance', data: data(), error: 'OP_21' }],
  },
  {
    name: 'blocked: after the token, before the currency',
    source: 'PLATFORM v2.49, OP_33; what we settled, 2: balance, order',
    given: [...PLAYER, { block: '611' }],
    steps: [
      { send: 'balance', data: data({ token: '"x"' }), error: 'OP_21' },
      { send: 'balance', data: data({ currency_code: '"USD"' }), error: 'OP_33', message: 'Player is blocked' },
      { given: { unblock: '611' } },
      { send: 'balance', data: data(), ok: money('100.00') },
    ],
  },
  {
    name: 'another currency',
    source: 'PLATFORM v2.49, OP_30',
    given: PLAYER,
    steps: [
      { send: 'balance', data: data({ currency_code: '"USD"' }), error: 'OP_30', message: 'Invalid currency' },
      { send: 'balance', data: data({ currency_code: '"eur"' }), error: 'OP_30' },
    ],
  },
  {
    name: 'works on a disabled game, and while play is stopped',
    source: 'what we settled, 2: balance; 4: a stop refuses new bets and authenticate',
    given: [...PLAYER, { game: '200', enabled: false }, { stop: StopScope.OPERATOR }],
    steps: [{ send: 'balance', data: data(), ok: money('100.00') }],
  },
  {
    name: 'shows what the last transaction left',
    source: 'PLATFORM v2.49, balance',
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet({ amount: '99.95' }), ok: money('0.05') },
      { send: 'balance', data: data(), ok: money('0.05') },
    ],
  },
];
