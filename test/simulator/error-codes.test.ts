import { serialize } from 'php-serialize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentSign, base64, hallSign, packet, post, type Sign, startWorld, userSign, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const { state } = world.simulator.stargame;
  state.addTerminal({ hall: world.hall, uid: '346', phone: '999' });
  state.addAgent({ agentId: '2', password: 'agentpassword', name: 'other', balanceUnits: 0n });
  state.addHall({ hallId: '126', agentId: '2', name: 'hall2', secret: 'fgghhjjuku', operatorName: null });
  world.hall.jackpotUnits = 1000n;
});
afterAll(() => world.stop());

type Fields = Record<string, string | number>;
type Case = [operation: string, code: string, fields: Fields, more?: string];

const settings = (values: Fields): string =>
  `<settings>${Object.entries(values)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</settings>`;

const signs = (fields: Fields): Sign => {
  if ('agent_id' in fields) return agentSign;
  return 'hall_id' in fields ? hallSign : userSign;
};

const reg = { hall_id: 125, phone: 123 };
const session = { user_id: 345, user_password: '31003sdfds' };
const balance = { hall_id: 125, user_id: 345, operation: 'increase', sum: 1 };
const hall = { agent_id: 12345678, hall_name: 'x', hall_secret: 'abc' };
const set = { hall_id: 125, operation: 'set' };
const message = {
  hall_id: 125,
  operation: 'add',
  text: 'x',
  repeat: 1,
  send_type: 'regular',
  schedule: base64(serialize({ dateFrom: '2015-01-02', dateTo: '2015-02-02', interval: 60 })),
};
const jackpot = { hall_id: 125, operation: 'set_settings' };
const agentMove = { agent_id: 12345678, hall_id: 125, operation: 'increase', sum: 1 };
const story = { agent_id: 12345678, period_start: 1000, period_end: 2000 };
const history = { version: '0.5', ...session, use_hash: 0, operation: 'list' };
const period = { period_start: '2026-11-20 00:00:00', period_end: '2026-11-20 12:00:00' };
const log = { ...history, operation: 'log' };

/** Every code that a table of the document has for an operation, besides those of the form of a packet. */
const CASES: Case[] = [
  ['api_reg', 'required_fields_are_empty', { hall_id: 125 }],
  ['api_reg', 'wrong_api_version', { ...reg, version: '0.5' }],
  ['api_reg', 'hall_not_exist', { ...reg, hall_id: 1 }],
  ['api_reg', 'hall_id_format_invalid', { ...reg, hall_id: 'x' }],
  ['api_reg', 'wrong_email', { ...reg, email: 'nobody' }],
  ['api_reg', 'phone_format_invalid', { ...reg, phone: '+123' }],
  ['api_reg', 'user_phone_already_exist', { ...reg, phone: 999 }],
  ['api_reg', 'wrong_password', { ...reg, password: 'abc' }],
  ['api_reg', 'wrong_birthdate_params', { ...reg, birthDay: 31, birthMonth: 2, birthYear: 1980 }],

  ['remotecab_session', 'no_path_to_send_packet', { ...session, operation: 'set', show_packet: 0 }],
  ['remotecab_session', 'wrong_session_data', { ...session, operation: 'get', sessionid: 1, key1: 2, key2: 3 }],
  ['remotecab_session', 'wrong_user_data', { ...session, user_password: 'other', operation: 'set' }],
  ['remotecab_session', 'wrong_user_data', { ...session, user_id: 1, operation: 'set' }],
  ['remotecab_session', 'required_fields_are_empty', { ...session, operation: 'get' }],

  ['api_get_balance', 'wrong_userid', { hall_id: 125, user_id: 'x' }],
  ['api_get_balance', 'user_not_isset', { hall_id: 125, user_id: 1 }],
  ['api_get_balance', 'user_not_isset', { hall_id: 126, user_id: 345 }],
  ['api_get_balance', 'hall_not_exist', { hall_id: 1, user_id: 345 }],
  ['api_get_balance', 'required_fields_are_empty', { hall_id: 125, user_id: 345, show_packet: 0 }],

  ['api_operation_balance', 'wrong_userid', { ...balance, user_id: 'x' }],
  ['api_operation_balance', 'user_not_isset', { ...balance, user_id: 1 }],
  ['api_operation_balance', 'operator_not_isset', { ...balance, hall_id: 126 }],
  ['api_operation_balance', 'wrong_password', { ...balance, user_password: 'other' }],
  ['api_operation_balance', 'too_low_balance_for_increase', { ...balance, sum: 0 }],
  ['api_operation_balance', 'too_low_hall_balance', { ...balance, sum: 100_001 }],
  ['api_operation_balance', 'wrong_incoming_data', { ...balance, operation: 'decrease', sum: 5001 }],
  ['api_operation_balance', 'wrong_incoming_data', { ...balance, sum: '-5' }],
  ['api_operation_balance', 'wrong_incoming_data', { ...balance, operation: 'decrease_all', sum: 5 }],
  ['api_operation_balance', 'operation_not_set', { ...balance, operation: '' }],
  ['api_operation_balance', 'operation_not_set', { ...balance, operation: 'double' }],

  ['api_create_hall', 'agent_not_exist', { ...hall, agent_id: 1 }],
  ['api_create_hall', 'hall_name_already_exists', { ...hall, hall_name: 'hall1' }],
  ['api_create_hall', 'hall_data_empty', { ...hall, hall_name: '' }],

  ['api_get_userslist', 'hall_not_exist', { hall_id: 1 }],

  ['api_hall_settings', 'too_low_maxwin', set, settings({ maxwin: 99 })],
  ['api_hall_settings', 'too_low_maxwin', set, settings({ maxbetperline: 100, maxriskwin: 50_000 })],
  ['api_hall_settings', 'too_big_maxwin', set, settings({ maxwin: 1_000_001 })],
  ['api_hall_settings', 'too_low_maxriskwin', set, settings({ maxriskwin: 4999 })],
  ['api_hall_settings', 'too_big_maxriskwin', set, settings({ maxriskwin: 1_000_001 })],
  ['api_hall_settings', 'wrong_creditlimit_count', set, settings({ creditlimit: 99 })],
  ['api_hall_settings', 'wrong_maxriskround_count', set, settings({ maxriskround: 101 })],
  ['api_hall_settings', 'wrong_denominationmin_count', set, settings({ denominationminval: '0.03' })],
  ['api_hall_settings', 'wrong_denominationmax_count', set, settings({ denominationmaxval: '0.01' })],
  [
    'api_hall_settings',
    'denmin_biggest_than_denmax',
    set,
    settings({ denominationminval: '0.5', denominationmaxval: '0.25' }),
  ],
  ['api_hall_settings', 'wrong_pbonus_count', set, settings({ pbonus: 16 })],
  ['api_hall_settings', 'wrong_mbonus_count', set, settings({ mbonus: -1 })],
  ['api_hall_settings', 'nothing_to_update', set],
  ['api_hall_settings', 'nothing_to_update', set, settings({ unheardof: 1 })],

  ['api_hall_message', 'message_not_isset', { hall_id: 125, operation: 'delete', message_id: 1 }],
  ['api_hall_message', 'message_fields_are_empty', { ...message, text: '' }],
  ['api_hall_message', 'message_fields_are_empty', { ...message, repeat: 101 }],
  ['api_hall_message', 'text_too_big', { ...message, text: 'я'.repeat(256) }],
  ['api_hall_message', 'unable_to_parse_schedule', { ...message, schedule: '' }],
  ['api_hall_message', 'unable_to_parse_schedule', { ...message, schedule: base64('a:1:{') }],
  ['api_hall_message', 'unable_to_parse_schedule', { ...message, schedule: base64('O:8:"stdClass":0:{}') }],
  [
    'api_hall_message',
    'wrong_schedule_format',
    { ...message, schedule: base64(serialize({ dateFrom: '2015-01-02' })) },
  ],
  ['api_hall_message', 'wrong_schedule_format', { ...message, send_type: 'time_repeat' }],
  ['api_hall_message', 'unknown_operation', { ...message, operation: 'change' }],

  ['api_get_hall_balance', 'hall_not_exist', { hall_id: 1 }],
  ['api_get_agent_balance', 'agent_not_exist', { agent_id: 1 }],
  ['api_get_agent_balance', 'invalid_agent_id', { agent_id: 'x' }],
  ['api_get_agent_balance', 'invalid_agent_id', { agent_id: '' }],

  ['api_operation_jackpot', 'wrong_settings_array', { ...jackpot, settings: 'x' }],
  ['api_operation_jackpot', 'wrong_settings_array', jackpot, settings({ enable: 2 })],
  ['api_operation_jackpot', 'wrong_jackpot_percent', jackpot, settings({ jackpotpercent: 6 })],
  ['api_operation_jackpot', 'wrong_activate_value', jackpot, settings({ jackpotactivatevalue: 999 })],
  ['api_operation_jackpot', 'nothing_to_update', jackpot],

  ['api_get_hallslist', 'agent_not_exist', { agent_id: 1 }],
  ['api_get_hallslist', 'invalid_agent_id', { agent_id: 'x' }],

  ['api_hall_operation_balance', 'agent_is_not_owner', { ...agentMove, hall_id: 126 }],
  ['api_hall_operation_balance', 'wrong_operation', { ...agentMove, operation: 'double' }],
  ['api_hall_operation_balance', 'hall_too_low_balance', { ...agentMove, operation: 'descrese', sum: 100_001 }],
  ['api_hall_operation_balance', 'agent_too_low_balance', { ...agentMove, sum: 1_000_001 }],

  ['api_get_agent_story', 'wrong_period_data', { ...story, period_end: 999 }],
  ['api_get_agent_story', 'wrong_period_data', { ...story, period_end: 'x' }],
  ['api_get_agent_story', 'too_big_period', { ...story, period_end: 1000 + 3 * 86_400 + 1 }],

  ['remotecab_game_history', 'wrong_api_version', { ...history, version: '0.6' }],
  ['remotecab_game_history', 'no_path_to_send_packet', { ...history, ...period, show_packet: 0 }],
  ['remotecab_game_history', 'wrong_userid', { ...history, user_id: 'x' }],
  ['remotecab_game_history', 'user_not_isset', { ...history, user_id: 1 }],
  ['remotecab_game_history', 'wrong_user_pass', { ...history, user_password: 'other' }],
  ['remotecab_game_history', 'wrong_user_pass', { ...history, use_hash: 1 }],
  ['remotecab_game_history', 'time_periods_are_empty', { ...history, ...period, period_end: '' }],
  ['remotecab_game_history', 'invalid_date_format', { ...history, ...period, period_end: '2026-02-30 00:00:00' }],
  [
    'remotecab_game_history',
    'time_period_more_that_one_day',
    { ...history, ...period, period_end: '2026-11-21 00:00:01' },
  ],
  ['remotecab_game_history', 'game_id_is_wrong', { ...log, game_id: 'x' }],
  ['remotecab_game_history', 'log_id_is_wrong', { ...log, log_id: 'x' }],
  ['remotecab_game_history', 'either_game_id_or_log_id_must_be_supplied', log],
  ['remotecab_game_history', 'invalid_operation_name', { ...history, operation: 'all' }],
  ['remotecab_game_history', 'log_is_not_isset', { ...log, log_id: 1 }],
];

test.each(CASES)('%s: %s %j', async (operation, code, fields, more) => {
  const answer = await post(world.url, operation, packet(fields, more), signs(fields));
  expect([answer.read('status'), answer.read('code')]).toEqual(['failure', code]);
  const hallId = 'hall_id' in fields ? String(fields.hall_id) : undefined;
  expect(answer.read('hall_id')).toBe(hallId);
});

/** Of the form of a packet: what each operation calls them. */
const INVALID_XML: Readonly<Record<string, string>> = {
  api_reg: 'invalid_xml_sended',
  remotecab_session: 'invalid_xml_sended',
  api_get_balance: 'invalid_xml_format',
  api_operation_balance: 'invalid_xml_sended',
  api_create_hall: 'invalid_xml_sended',
  api_get_userslist: 'invalid_xml_format',
  api_hall_settings: 'invalid_xml_format',
  api_hall_message: 'invalid_xml_format',
  api_get_hall_balance: 'invalid_xml_format',
  api_get_agent_balance: 'invalid_xml_format',
  api_operation_jackpot: 'invalid_xml_format',
  api_get_hallslist: 'invalid_xml_format',
  api_hall_operation_balance: 'invalid_xml_format',
  api_get_agent_story: 'invalid_xml_format',
  remotecab_game_history: 'invalid_xml_sended',
};

test.each(Object.entries(INVALID_XML))('%s: XML that is none', async (operation, code) => {
  const sent = ['<request><version>0.6</request>', '<other/>', '<!DOCTYPE a [<!ENTITY b "c">]><request/>', 'no XML'];
  const answers = await Promise.all(sent.map((xml) => post(world.url, operation, xml, hallSign)));
  expect(answers.map((answer) => answer.read('code'))).toEqual(sent.map(() => code));
  const response = await post(world.url, operation, '', hallSign);
  expect(response.read('code')).toBe('request_not_exists');
});

const wrongSign = () => '0123456789abcdef0123456789abcdef';

test.each([
  ['a hall', 'api_get_balance', { hall_id: 125, user_id: 345 }],
  ['a hall, where none is asked for', 'api_get_userslist', { hall_id: 125 }],
  ['an agent', 'api_get_agent_balance', { agent_id: 12345678 }],
  ['a terminal', 'remotecab_session', { ...session, operation: 'set' }],
  ['a terminal, of its log', 'remotecab_game_history', { ...history, ...period }],
] satisfies [string, string, Fields][])('wrong signature of %s', async (_who, operation, fields) => {
  const answer = await post(world.url, operation, packet(fields), wrongSign);
  expect(answer.read('code')).toBe('wrong_signature');
});

test('nobody who has not signed names a host that is called', async () => {
  const fields = { hall_id: 125, user_id: 345, show_packet: 0, response_url: 'http://127.0.0.1:9/x' };
  const answer = await post(world.url, 'api_get_balance', packet(fields), wrongSign);
  expect(answer.read('code')).toBe('wrong_signature');
});

test('a body that is too big is 413', async () => {
  const response = await fetch(`${world.url}/api_reg`, { method: 'POST', body: 'x'.repeat(70_000) });
  expect(response.status).toBe(413);
});
