import { expect, test } from 'vitest';
import { RemoteError } from '../../../outbound/remote-error.ts';
import type { Operation } from '../operation.ts';
import { checkRequest, type Signer } from '../request.ts';
import { OPERATIONS, type OperationName } from './index.ts';

const operations: Record<string, Operation> = OPERATIONS;

const signers: Record<Operation['signature'], Signer> = {
  hall: { type: 'hall', secret: 's' },
  agent: { type: 'agent', password: 'p' },
  user: { type: 'user', password: 'pass12' },
};

const BASE = {
  api_reg: { hall_id: '1', phone: '310903377415' },
  remotecab_session: { user_id: '1', user_password: 'pass12', operation: 'set' },
  api_get_balance: { user_id: '1', hall_id: '1' },
  api_operation_balance: { user_id: '1', hall_id: '1', operation: 'increase', sum: 1n },
  api_create_hall: { hall_name: 'x', hall_secret: 'y', agent_id: '1' },
  api_get_userslist: { hall_id: '1' },
  api_hall_settings: { hall_id: '1', operation: 'set', settings: { pbonus: 1 } },
  api_hall_message: {
    hall_id: '1',
    operation: 'add',
    text: 'x',
    repeat: 1,
    send_type: 'time_repeat',
    schedule: { dateFrom: '2015-01-02', hours: 0, minutes: 0, interval: 10 },
  },
  api_get_hall_balance: { hall_id: '1' },
  api_get_agent_balance: { agent_id: '1' },
  api_operation_jackpot: { hall_id: '1', operation: 'set_settings', settings: { enable: 1 } },
  api_get_hallslist: { agent_id: '1' },
  api_hall_operation_balance: { agent_id: '1', hall_id: '1', operation: 'increase', sum: 1n },
  api_get_agent_story: { agent_id: '1', period_start: 0n, period_end: 259_200n },
  remotecab_game_history: {
    user_id: '1',
    user_password: 'pass12',
    use_hash: 0,
    operation: 'list',
    period_start: '2016-07-31 00:00:00',
    period_end: '2016-08-01 00:00:00',
  },
} satisfies Record<OperationName, Record<string, unknown>>;

/** What the check says; empty where it says nothing. */
function refusal(name: OperationName, changes: Record<string, unknown>): string {
  const operation = operations[name];
  if (operation === undefined) throw new Error(name);
  const request = Object.fromEntries(
    Object.entries({ ...BASE[name], ...changes }).filter(([, value]) => value !== undefined),
  );
  try {
    checkRequest(operation, request, signers[operation.signature]);
    return '';
  } catch (error) {
    if (error instanceof RemoteError && error.kind === 'invalid_request') return error.message.slice(name.length + 2);
    throw error;
  }
}

const settings = (values: Record<string, unknown>) => ({ settings: values });
const once = BASE.api_hall_message.schedule;
const regular = { send_type: 'regular', schedule: { dateFrom: '2015-01-02', dateTo: '2015-02-02', interval: 60 } };
const log = { operation: 'log', period_start: undefined, period_end: undefined };

test.each(Object.keys(OPERATIONS) as OperationName[])('%s: the plain request is taken', (name) => {
  expect(refusal(name, {})).toBe('');
});

test.each(
  Object.entries(BASE).flatMap(([name, fields]) => Object.keys(fields).map((field) => [name as OperationName, field])),
)('%s: %s is required', (name, field) => {
  expect(refusal(name as OperationName, { [field as string]: undefined })).toMatch(new RegExp(`(^|; )${field}: `));
});

test.each<[OperationName, Record<string, unknown>, string]>([
  ['api_reg', { hall_id: 1 }, 'hall_id: must be a string of digits'],
  ['api_reg', { hall_id: '01' }, 'hall_id: must be digits without leading zeros'],
  ['api_reg', { hall_id: '9223372036854775808' }, 'hall_id: must be digits'],
  ['api_reg', { name: 'short' }, 'name: must have 6 to 64 characters'],
  ['api_reg', { phone: '+310903377415' }, 'phone: must be 5 to 18 digits'],
  ['api_reg', { phone: '3109 0337' }, 'phone: '],
  ['api_reg', { phone: '9'.repeat(19) }, 'phone: must be 5 to 18 digits'],
  ['api_reg', { email: 'nobody' }, 'email: must be an email address'],
  ['api_reg', { operation_id: 'a-b' }, 'operation_id: must be digits'],
  ['api_reg', { operation_id: '0' }, 'operation_id: must be at least 1'],
  ['api_operation_balance', { operation_id: '0' }, 'operation_id: must be at least 1'],
  ['api_reg', { password: 'short' }, 'password: must be 6 to 64 Latin letters and digits'],
  ['api_reg', { password: 'пароль1' }, 'password: '],
  ['api_reg', { birthDay: 1 }, 'birthDay: birthDay, birthMonth and birthYear must be a date together'],
  ['api_reg', { birthDay: 30, birthMonth: 2, birthYear: 1980 }, 'birthDay: '],
  ['api_reg', { address: 'a\u0000b' }, 'address: must have no control characters'],
  ['api_reg', { show_packet: 1 }, 'show_packet: not a field of this operation'],
  ['api_reg', { response_url: 'http://x' }, 'response_url: not a field of this operation'],
  ['remotecab_session', { operation: 'create' }, 'operation: must be one of get, set, check, close'],
  ['remotecab_session', { operation: 'get' }, 'sessionid: '],
  ['remotecab_session', { operation: 'get', sessionid: '1', key1: '2' }, 'key2: '],
  ['remotecab_session', { sessionid: '1' }, 'sessionid: not a field of this operation'],
  ['remotecab_session', { user_password: 'another' }, "user_password: is not the signer's password"],
  ['api_get_balance', { user_ex: 2 }, 'user_ex: must be one of 0, 1'],
  ['api_operation_balance', { operation: 'steal' }, 'operation: must be one of increase, decrease, decrease_all'],
  ['api_operation_balance', { sum: 5 }, 'sum: must be a bigint'],
  ['api_operation_balance', { sum: -1n }, 'sum: must be at least 0'],
  ['api_operation_balance', { sum: 0n }, 'sum: must be at least 1'],
  ['api_operation_balance', { operation: 'decrease_all' }, 'sum: must be 0 for decrease_all'],
  ['api_create_hall', { hall_secret: 'a'.repeat(33) }, 'hall_secret: must be 1 to 32 Latin letters and digits'],
  ['api_create_hall', { hall_secret: 'a b' }, 'hall_secret: '],
  ['api_create_hall', { hall_name: '' }, 'hall_name: must have 1 to 255 characters'],
  ['api_hall_settings', { operation: 'get' }, 'settings: not a field of this operation'],
  ['api_hall_settings', settings({}), 'settings: must have at least one setting'],
  ['api_hall_settings', settings({ surprise: 1 }), 'settings.surprise: not a field of this operation'],
  ['api_hall_settings', settings({ maxbetperline: 11 }), 'settings.maxbetperline: must be one of 1, 2, 3'],
  ['api_hall_settings', settings({ maxwin: 99 }), 'settings.maxwin: must be at least 100'],
  ['api_hall_settings', settings({ maxwin: 1_000_001 }), 'settings.maxwin: must be at most 1000000'],
  [
    'api_hall_settings',
    settings({ maxbetperline: 20, maxwin: 9_999 }),
    'settings.maxwin: must be at least maxbetperline * 500 = 10000',
  ],
  [
    'api_hall_settings',
    settings({ maxbetperline: 20, maxriskwin: 9_999 }),
    'settings.maxriskwin: must be at least maxbetperline * 500',
  ],
  ['api_hall_settings', settings({ creditlimit: 99 }), 'settings.creditlimit: must be at least 100'],
  ['api_hall_settings', settings({ creditlimit: 1_000_001 }), 'settings.creditlimit: must be at most 1000000'],
  ['api_hall_settings', settings({ matproc: 90 }), 'settings.matproc: must be one of 80, 83, 85, 88, 93'],
  ['api_hall_settings', settings({ maxriskround: 1 }), 'settings.maxriskround: must be at least 2'],
  ['api_hall_settings', settings({ maxriskround: 101 }), 'settings.maxriskround: must be at most 100'],
  ['api_hall_settings', settings({ denominationenable: 2 }), 'settings.denominationenable: must be one of 0, 1'],
  ['api_hall_settings', settings({ denominationminval: '0.03' }), 'settings.denominationminval: must be one of 0.01'],
  ['api_hall_settings', settings({ denominationmaxval: '3.00' }), 'settings.denominationmaxval: must be one of 0.25'],
  [
    'api_hall_settings',
    settings({ denominationminval: '0.5', denominationmaxval: '0.25' }),
    'settings.denominationminval: must be at most denominationmaxval',
  ],
  ['api_hall_settings', settings({ minamount: 0 }), 'settings.minamount: must be at least 1'],
  ['api_hall_settings', settings({ pbonus: 16 }), 'settings.pbonus: must be at most 15'],
  ['api_hall_settings', settings({ pbonus: 1.5 }), 'settings.pbonus: must be a whole number'],
  ['api_hall_settings', settings({ mbonus: 0 }), 'settings.mbonus: must be at least 1'],
  ['api_hall_message', { operation: 'edit' }, 'operation: must be one of add, delete'],
  ['api_hall_message', { text: 'x'.repeat(256) }, 'text: must have 1 to 255 characters'],
  ['api_hall_message', { text: '<b>' }, 'text: must have Latin and cyrillic letters'],
  ['api_hall_message', { repeat: 0 }, 'repeat: must be at least 1'],
  ['api_hall_message', { repeat: 101 }, 'repeat: must be at most 100'],
  ['api_hall_message', { send_type: 'one_time_repeat' }, 'send_type: must be one of time_repeat, regular'],
  ['api_hall_message', { message_id: '1' }, 'message_id: not a field of this operation'],
  ['api_hall_message', { schedule: { ...once, hours: 25 } }, 'schedule.hours: must be at most 24'],
  ['api_hall_message', { schedule: { ...once, minutes: 60 } }, 'schedule.minutes: must be at most 59'],
  ['api_hall_message', { schedule: { ...once, interval: 20 } }, 'schedule.interval: must be one of 10, 30, 60'],
  ['api_hall_message', { schedule: { ...once, dateFrom: '2015-02-30' } }, 'schedule.dateFrom: must be a date'],
  ['api_hall_message', { schedule: regular.schedule }, 'schedule.hours: '],
  ['api_hall_message', { ...regular, schedule: once }, 'schedule.dateTo: '],
  [
    'api_hall_message',
    { ...regular, schedule: { ...regular.schedule, dateTo: '2015-01-01' } },
    'schedule.dateTo: must not be before dateFrom',
  ],
  ['api_operation_jackpot', { operation: 'win' }, 'operation: must be one of get_balance, reset'],
  ['api_operation_jackpot', { operation: 'reset' }, 'settings: not a field of this operation'],
  ['api_operation_jackpot', settings({}), 'settings: must have at least one setting'],
  ['api_operation_jackpot', settings({ jackpotpercent: 6 }), 'settings.jackpotpercent: must be one of 1, 2, 3, 4, 5'],
  [
    'api_operation_jackpot',
    settings({ jackpotactivatevalue: -1n }),
    'settings.jackpotactivatevalue: must be at least 0',
  ],
  ['api_operation_jackpot', settings({ minbet: 9_001 }), 'settings.minbet: must be at most 9000'],
  ['api_operation_jackpot', settings({ outtext: 'Джекпот' }), 'settings.outtext: must have Latin letters'],
  ['api_operation_jackpot', settings({ outtext: '<b>' }), 'settings.outtext: '],
  ['api_hall_operation_balance', { operation: 'decrease' }, 'operation: must be one of increase, descrese'],
  ['api_hall_operation_balance', { sum: 0n }, 'sum: must be at least 1'],
  ['api_get_agent_story', { period_end: 259_201n }, 'period_end: must be at most three days after period_start'],
  ['api_get_agent_story', { period_start: 2n, period_end: 1n }, 'period_end: must not be before period_start'],
  ['remotecab_game_history', { period_end: '2016-08-01 00:00:01' }, 'period_end: must be at most 24 hours after'],
  ['remotecab_game_history', { period_end: '2016-07-30 23:59:59' }, 'period_end: must not be before period_start'],
  ['remotecab_game_history', { period_start: '2016-07-31' }, 'period_start: must be a time as 2016-07-31 12:26:02'],
  ['remotecab_game_history', { use_hash: 1 }, 'user_password: must be an md5 digest in hex where use_hash is 1'],
  ['remotecab_game_history', { ...log }, 'log_id: give either log_id or game_id'],
  ['remotecab_game_history', { ...log, log_id: '1', game_id: '2' }, 'log_id: give either log_id or game_id'],
  ['remotecab_game_history', { ...log, log_id: '1', period_start: '2016-07-31 00:00:00' }, 'period_start: not a field'],
  ['remotecab_game_history', { operation: 'List' }, 'operation: must be one of list, log'],
])('%s refuses %o', (name, changes, message) => {
  expect(refusal(name, changes)).toContain(message);
});

test.each<[OperationName, Record<string, unknown>]>([
  ['api_hall_settings', settings({ maxbetperline: 20, maxwin: 10_000, maxriskwin: 10_000 })],
  ['api_hall_settings', settings({ denominationminval: '0.25', denominationmaxval: '0.25' })],
  ['api_hall_message', regular],
  ['api_hall_message', { schedule: { ...once, hours: 24, minutes: 59, interval: 2880 } }],
  ['api_operation_balance', { sum: 9_223_372_036_854_775_807n }],
  ['remotecab_session', { operation: 'check', sessionid: '1', key1: '2', key2: '3' }],
])('%s takes %o', (name, changes) => {
  expect(refusal(name, changes)).toBe('');
});

test('no refusal has a secret in it', () => {
  const password = 'geheim geheim';
  expect(refusal('api_reg', { password })).not.toContain('geheim');
  expect(refusal('remotecab_session', { user_password: 'geheim' })).not.toContain('geheim');
  expect(refusal('api_create_hall', { hall_secret: password })).not.toContain('geheim');
});

test('only reads, and what has an operation_id, may be sent twice', () => {
  const mayRepeat = Object.entries(BASE).filter(([name, request]) => {
    const operation = operations[name];
    return operation?.isIdempotent(operation.request.parse(request));
  });
  expect(mayRepeat.map(([name]) => name)).toEqual([
    'api_get_balance',
    'api_get_userslist',
    'api_get_hall_balance',
    'api_get_agent_balance',
    'api_get_hallslist',
    'api_get_agent_story',
    'remotecab_game_history',
  ]);
  const { api_reg, api_operation_balance, api_hall_settings, api_operation_jackpot, remotecab_session } = OPERATIONS;
  expect(api_reg.isIdempotent({ ...BASE.api_reg, operation_id: '1' })).toBe(true);
  const increase = { user_id: '1', hall_id: '1', operation: 'increase', sum: 1n } as const;
  expect(api_operation_balance.isIdempotent({ ...increase, operation_id: '1' })).toBe(true);
  expect(api_hall_settings.isIdempotent({ hall_id: '1', operation: 'get' })).toBe(true);
  expect(api_operation_jackpot.isIdempotent({ hall_id: '1', operation: 'get_balance' })).toBe(true);
  expect(api_operation_jackpot.isIdempotent({ hall_id: '1', operation: 'change', jackpotvalue: 1n })).toBe(false);
  expect(remotecab_session.isIdempotent({ user_id: '1', user_password: 'x', operation: 'close' })).toBe(true);
});
