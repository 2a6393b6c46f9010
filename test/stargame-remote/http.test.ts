import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { apiGetAgentBalance } from '../../src/adapter/stargame/remote/operations/api-get-agent-balance.ts';
import { apiGetBalance } from '../../src/adapter/stargame/remote/operations/api-get-balance.ts';
import { apiOperationBalance } from '../../src/adapter/stargame/remote/operations/api-operation-balance.ts';
import { remotecabSession } from '../../src/adapter/stargame/remote/operations/remotecab-session.ts';
import { sign } from '../../src/adapter/stargame/remote/signature.ts';
import { balance, createClient, HALL, increase, thrown, WHO } from './client.ts';
import { answering, BALANCE, INCREASE, packet, type Reply, startCounterparty } from './counterparty.ts';

/** Never answers. */
const silent: Reply = () => {};
const cut: Reply = (_, response) => response.destroy();

test('a request is signed, encoded and sent as a form to the path of its operation', async () => {
  await using server = await startCounterparty(answering(packet(BALANCE)));
  const client = createClient(`${server.url}/stargame/`);
  expect(await balance(client)).toEqual({
    status: 'success',
    answer: expect.objectContaining({ user_id: '345', hall_id: '125', balance: 2_924_316n }),
  });
  const [came, ...rest] = server.came;
  expect(rest).toEqual([]);
  expect(came).toMatchObject({ method: 'POST', path: '/stargame/api_get_balance' });
  expect(came?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(came?.xml).toBe(
    '<request><version>0.6</version><user_id>345</user_id><hall_id>125</hall_id><show_packet>1</show_packet><response_url></response_url></request>',
  );
  expect(came?.form.get('reg_sign')).toBe(sign('hall', 'secret', came?.xml ?? ''));
});

const base64 = Buffer.from(BALANCE).toString('base64');
test.each([
  ['form fields', packet(BALANCE), 'right'],
  ['form fields whose + was not encoded', `reg_xml=${base64}&reg_sign=${sign('hall', 'secret', BALANCE)}`, 'right'],
  ['a JSON object', JSON.stringify({ reg_xml: base64, reg_sign: sign('hall', 'secret', BALANCE) }), 'right'],
  ['bare base64', base64, 'absent'],
  ['base64 in lines', `${base64.replace(/(.{60})/g, '$1\r\n')}\n`, 'absent'],
  ['bare XML', `\ufeff<?xml version="1.0" encoding="utf-8"?>\n${BALANCE}\n`, 'absent'],
  ['form fields with a wrong signature', packet(BALANCE, 'another'), 'wrong'],
])('an answer as %s', async (_, body, answerSignature) => {
  await using server = await startCounterparty(answering(body));
  const client = createClient(server.url);
  expect(await balance(client)).toMatchObject({ status: 'success', answer: { balance: 2_924_316n } });
  expect(client.lines).toEqual([expect.objectContaining({ outcome: 'success', answerSignature })]);

  const off = createClient(server.url, { STARGAME_ANSWER_SIGNATURE: 'off' });
  expect(await balance(off)).toMatchObject({ status: 'success' });
  expect(off.lines).toEqual([expect.objectContaining({ answerSignature: 'off' })]);

  const strict = createClient(server.url, { STARGAME_ANSWER_SIGNATURE: 'strict' });
  if (answerSignature === 'right') expect(await balance(strict)).toMatchObject({ status: 'success' });
  else {
    const error = await thrown(balance(strict));
    expect(error).toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining(`signature is ${answerSignature}`),
    });
  }
});

test('a failure is a value', async () => {
  const xml = '<request><status>failure</status><code>too_low_hall_balance</code><hall_id>125</hall_id></request>';
  await using server = await startCounterparty(answering(packet(xml)));
  expect(await increase(createClient(server.url))).toEqual({
    status: 'failure',
    code: 'too_low_hall_balance',
    message: 'The hall balance is insufficient for this operation',
  });
});

test.each([
  ['success', BALANCE.replace('<user_id>345<', '<user_id>346<'), 'user_id'],
  ['success', BALANCE.replace('<hall_id>125<', '<hall_id>126<'), 'hall_id'],
  ['failure', '<request><status>failure</status><code>user_not_isset</code><hall_id>9</hall_id></request>', 'hall_id'],
])('a %s of somebody else is no answer: %s', async (_, xml, field) => {
  await using server = await startCounterparty(answering(packet(xml)));
  const error = await thrown(balance(createClient(server.url)));
  expect(error.kind).toBe('malformed');
  expect(error.message).toContain(`${field} differs`);
});

test("a session of somebody else is no answer, though the document calls a terminal's number uid there", async () => {
  const xml =
    '<request><status>success</status><time>1</time><uid>126</uid><sessionid>1</sessionid><key1>2</key1><key2>3</key2></request>';
  await using server = await startCounterparty(answering(packet(xml, 'geheim')));
  const request = { user_id: '125', user_password: 'geheim', operation: 'set' } as const;
  const { remote } = createClient(server.url);
  const error = await thrown(remote.call(remotecabSession, request, { type: 'user', password: 'geheim' }));
  expect(error).toMatchObject({ kind: 'malformed', message: expect.stringContaining('user_id differs') });
});

test('nothing is sent of a request that breaks a rule, or that another signs', async () => {
  await using server = await startCounterparty(answering(packet(BALANCE)));
  const { remote } = createClient(server.url);
  const refusals = [
    remote.call(apiGetBalance, { ...WHO, user_id: '12a' }, HALL),
    remote.call(apiGetBalance, WHO, { type: 'agent', password: 'secret' }),
    remote.call(apiGetBalance, WHO, { type: 'hall', secret: '' }),
    remote.call(apiOperationBalance, { ...WHO, operation: 'increase', sum: 0n }, HALL),
  ];
  const messages = await Promise.all(refusals.map(async (refusal) => (await thrown(refusal)).message));
  expect(messages).toEqual([
    'api_get_balance: user_id: must be digits without leading zeros, at most 9223372036854775807',
    'api_get_balance: needs a signer of type hall, not agent',
    'api_get_balance: the signer has no secret',
    'api_operation_balance: sum: must be at least 1',
  ]);
  expect(server.came).toEqual([]);
});

test('redirects are not followed, wherever they lead', async () => {
  await using other = await startCounterparty(answering(packet(BALANCE)));
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = await startCounterparty(answering('', status, { location: `${other.url}/api_get_balance` }));
    expect(await thrown(balance(createClient(server.url)))).toMatchObject({
      kind: 'malformed',
      message: `api_get_balance: HTTP status ${status}`,
    });
    expect(server.came).toHaveLength(1);
  }
  expect(other.came).toEqual([]);
});

const bomb = gzipSync(Buffer.alloc(20_000_000, 'A'));

test.each<[string, Reply]>([
  [
    'that does not end',
    (_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('A'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    },
  ],
  ['that is small until it is unpacked', answering(bomb, 200, { 'content-encoding': 'gzip' })],
])('an answer %s is not read to its end', async (_, reply) => {
  await using server = await startCounterparty(reply);
  const client = createClient(server.url, { STARGAME_ANSWER_MAX_BYTES: '1000000' });
  expect(await thrown(balance(client))).toMatchObject({
    kind: 'malformed',
    message: 'api_get_balance: the answer has more than 1000000 bytes',
  });
  expect(server.came).toHaveLength(1);
});

test.each([
  ['an HTML page', '<!DOCTYPE html><html><body>Sign in</body></html>'],
  ['a page that is XML', '<html><body><p>Sign in</p></body></html>'],
  ['nothing', ''],
  ['a word', 'OK, done.'],
  ['JSON of something else', '{"status":"success"}'],
  ['half a packet', packet(BALANCE).slice(0, 200)],
  ['half an XML', BALANCE.slice(0, 100)],
  ['neither success nor failure', BALANCE.replace('success', 'fine')],
  ['no number', BALANCE.replace('2924316', '2924316.50')],
  ['more than a bigint', BALANCE.replace('2924316', '9223372036854775808')],
  ['a DTD', `<!DOCTYPE request [<!ENTITY b SYSTEM "file:///etc/passwd">]>${BALANCE.replace('2924316', '&b;')}`],
  ['another encoding', Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe])],
])('%s with status 200 is no answer', async (_, body) => {
  await using server = await startCounterparty(answering(body));
  const error = await thrown(balance(createClient(server.url)));
  expect(error).toMatchObject({ kind: 'malformed', raw: expect.any(String) });
  expect(server.came).toHaveLength(1);
});

test('a raw answer that is kept has no secret in it', async () => {
  const xml = `<request><status>success</status><password>hunter22</password><note>secret hunter22</note><balance>x</balance></request>`;
  await using server = await startCounterparty(answering(packet(xml)));
  const error = await thrown(balance(createClient(server.url)));
  expect(error.raw).toContain('<balance>x</balance>');
  expect(error.raw).toContain('<password>[redacted]</password>');
  expect(error.raw).toContain('<note>[redacted]');
});

test.each([
  ['is not quite base64', (base64: string) => `!${base64}`, '![base64]'],
  ['is not quite JSON', (base64: string) => `{"note": "${base64}"`, '{"note": "[base64]"'],
  ['has another name', (base64: string) => JSON.stringify({ reg_xm: base64 }), '{"reg_xm":"[base64]"}'],
])('no secret is kept of a packet that %s', async (_, wrap, raw) => {
  const xml = '<request><status>success</status><password>hunter22</password></request>';
  await using server = await startCounterparty(answering(wrap(Buffer.from(xml).toString('base64'))));
  expect((await thrown(balance(createClient(server.url)))).raw).toBe(raw);
});

test.each([404, 200])('no secret is kept of a page that gives the request back, with status %i', async (status) => {
  await using server = await startCounterparty(({ form }, response) => {
    response.writeHead(status).end(`<b>no: ${form.get('reg_xml')} ${form.get('reg_sign')}</b>`);
  });
  const { remote } = createClient(server.url);
  const agent = { type: 'agent', password: 'hunter222' } as const;
  const error = await thrown(remote.call(apiGetAgentBalance, { agent_id: '1' }, agent));
  expect(error.raw).toBe('<b>no: [base64] [redacted]</b>');
});

test('whoever has to look finds a raw answer in the log', async () => {
  await using server = await startCounterparty(answering('<html><password>hunter22</password>Sign in</html>'));
  const client = createClient(server.url);
  const { raw } = await thrown(balance(client));
  expect(raw).toBe('<html><password>[redacted]</password>Sign in</html>');
  expect(client.lines).toEqual([expect.objectContaining({ outcome: 'malformed', raw })]);
});

test('a packet in another encoding is kept as it can be read', async () => {
  const xml = Buffer.from('<request><name>\xff</name><password>hunter22</password></request>', 'latin1');
  await using server = await startCounterparty(answering(xml.toString('base64')));
  expect((await thrown(balance(createClient(server.url)))).raw).toBe(
    '<request><name>\xff</name><password>[redacted]</password></request>',
  );
});

test('what may be sent twice is sent again after a lost answer or a busy server', async () => {
  await using server = await startCounterparty(answering(packet(INCREASE)));
  for (const trouble of [cut, answering('', 503), answering('', 429)]) {
    const client = createClient(server.url);
    const before = server.came.length;
    server.reply((came, response) => {
      server.reply(answering(packet(INCREASE)));
      trouble(came, response);
    });
    expect(await increase(client, '77')).toMatchObject({ status: 'success', answer: { new_balance: 5500n } });
    const [first, second, ...rest] = server.came.slice(before);
    expect(rest).toEqual([]);
    expect(second?.xml).toBe(first?.xml);
    expect(client.lines).toEqual([expect.objectContaining({ outcome: 'success', attempts: 2 })]);
  }
});

test('a refusal after a lost answer says nothing of what was asked first', async () => {
  const busy = '<request><status>failure</status><code>previous_payments_not_finished</code></request>';
  const gone = '<request><status>failure</status><code>user_not_isset</code></request>';
  await using server = await startCounterparty(cut);
  const client = createClient(server.url);
  const answerAfterwards = (xml: string): void =>
    server.reply((came, response) => {
      server.reply(answering(packet(xml)));
      cut(came, response);
    });

  answerAfterwards(busy);
  expect(await thrown(increase(client, '77'))).toMatchObject({
    kind: 'unknown',
    message: expect.stringContaining('previous_payments_not_finished'),
  });
  // Of what only reads, the last answer is as good as the first.
  answerAfterwards(gone);
  expect(await balance(client)).toMatchObject({ status: 'failure', code: 'user_not_isset' });
  // Nothing was done before.
  server.reply(answering(packet(busy)));
  expect(await increase(client, '78')).toMatchObject({ status: 'failure', code: 'previous_payments_not_finished' });
});

test('what may not be sent twice is sent once, whatever happens', async () => {
  for (const trouble of [cut, answering('', 503), answering('', 429), answering('', 302), answering('x')]) {
    await using server = await startCounterparty(trouble);
    const error = await thrown(increase(createClient(server.url)));
    expect(error.kind).toMatch(/^(unknown|malformed)$/);
    expect(server.came).toHaveLength(1);
  }
});

test('attempts are bounded, and the outcome is unknown then', async () => {
  await using server = await startCounterparty(cut);
  expect(await thrown(increase(createClient(server.url), '77'))).toMatchObject({ kind: 'unknown' });
  expect(server.came).toHaveLength(3);
});

test('an answer that says no is not asked again', async () => {
  const xml = '<request><status>failure</status><code>wrong_incoming_data</code><hall_id>125</hall_id></request>';
  await using server = await startCounterparty(answering(packet(xml)));
  expect(await increase(createClient(server.url), '77')).toMatchObject({ code: 'wrong_incoming_data' });
  expect(server.came).toHaveLength(1);
});

test('silence and a drip end at the time-out, and are unknown', async () => {
  const drip: Reply = (_, response) => {
    const timer = setInterval(() => response.write('A'), 20);
    response.on('close', () => clearInterval(timer));
  };
  for (const reply of [silent, drip]) {
    await using server = await startCounterparty(reply);
    const client = createClient(server.url, { STARGAME_TIMEOUT_MS: '150' });
    expect(await thrown(increase(client))).toMatchObject({
      kind: 'unknown',
      message: 'api_operation_balance: no answer within 150 ms',
    });
  }
});

test('a caller who gives up while it is on its way does not know the outcome', async () => {
  const controller = new AbortController();
  await using server = await startCounterparty(() => controller.abort());
  const { remote } = createClient(server.url);
  const call = remote.call(apiGetBalance, WHO, HALL, { signal: controller.signal });
  expect(await thrown(call)).toMatchObject({ kind: 'unknown' });
  expect(server.came).toHaveLength(1);
});

test('nobody set up: nothing is sent', async () => {
  expect(await thrown(increase(createClient('')))).toMatchObject({
    kind: 'not_sent',
    message: 'api_operation_balance: STARGAME_API_URL is not set',
  });
});

test('nobody there: nothing was done', async () => {
  const gone = await startCounterparty(silent);
  await gone[Symbol.asyncDispose]();
  expect(await thrown(increase(createClient(gone.url)))).toMatchObject({ kind: 'not_sent' });
  expect(await thrown(increase(createClient(gone.url), '77'))).toMatchObject({ kind: 'not_sent' });
});

test('an attempt that may have been done is not forgotten when the next one is not sent', async () => {
  const server = await startCounterparty((_, response) => {
    response.destroy();
    gone = server[Symbol.asyncDispose]();
  });
  let gone: PromiseLike<void> | undefined;
  expect(await thrown(increase(createClient(server.url), '77'))).toMatchObject({
    kind: 'unknown',
    message: expect.stringContaining('no connection'),
  });
  await gone;
});
