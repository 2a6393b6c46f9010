import {
  bet,
  type Case,
  cancel as data,
  finishround,
  money,
  PLAYER,
  refund,
  status,
  TOKEN,
  TOKEN_2,
  transaction,
  win,
} from '../case.ts';

const source = 'PLATFORM v2.49, cancel; what we settled, 2: cancel';

export const cancel: Case[] = [
  {
    name: 'player unknown; nothing is remembered',
    source,
    steps: [
      { send: 'cancel', data: data(), error: 'OP_34' },
      { given: { player: '611', balance: '100.00' } },
      { given: { session: TOKEN, user: '611' } },
      { send: 'changebalance', data: bet(), ok: money('82.75') },
    ],
  },
  {
    name: 'transaction unknown: not found both times, and the id is refused when it arrives late',
    source,
    given: PLAYER,
    steps: [
      { send: 'cancel', data: data(), error: 'OP_41', message: 'Transaction not found' },
      { send: 'cancel', data: data(), error: 'OP_41' },
      { send: 'changebalance', data: bet(), error: 'OP_49' },
      { send: 'cancel', data: data(), error: 'OP_41' },
    ],
    after: { balances: { 611: '100.00' } },
  },
  {
    name: 'a BET is given back once, a WIN and a REFUND taken back once',
    source,
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'cancel', data: data(), ok: transaction('CANCELED') },
      { send: 'cancel', data: data(), ok: transaction('CANCELED') },
      { send: 'changebalance', data: win(), ok: money('117.25') },
      {
        send: 'cancel',
        data: data({ transaction_id: '3569' }),
        ok: transaction('CANCELED', { transaction_id: '3569' }),
      },
      {
        send: 'cancel',
        data: data({ transaction_id: '"3569"' }),
        ok: transaction('CANCELED', { transaction_id: '"3569"' }),
      },
      { send: 'changebalance', data: refund({ amount: '3' }), ok: money('103.00') },
      {
        send: 'cancel',
        data: data({ transaction_id: '3570' }),
        ok: transaction('CANCELED', { transaction_id: '3570' }),
      },
    ],
    after: { balances: { 611: '100.00' }, rows: { 611: 6 } },
  },
  {
    name: 'another player, round or game: not found, and nothing changes',
    source,
    given: [...PLAYER, { player: '612', balance: '5.00' }, { session: TOKEN_2, user: '612' }],
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'cancel', data: data({ user_id: '"612"' }), error: 'OP_41' },
      { send: 'cancel', data: data({ round_id: '1728' }), error: 'OP_41' },
      { send: 'cancel', data: data({ game_id: '201' }), error: 'OP_41' },
      { send: 'status', data: status(), ok: transaction('OK') },
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'cancel', data: data(), ok: transaction('CANCELED') },
    ],
    after: { balances: { 611: '100.00', 612: '5.00' }, rows: { 611: 2, 612: 0 } },
  },
  {
    name: 'a refused transaction becomes CANCELED without a movement',
    source,
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet({ amount: '500' }), error: 'OP_31' },
      { send: 'cancel', data: data(), ok: transaction('CANCELED') },
      { send: 'status', data: status(), ok: transaction('CANCELED') },
      { send: 'changebalance', data: bet({ amount: '500' }), error: 'OP_49' },
    ],
    after: { balances: { 611: '100.00' } },
  },
  {
    name: 'a WIN that has been spent leaves the balance negative; bets wait until later credits cover it',
    source,
    given: [
      { player: '611', balance: '0.00' },
      { session: TOKEN, user: '611' },
    ],
    steps: [
      { send: 'changebalance', data: win({ amount: '10.00' }), ok: money('10.00') },
      { send: 'changebalance', data: bet({ amount: '9.95' }), ok: money('0.05') },
      {
        send: 'cancel',
        data: data({ transaction_id: '3569' }),
        ok: transaction('CANCELED', { transaction_id: '3569' }),
      },
      { send: 'balance', data: `{"token":"${TOKEN}","user_id":"611","currency_code":"EUR"}`, ok: money('-9.95') },
      { send: 'changebalance', data: bet({ amount: '0.01', transaction_id: '5' }), error: 'OP_31' },
      { send: 'changebalance', data: win({ amount: '9.90', transaction_id: '6' }), ok: money('-0.05') },
      { send: 'changebalance', data: win({ amount: '1', transaction_id: '7' }), ok: money('0.95') },
      { send: 'changebalance', data: bet({ amount: '0.95', transaction_id: '8' }), ok: money('0.00') },
    ],
  },
  {
    name: 'needs no session, and goes on when the player is blocked and the round is closed',
    source: 'what we settled, 2: cancel; 4: stops',
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet(), ok: money('82.75') },
      { send: 'finishround', data: finishround(), ok: '{"round_id":1727,"user_id":"611","game_id":200}' },
      { given: { closeSession: TOKEN } },
      { given: { block: '611' } },
      { given: { game: '200', enabled: false } },
      { send: 'cancel', data: data({ round_finished: 'true' }), ok: transaction('CANCELED') },
    ],
    after: { balances: { 611: '100.00' } },
  },
  {
    name: 'the totals of the round leave a canceled transaction out; round_finished updates the round',
    source:
      'PLATFORM v2.49, cancel: must be excluded from the reports; Based on round_finished the round should be updated',
    given: PLAYER,
    steps: [
      { send: 'changebalance', data: bet({ transaction_id: '1', amount: '10' }), ok: money('90.00') },
      { send: 'changebalance', data: bet({ transaction_id: '2', amount: '5' }), ok: money('85.00') },
      { send: 'changebalance', data: bet({ transaction_id: '3', amount: '500' }), error: 'OP_31' },
      { send: 'changebalance', data: win({ transaction_id: '4', amount: '7' }), ok: money('92.00') },
      { send: 'changebalance', data: refund({ transaction_id: '5', amount: '1' }), ok: money('93.00') },
      {
        send: 'cancel',
        data: data({ transaction_id: '1', round_finished: 'true' }),
        ok: transaction('CANCELED', { transaction_id: '1' }),
      },
    ],
    after: { rounds: { 1727: { bet: '5.00', win: '7.00', refund: '1.00', transactions: 3, state: 'finished' } } },
  },
];
