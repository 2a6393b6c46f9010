import { serialize } from 'php-serialize';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  agentSign,
  base64,
  digest,
  fieldsOf,
  hallSign,
  listen,
  packet,
  post,
  readAnswer,
  type Sign,
  startWorld,
  userSign,
  type World,
} from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const ask = (operation: string, xml: string, sign: Sign) => post(world.url, operation, xml, sign);

/** The document's own request, with what it got. */
const SAMPLES: readonly { operation: string; xml: string; sign: Sign; answer: Record<string, string> }[] = [
  {
    operation: 'api_reg',
    // The sample's <birthDay> is closed by </birtDay>: here it is not.
    xml: `<request>
	<version>0.6</version>
	<hall_id>125</hall_id>
	<phone>310903377415</phone>
	<birthDay>02</birthDay>
	<birthMonth>05</birthMonth>
	<birthYear>1980</birthYear>
	<address>some address</address>
	<password>sdgf55123</password>
	<show_packet>1</show_packet>
	<response_url></response_url>
</request>`,
    sign: hallSign,
    answer: {
      password: 'sdgf55123',
      phone: '310903377415',
      hall_id: '125',
      operation_exist: '0',
      birthdate: '1980-05-02',
    },
  },
  {
    operation: 'remotecab_session',
    xml: `<request>
<version>0.6</version>
<user_id>345</user_id>
<user_password>31003sdfds</user_password>
<operation>set</operation>
<show_packet>1</show_packet>
<response_url></response_url>
</request>`,
    sign: userSign,
    answer: { uid: '345', password: '31003sdfds', roomnumber: '125', balance: '5000', currency: 'RUB' },
  },
  {
    operation: 'api_get_balance',
    xml: `<request>
	<version>0.6</version>
	<hall_id>125</hall_id>
	<user_id>345</user_id>
	<show_packet>1</show_packet>
	<response_url></response_url>
</request>`,
    sign: hallSign,
    answer: { user_id: '345', hall_id: '125', balance: '5000', time: '1795176000' },
  },
  {
    operation: 'api_operation_balance',
    xml: `<request>
	<version>0.6</version>
	<hall_id>125</hall_id>
	<user_id>345</user_id>
	<operation>increase</operation>
	<sum>500</sum>
	<show_packet>1</show_packet>
	<response_url></response_url>
</request>`,
    sign: hallSign,
    answer: { operation: 'increase', operation_id: '', old_balance: '5000', new_balance: '5500', operation_exist: '0' },
  },
  {
    operation: 'api_create_hall',
    xml: `<request>
	<version>0.6</version>
	<hall_name>MyNewHall</hall_name>
	<hall_secret>fgghhjjuku</hall_secret>
	<agent_id>12345678</agent_id>
	<response_url></response_url>
</request>`,
    sign: agentSign,
    answer: { hall_secret: 'fgghhjjuku', currency: '643' },
  },
  {
    operation: 'api_get_userslist',
    xml: `<request>
	<version>0.6</version>
	<hall_id>125</hall_id>
	<show_packet>1</show_packet>
	<response_url></response_url>
</request>`,
    sign: hallSign,
    answer: { hall_id: '125', users_count: '1', uid: '345', password: '31003sdfds', balance: '5000' },
  },
];

describe("the document's samples", () => {
  test.each(SAMPLES)('$operation', async ({ operation, xml, sign, answer }) => {
    const got = await ask(operation, xml, sign);
    expect(got.read('status')).toBe('success');
    expect(got.read('version')).toBe('0.6');
    expect(Object.fromEntries(Object.keys(answer).map((field) => [field, got.read(field)]))).toEqual(answer);
    expect(got.signature).toBe(sign(got.xml));
  });

  test('api_get_userslist without reg_sign, as its PHP example sends it', async () => {
    const xml = packet({ hall_id: 125 });
    const form = new URLSearchParams({ reg_xml: base64(xml) });
    const response = await fetch(`${world.url}/api_get_userslist`, { method: 'POST', body: form });
    expect(readAnswer(await response.text()).read('users_count')).toBe('1');
  });

  test('multipart/form-data, as PHP sends an array', async () => {
    const xml = packet({ hall_id: 125, user_id: 345 });
    const body = new FormData();
    body.set('reg_xml', base64(xml));
    body.set('reg_sign', hallSign(xml));
    const response = await fetch(`${world.url}/api_get_balance`, { method: 'POST', body });
    expect(readAnswer(await response.text()).read('balance')).toBe('5000');
  });
});

test('the answer comes in each of the forms', async () => {
  const xml = packet({ hall_id: 125, user_id: 345 });
  const text = async (answerForm: string): Promise<string> => {
    await fetch(`${world.url}/control/answer-form`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ answerForm }),
    });
    const form = new URLSearchParams({ reg_xml: base64(xml), reg_sign: hallSign(xml) });
    return (await fetch(`${world.url}/api_get_balance`, { method: 'POST', body: form })).text();
  };
  const bare = await text('xml');
  expect(bare).toContain('<balance>5000</balance>');
  expect(await text('base64')).toBe(base64(bare));
  expect(JSON.parse(await text('json'))).toEqual({ reg_xml: base64(bare), reg_sign: hallSign(bare) });
});

describe('api_reg', () => {
  test('a packet that is sent again gives the same terminal', async () => {
    const xml = packet({ hall_id: 125, phone: 4477, operation_id: '9007199254740993' });
    const first = await ask('api_reg', xml, hallSign);
    const again = await ask('api_reg', xml, hallSign);
    expect([first.read('operation_exist'), again.read('operation_exist')]).toEqual(['0', '1']);
    expect(again.read('login')).toBe(first.read('login'));
    expect(again.read('password')).toBe(first.read('password'));
    expect(world.hall.terminals).toHaveLength(2);
  });

  test('an operation_id that is no bigint is not remembered', async () => {
    const xml = packet({ hall_id: 125, phone: 4477, operation_id: 'abc' });
    await ask('api_reg', xml, hallSign);
    expect((await ask('api_reg', xml, hallSign)).read('code')).toBe('user_phone_already_exist');
  });

  test('what is not given is made, and a password is rid of what it must not have', async () => {
    const made = await ask('api_reg', packet({ hall_id: 125, phone: 1 }), hallSign);
    expect(made.read('password')).toMatch(/^[a-z0-9]{8}$/);
    expect(made.read('email')).toMatch(/@stargamecasino\.com$/);
    const cut = await ask('api_reg', packet({ hall_id: 125, phone: 2, password: 'ab-cd.ef1' }), hallSign);
    expect(cut.read('password')).toBe('abcdef1');
  });
});

describe('remotecab_session', () => {
  const session = (fields: Record<string, string>) =>
    ask('remotecab_session', packet({ user_id: 345, user_password: '31003sdfds', ...fields }), userSign);

  test('set, get, check, close', async () => {
    const set = await session({ operation: 'set' });
    const [sessionid = '', key1 = '', key2 = ''] = ['sessionid', 'key1', 'key2'].map(set.read);
    const get = await session({ operation: 'get', sessionid, key1, key2 });
    expect(get.read('uid')).toBe('345');
    expect((await session({ operation: 'check' })).read('sessionid')).toBe(sessionid);
    const closed = await session({ operation: 'close' });
    expect([closed.read('status'), closed.read('sessionid')]).toEqual(['success', undefined]);
    expect((await session({ operation: 'get', sessionid, key1, key2 })).read('code')).toBe('wrong_session_data');
    expect((await session({ operation: 'check' })).read('sessionid')).not.toBe(sessionid);
  });

  test('the first enter is told once', async () => {
    expect((await session({ operation: 'set' })).read('is_first_enter')).toBe('1');
    expect((await session({ operation: 'set' })).read('is_first_enter')).toBe('0');
  });
});

describe('api_operation_balance', () => {
  const move = (fields: Record<string, string | number>) =>
    ask('api_operation_balance', packet({ hall_id: 125, user_id: 345, ...fields }), hallSign);

  test('money moves between hall and terminal, and none is lost', async () => {
    await move({ operation: 'increase', sum: 700 });
    expect([world.terminal.balanceUnits, world.hall.balanceUnits]).toEqual([5700n, 99_300n]);
    await move({ operation: 'decrease', sum: 200 });
    expect([world.terminal.balanceUnits, world.hall.balanceUnits]).toEqual([5500n, 99_500n]);
    const all = await move({ operation: 'decrease_all', sum: 0 });
    expect([all.read('old_balance'), all.read('new_balance')]).toEqual(['5500', '0']);
    expect(world.hall.balanceUnits).toBe(105_000n);
  });

  test('a packet that is sent again moves nothing and gets the first answer', async () => {
    const fields = { operation: 'increase', sum: 700, operation_id: 42 };
    const first = await move(fields);
    await move({ operation: 'decrease', sum: 100 });
    const again = await move(fields);
    expect([first.read('operation_exist'), again.read('operation_exist')]).toEqual(['0', '1']);
    expect(again.read('new_balance')).toBe(first.read('new_balance'));
    expect(world.terminal.balanceUnits).toBe(5600n);
  });

  test('what was refused is not remembered', async () => {
    const fields = { operation: 'increase', sum: 200_000, operation_id: 43 };
    expect((await move(fields)).read('code')).toBe('too_low_hall_balance');
    world.hall.balanceUnits = 300_000n;
    expect((await move(fields)).read('operation_exist')).toBe('0');
  });

  test('user_ex: the terminal by the id of the casino', async () => {
    await ask(
      'api_operation_balance',
      packet({ hall_id: 125, user_id: 77, user_ex: 1, operation: 'increase', sum: 1 }),
      hallSign,
    );
    expect(world.terminal.balanceUnits).toBe(5001n);
  });
});

test('api_create_hall: the hall is there, and signs with its secret', async () => {
  const made = await ask(
    'api_create_hall',
    packet({ hall_name: 'New', hall_secret: 'abc', agent_id: 12345678 }),
    agentSign,
  );
  const hallId = made.read('hall_id') ?? '';
  const balance = await ask('api_get_hall_balance', packet({ hall_id: hallId }), digest('abc'));
  expect(balance.read('balance')).toBe('0');
});

describe('api_hall_settings', () => {
  const settings = (operation: string, values = '') =>
    ask('api_hall_settings', packet({ hall_id: 125, operation }, `<settings>${values}</settings>`), hallSign);

  test('set changes what it names, and get gives all', async () => {
    expect((await settings('set', '<maxwin>20000</maxwin><pbonus>15</pbonus>')).read('status')).toBe('success');
    const got = await settings('get');
    expect([got.read('maxwin'), got.read('pbonus'), got.read('creditlimit')]).toEqual(['20000', '15', '100000']);
  });
});

describe('api_hall_message', () => {
  const schedule = (values: object) => base64(serialize(values));
  const oneTime = { dateFrom: '2011-12-11', hours: '11', minutes: '20', interval: 30 };
  const regular = { dateFrom: '2015-01-02', dateTo: '2015-02-02', interval: 60 };

  test.each([
    ['time_repeat', oneTime],
    ['one_time_repeat', oneTime],
    ['regular', regular],
  ])('add %s, and delete', async (sendType, values) => {
    const fields = { hall_id: 125, text: 'Привет 1', repeat: 3, send_type: sendType, schedule: schedule(values) };
    const added = await ask('api_hall_message', packet({ operation: 'add', ...fields }), hallSign);
    const messageId = added.read('message_id') ?? '';
    expect(world.hall.messages.get(messageId)?.text).toBe('Привет 1');
    const xml = packet({ hall_id: 125, operation: 'delete', message_id: messageId });
    expect((await ask('api_hall_message', xml, hallSign)).read('message_id')).toBe(messageId);
    expect((await ask('api_hall_message', xml, hallSign)).read('code')).toBe('message_not_isset');
  });

  test("PHP's own serialization of the document's sample is read", async () => {
    const php =
      'a:4:{s:8:"dateFrom";s:10:"2011-12-11";s:5:"hours";s:2:"11";s:7:"minutes";s:2:"20";s:8:"interval";i:30;}';
    const fields = { hall_id: 125, operation: 'add', text: 'x', repeat: 1, send_type: 'time_repeat' };
    const added = await ask('api_hall_message', packet({ ...fields, schedule: base64(php) }), hallSign);
    const message = world.hall.messages.get(added.read('message_id') ?? '');
    expect(message?.schedule).toEqual({ dateFrom: '2011-12-11', hours: '11', minutes: '20', interval: '30' });
  });
});

describe('api_operation_jackpot', () => {
  const jackpot = (operation: string, more = '') =>
    ask('api_operation_jackpot', packet({ hall_id: 125, operation }, more), hallSign);

  test('all five', async () => {
    expect((await jackpot('change', '<jackpotvalue>500</jackpotvalue>')).read('jackpotvalue')).toBe('500');
    expect((await jackpot('get_balance')).read('jackpotvalue')).toBe('500');
    await jackpot('set_settings', '<settings><jackpotpercent>5</jackpotpercent></settings>');
    expect((await jackpot('get_settings')).read('jackpotpercent')).toBe('5');
    expect((await jackpot('reset')).read('jackpotvalue')).toBe('0');
  });
});

describe("an agent's operations", () => {
  const agent = (operation: string, fields: Record<string, string | number>) =>
    ask(operation, packet({ agent_id: 12345678, ...fields }), agentSign);

  test('halls, balances, and the story of both', async () => {
    const increased = await agent('api_hall_operation_balance', { hall_id: 125, operation: 'increase', sum: 1000 });
    expect([increased.read('old_balance'), increased.read('new_balance')]).toEqual(['100000', '101000']);
    await agent('api_hall_operation_balance', { hall_id: 125, operation: 'descrese', sum: 400 });
    expect((await agent('api_get_agent_balance', {})).read('balance')).toBe('999400');

    const halls = await agent('api_get_hallslist', {});
    expect([halls.read('halls_count'), halls.read('id'), halls.read('balance')]).toEqual(['1', '125', '100600']);

    const period = { period_start: 1_795_175_000, period_end: 1_795_177_000 };
    const story = await agent('api_get_agent_story', period);
    expect(story.read('operations_count')).toBe('2');
    expect(fieldsOf(story.xml, 'description')).toEqual(['hall 125, + 1000', 'hall 125, - 400']);
    expect(fieldsOf(story.xml, 'balance_after')).toEqual(['999000', '999400']);
    const later = { period_start: 1_795_177_000, period_end: 1_795_178_000 };
    expect((await agent('api_get_agent_story', later)).read('operations_count')).toBe('0');
  });
});

test('show_packet 0: the answer is posted to response_url, signed', async () => {
  const callback = await listen((_request, response) => response.end('ok'));
  const xml = packet({ hall_id: 125, user_id: 345, show_packet: 0, response_url: `${callback.url}/callback/abc` });
  const direct = await ask('api_get_balance', xml, hallSign);
  expect(direct.xml).toBe('');
  await world.simulator.stargame.callbacksSettled();
  expect(callback.requests.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual(['POST /callback/abc']);
  const posted = readAnswer(callback.requests[0]?.body ?? '');
  expect(posted.read('balance')).toBe('5000');
  expect(posted.signature).toBe(hallSign(posted.xml));
  await callback.stop();
});
