import { expect } from 'vitest';
import type { OperationName } from '../../src/adapter/stargame/remote/operations/index.ts';

type Answers = Record<
  OperationName,
  Record<string, { request?: Record<string, unknown>; answer: Record<string, unknown>; required: readonly string[] }>
>;

const time = 1390780004n;
const logs = [
  {
    dataid: '5951155076',
    gameid: '219',
    date: '2016-07-31 12:26:02',
    bet: 500n,
    win: 1000n,
    lines: 9n,
    balance: 3_327_000n,
    gname: 'Deuces Wild',
  },
  { dataid: '5951155077', date: '2016-07-31 12:26:09', bet: 500n, win: 0n, balance: 3_326_500n },
];
const jackpot = {
  jackpotpercent: 5,
  enable: 1,
  jackpotactivatevalue: 300_000n,
  jackpotwinelapsedtime: 3600,
  autorestart: 0,
  minbet: 9000,
  outtext: 'Jackpot, hurry up!',
};

/** What the files answer*.xml mean, to which request, and which of their fields must be there. */
export const ANSWERS = {
  api_reg: {
    answer: {
      answer: {
        login: '95745',
        password: 'sdf55yhh',
        email: 'mRXqMXcrfD@stargamecasino.com',
        phone: '3808053344000',
        hall_id: '25',
        operation_id: undefined,
        operation_exist: 0,
        time: 1390778516n,
        ex_id: undefined,
        is_first_deposit: 1,
        is_first_enter: 0,
        is_passing: '0',
      },
      required: ['hall_id', 'login', 'password', 'time'],
    },
  },
  remotecab_session: {
    'answer-set': {
      request: { operation: 'set' },
      answer: {
        time,
        uid: '125',
        sessionid: '9007199254740993',
        key1: '11',
        key2: '22',
        roomnumber: '25',
        balance: 2950n,
        currency: 'RUB',
        is_first_enter: 1,
      },
      required: ['uid', 'time', 'sessionid', 'key1', 'key2'],
    },
    'answer-close': { request: { operation: 'close' }, answer: { uid: '125', time }, required: ['uid', 'time'] },
  },
  api_get_balance: {
    answer: {
      answer: { user_id: '10025', hall_id: '129', balance: 2_924_316n, time },
      required: ['user_id', 'hall_id', 'balance', 'time'],
    },
  },
  api_operation_balance: {
    answer: {
      answer: {
        user_id: '10125',
        hall_id: '125',
        operation: 'increase',
        operation_id: undefined,
        old_balance: 5000n,
        new_balance: 5500n,
        operation_exist: 0,
        time: 1390783078n,
      },
      required: ['user_id', 'hall_id', 'new_balance', 'time'],
    },
    'answer-table': { answer: { new_balance: 5500n, user_id: '345' }, required: [] },
  },
  api_create_hall: {
    answer: {
      answer: { hall_id: '114', hall_secret: 'somecode', currency: '643', time: 123456789n },
      required: ['hall_id', 'currency'],
    },
  },
  api_get_userslist: {
    answer: {
      answer: {
        hall_id: '125',
        users_count: 2,
        users: [
          { uid: '30359', name: 'protest1', password: 'fxa445', balance: 347n },
          { uid: '308905', name: 'protest2', password: '4454599', balance: 4004n },
        ],
      },
      required: ['hall_id', 'users_count', 'time', 'uid', 'name', 'balance'],
    },
  },
  api_hall_settings: {
    'answer-get': {
      request: { operation: 'get' },
      answer: {
        hall_id: '125',
        operation: 'get',
        settings: { maxbetperline: 10, maxwin: 5000, denominationminval: '0.01', denominationmaxval: '1.00' },
      },
      required: ['hall_id', 'operation', 'time', 'settings'],
    },
    'answer-set': {
      request: { operation: 'set' },
      answer: { hall_id: '125', operation: 'set', time },
      required: ['hall_id', 'operation', 'time'],
    },
  },
  api_hall_message: {
    answer: { answer: { message_id: '17', hall_id: '125', time }, required: ['message_id', 'hall_id', 'time'] },
  },
  api_get_hall_balance: {
    answer: { answer: { hall_id: '125', balance: 10_400n, time }, required: ['hall_id', 'balance', 'time'] },
  },
  api_get_agent_balance: {
    answer: { answer: { agent_id: '12345678', balance: 10_400n }, required: ['agent_id', 'balance', 'time'] },
  },
  api_operation_jackpot: {
    'answer-balance': {
      request: { operation: 'get_balance' },
      answer: { hall_id: '125', jackpotvalue: 250_000n, time },
      required: ['hall_id', 'operation', 'jackpotvalue', 'time'],
    },
    'answer-settings': {
      request: { operation: 'get_settings' },
      answer: { hall_id: '125', settings: jackpot },
      required: ['settings'],
    },
  },
  api_get_hallslist: {
    answer: {
      answer: {
        agent_id: '12345678',
        halls_count: 2,
        halls: [
          { id: '1', name: 'hall1', balance: 10_400n, operator_name: 'oper1' },
          { id: '2', name: 'hall2', balance: -5n, operator_name: undefined },
        ],
      },
      required: ['agent_id', 'halls_count', 'time', 'id', 'name', 'balance'],
    },
  },
  api_hall_operation_balance: {
    answer: {
      answer: { hall_id: '125', old_balance: 10_400n, new_balance: 9_900n, time },
      required: ['hall_id', 'old_balance', 'new_balance', 'time'],
    },
  },
  api_get_agent_story: {
    answer: {
      answer: {
        agent_id: '12345678',
        period_start: 1390521600n,
        operations_count: 1,
        operations: [
          {
            id: '1',
            description: 'hall 360, + 1000',
            date: 1390600000n,
            balance_before: 104_000n,
            sum: 100_000n,
            balance_after: 40_000n,
            by: 'someagent',
          },
        ],
      },
      required: ['agent_id', 'period_start', 'period_end', 'operations_count', 'time', 'id', 'date', 'sum'],
    },
  },
  remotecab_game_history: {
    'answer-log': {
      request: { operation: 'log', log_id: '5951155076' },
      answer: {
        user_id: '12044',
        use_hash: 0,
        hall_id: '255',
        timestamp: 1470312323n,
        log_id: '5951155076',
        log_date: '2016-07-31 12:26:02',
        log_bet: 500n,
        log_win: 1000n,
        log_betline: 0n,
        log_lines: 0n,
        log_balance: 3_327_000n,
        log_gname: 'Deuces Wild',
        log_html: expect.stringMatching(/^PHRhYmxl/),
        md5: '9986a56907868571b3f15ec5579f0748',
        logs: [],
      },
      required: ['user_id', 'timestamp', 'log_id', 'log_date', 'log_bet', 'log_win', 'log_balance', 'log_html'],
    },
    'answer-list': {
      request: { operation: 'list' },
      answer: { hall_id: '255', use_hash: 0, logs_count: 2, logs },
      required: ['user_id', 'timestamp', 'logs_count', 'dataid', 'gameid', 'date', 'bet', 'win', 'balance'],
    },
    'answer-list-flat': { request: { operation: 'list' }, answer: { logs_count: 2, logs }, required: ['dataid'] },
    'answer-list-empty': {
      request: { operation: 'list' },
      answer: { logs_count: 0, logs: [] },
      required: ['logs_count'],
    },
  },
} satisfies Answers;
