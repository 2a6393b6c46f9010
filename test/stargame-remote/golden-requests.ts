import type { RequestOf } from '../../src/adapter/stargame/remote/operation.ts';
import type { OPERATIONS, OperationName } from '../../src/adapter/stargame/remote/operations/index.ts';

type Requests = { [Name in OperationName]: Record<string, RequestOf<(typeof OPERATIONS)[Name]>> };

const session = { user_id: '125', user_password: '31003sdfds' };
const history = { user_id: '12044', user_password: '1DF12b3', use_hash: 0 } as const;

/** What the files request*.xml are made of; values from the document's samples where it has them. */
export const REQUESTS = {
  api_reg: {
    request: {
      hall_id: '125',
      phone: '310903377415',
      birthDay: 2,
      birthMonth: 5,
      birthYear: 1980,
      address: 'some address',
      password: 'sdgf55123',
    },
    'request-full': {
      country: 'Germany',
      hall_id: '125',
      name: 'john_doe',
      phone: '310903377415',
      email: 'john@example.com',
      ex_id: '611',
      operation_id: '9000000000000000001',
      password: 'sdgf55123',
      birthDay: 1,
      birthMonth: 5,
      birthYear: 1980,
      address: 'Straße 1 & 2, <left>',
    },
  },
  remotecab_session: {
    'request-set': { ...session, operation: 'set' },
    'request-get': { ...session, operation: 'get', sessionid: '9007199254740993', key1: '11', key2: '22' },
    'request-check': { ...session, operation: 'check' },
    'request-close': { ...session, operation: 'close' },
  },
  api_get_balance: {
    request: { user_id: '345', hall_id: '125' },
    'request-ex': { user_id: '611', hall_id: '125', user_ex: 1 },
  },
  api_operation_balance: {
    request: { user_id: '345', hall_id: '125', operation: 'increase', sum: 500n },
    'request-id': {
      user_id: '345',
      hall_id: '125',
      operation: 'decrease',
      operation_id: '77',
      sum: 9007199254740993n,
      user_password: '31003sdfds',
    },
    'request-all': { user_id: '345', hall_id: '125', operation: 'decrease_all', operation_id: '78', sum: 0n },
  },
  api_create_hall: { request: { hall_name: 'MyNewHall', hall_secret: 'fgghhjjuku', agent_id: '12345678' } },
  api_get_userslist: { request: { hall_id: '125' } },
  api_hall_settings: {
    'request-get': { hall_id: '125', operation: 'get' },
    'request-set': {
      hall_id: '125',
      operation: 'set',
      settings: {
        maxbetperline: 100,
        maxwin: 50_000,
        maxriskwin: 1_000_000,
        creditlimit: 100,
        matproc: 88,
        maxriskround: 2,
        denominationenable: 1,
        denominationminval: '0.1',
        denominationmaxval: '1.00',
        minamount: 1,
        pbonus: 15,
        mbonus: 1,
      },
    },
    'request-one': { hall_id: '125', operation: 'set', settings: { pbonus: 0 } },
  },
  api_hall_message: {
    'request-add': {
      hall_id: '125',
      operation: 'add',
      text: 'Привет, Hello 1',
      repeat: 100,
      send_type: 'time_repeat',
      schedule: { dateFrom: '2011-12-11', hours: 11, minutes: 20, interval: 30 },
    },
    'request-regular': {
      hall_id: '125',
      operation: 'add',
      text: 'Hello',
      repeat: 1,
      send_type: 'regular',
      schedule: { dateFrom: '2015-01-02', dateTo: '2015-02-02', interval: 60 },
    },
    'request-delete': { hall_id: '125', operation: 'delete', message_id: '17' },
  },
  api_get_hall_balance: { request: { hall_id: '125' } },
  api_get_agent_balance: { request: { agent_id: '12345678' } },
  api_operation_jackpot: {
    'request-get-balance': { hall_id: '125', operation: 'get_balance' },
    'request-reset': { hall_id: '125', operation: 'reset' },
    'request-change': { hall_id: '125', operation: 'change', jackpotvalue: 250_000n },
    'request-get-settings': { hall_id: '125', operation: 'get_settings' },
    'request-set-settings': {
      hall_id: '125',
      operation: 'set_settings',
      settings: {
        jackpotpercent: 5,
        enable: 1,
        jackpotactivatevalue: 300_000n,
        jackpotwinelapsedtime: 3600,
        autorestart: 0,
        minbet: 9000,
        outtext: 'Jackpot, hurry up!',
      },
    },
  },
  api_get_hallslist: { request: { agent_id: '12345678' } },
  api_hall_operation_balance: {
    request: { agent_id: '12345678', hall_id: '125', operation: 'descrese', sum: 500n },
  },
  api_get_agent_story: {
    request: { agent_id: '12345678', period_start: 1390521600n, period_end: 1390780800n },
  },
  remotecab_game_history: {
    'request-log': { ...history, operation: 'log', log_id: '5951155076' },
    'request-game': {
      user_id: '12044',
      user_password: '701664d058962a90cb7428cdf6fbbdba',
      use_hash: 1,
      operation: 'log',
      game_id: '219',
    },
    'request-list': {
      ...history,
      operation: 'list',
      period_start: '2016-07-31 00:00:00',
      period_end: '2016-08-01 00:00:00',
    },
  },
} satisfies Requests;
