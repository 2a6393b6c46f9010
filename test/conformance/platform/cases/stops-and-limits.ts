import { StopScope } from '../../../../src/gen/wallet/v1/stops_pb.ts';
import {
  bet,
  type Case,
  cancel,
  finishround,
  type Given,
  money,
  PLAYER,
  refund,
  type Step,
  status,
  transaction,
  win,
} from '../case.ts';

const stops = 'what we settled, 4: play stopped';
const limits = 'PLATFORM v2.49, OP_32; what we settled, 4: responsible-gambling limits';

/** BETs are refused; all else goes on. */
function stopped(stop: Given): Step[] {
  return [
    { send: 'changebalance', data: bet({ transaction_id: '1' }), ok: money('82.75') },
    { given: stop },
    { send: 'changebalance', data: bet({ transaction_id: '2' }), error: 'OP_33' },
    { send: 'changebalance', data: win(), ok: money('100.00') },
    { send: 'changebalance', data: refund(), ok: money('117.25') },
    { send: 'status', data: status({ transaction_id: '1' }), ok: transaction('OK', { transaction_id: '1' }) },
    { send: 'cancel', data: cancel({ transaction_id: '1' }), ok: transaction('CANCELED', { transaction_id: '1' }) },
    { send: 'finishround', data: finishround(), ok: '{"round_id":1727,"user_id":"611","game_id":200}' },
  ];
}

const limitCase = (name: string, given: Given, steps: Step[]): Case => ({
  name,
  source: limits,
  given: [...PLAYER, given],
  steps,
});

export const stopsAndLimits: Case[] = [
  { name: 'a stop of all refuses bets only', source: stops, given: PLAYER, steps: stopped({ stop: StopScope.ALL }) },
  { name: 'a stop of the operator', source: stops, given: PLAYER, steps: stopped({ stop: StopScope.OPERATOR }) },
  {
    name: 'a stop of the game',
    source: stops,
    given: PLAYER,
    steps: stopped({ stop: StopScope.GAME, id: 'platform:200' }),
  },
  {
    name: 'a stop of the vendor',
    source: stops,
    given: [...PLAYER, { game: '200', enabled: true, vendor: 'evolution' }],
    steps: stopped({ stop: StopScope.VENDOR, id: 'evolution' }),
  },
  {
    name: 'a stop of something else stops nothing, and one that is removed neither',
    source: stops,
    given: [
      ...PLAYER,
      { stop: StopScope.OPERATOR, id: 'another' },
      { stop: StopScope.GAME, id: 'platform:201' },
      { stop: StopScope.VENDOR, id: 'netent' },
      { stop: StopScope.ALL },
      { endStop: StopScope.ALL },
    ],
    steps: [{ send: 'changebalance', data: bet(), ok: money('82.75') }],
  },
  limitCase('a largest bet', { limits: { betMaxUnits: 1_725n }, user: '611' }, [
    {
      send: 'changebalance',
      data: bet({ transaction_id: '1', amount: '17.26' }),
      error: 'OP_32',
      message: 'Limits reached',
    },
    { send: 'changebalance', data: bet({ transaction_id: '2' }), ok: money('82.75') },
    { given: { limits: {}, user: '611' } },
    { send: 'changebalance', data: bet({ transaction_id: '1', amount: '17.26' }), error: 'OP_32' },
    { send: 'status', data: status({ transaction_id: '1' }), ok: transaction('ERROR', { transaction_id: '1' }) },
  ]),
  ...(['stakeDayUnits', 'stakeWeekUnits', 'stakeMonthUnits'] as const).map((limit) =>
    limitCase(`stakes: ${limit}`, { limits: { [limit]: 2_000n }, user: '611' }, [
      { send: 'changebalance', data: bet({ transaction_id: '1', amount: '12' }), ok: money('88.00') },
      { send: 'changebalance', data: win({ amount: '100' }), ok: money('188.00') },
      { send: 'changebalance', data: bet({ transaction_id: '2', amount: '8.01' }), error: 'OP_32' },
      { send: 'changebalance', data: bet({ transaction_id: '3', amount: '8' }), ok: money('180.00') },
      { send: 'cancel', data: cancel({ transaction_id: '3' }), ok: transaction('CANCELED', { transaction_id: '3' }) },
      { send: 'changebalance', data: bet({ transaction_id: '4', amount: '8' }), ok: money('180.00') },
    ]),
  ),
  ...(['lossDayUnits', 'lossWeekUnits', 'lossMonthUnits'] as const).map((limit) =>
    limitCase(`losses: ${limit}`, { limits: { [limit]: 2_000n }, user: '611' }, [
      { send: 'changebalance', data: bet({ transaction_id: '1', amount: '12' }), ok: money('88.00') },
      { send: 'changebalance', data: bet({ transaction_id: '2', amount: '8.01' }), error: 'OP_32' },
      { send: 'changebalance', data: win({ amount: '0.01' }), ok: money('88.01') },
      { send: 'changebalance', data: bet({ transaction_id: '3', amount: '8.01' }), ok: money('80.00') },
      { send: 'changebalance', data: bet({ transaction_id: '4', amount: '0.01' }), error: 'OP_32' },
    ]),
  ),
  {
    name: 'a limit decides before the balance, and after the game',
    source: 'what we settled, 2: changebalance, order of the rows',
    given: [...PLAYER, { limits: { betMaxUnits: 100n }, user: '611' }],
    steps: [
      { send: 'changebalance', data: bet({ transaction_id: '1', amount: '500' }), error: 'OP_32' },
      { given: { game: '200', enabled: false } },
      { send: 'changebalance', data: bet({ transaction_id: '2', amount: '500' }), error: 'OP_35' },
    ],
  },
];
