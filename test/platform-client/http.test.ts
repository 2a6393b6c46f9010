import { expect, test } from 'vitest';
import { thrown } from '../stargame-remote/client.ts';
import { answering, type Reply, startCounterparty } from '../stargame-remote/counterparty.ts';
import { CALL_NAMES, CALLS, createClient, golden, HAND, OPERATOR, SAMPLES } from './client.ts';

const NONE = '{"enabled": false}';
const PAGE = '<!DOCTYPE html><html><body>Service Unavailable</body></html>';

/** Never answers. */
const silent: Reply = () => {};
const cut: Reply = (_, response) => response.destroy();
const cutInside: Reply = (_, response) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('{"enabled"', () => response.destroy());
};

/** Answers with these, one after the other, and then with the last one. */
const inTurn = (...replies: Reply[]): Reply => {
  let next = 0;
  return (came, response) => {
    const reply = replies[Math.min(next, replies.length - 1)];
    next += 1;
    reply?.(came, response);
  };
};

test.each<[string, Reply]>([
  ['429', answering('slow down', 429)],
  ['408', answering('', 408)],
  ['500', answering(PAGE, 500)],
  ['502', answering(PAGE, 502)],
  ['503', answering(NONE, 503)],
  ['a connection lost before the answer', cut],
  ['a connection lost inside the answer', cutInside],
  ['no answer in time', silent],
])('%s, and what is asked again is answered', async (_, first) => {
  await using server = await startCounterparty(inTurn(first, answering(NONE)));
  const client = createClient(server.url, { PLATFORM_TIMEOUT_MS: '300' });
  expect(await CALLS.balanceLimits(client)).toEqual({ enabled: false });
  expect(server.came).toHaveLength(2);
  expect(client.lines).toEqual([expect.objectContaining({ outcome: 'success', attempts: 2 })]);
});

test.each(CALL_NAMES)('%s: no answer after all attempts', async (name) => {
  await using server = await startCounterparty(answering(PAGE, 500));
  const client = createClient(server.url, { PLATFORM_ATTEMPTS: '2' });
  expect(await thrown(CALLS[name](client))).toMatchObject({ kind: 'unknown', message: `${name}: HTTP status 500` });
  expect(server.came).toHaveLength(2);
  expect(client.lines).toEqual([
    expect.objectContaining({ level: 40, outcome: 'unknown', attempts: 2, reason: `${name}: HTTP status 500` }),
  ]);
});

test('a host that asks for it is left alone for a while', async () => {
  const arrivals: number[] = [];
  const first = answering('', 429, { 'retry-after': '1' });
  const replies = inTurn(first, answering(NONE));
  await using server = await startCounterparty((came, response) => {
    arrivals.push(performance.now());
    replies(came, response);
  });
  await CALLS.ggrLimits(createClient(server.url));
  const [one = 0, other = 0] = arrivals;
  // A lower bound, which slowness can't break; without the header it would be half of it at most.
  expect(other - one).toBeGreaterThanOrEqual(950);
});

test.each([400, 401, 403, 404, 410])('status %i is an error, asked once', async (status) => {
  await using server = await startCounterparty(answering(PAGE, status, { 'content-type': 'application/json' }));
  const client = createClient(server.url, { PLATFORM_BREAKER_FAILURES: '1' });
  for (let call = 1; call <= 2; call += 1) {
    expect(await thrown(CALLS.games(client))).toMatchObject({
      kind: 'malformed',
      message: `games: HTTP status ${status}`,
      raw: PAGE,
    });
    expect(server.came).toHaveLength(call);
  }
});

test('redirects are not followed, wherever they lead', async () => {
  await using other = await startCounterparty(answering(await golden('games')));
  for (const status of [301, 302, 303, 307, 308]) {
    await using server = await startCounterparty(answering('', status, { location: `${other.url}/api` }));
    expect(await thrown(CALLS.games(createClient(server.url)))).toMatchObject({ kind: 'malformed' });
    expect(server.came).toHaveLength(1);
  }
  expect(other.came).toEqual([]);
});

test('an answer without end is not read to its end', async () => {
  await using server = await startCounterparty((_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    };
    response.on('drain', more);
    more();
  });
  const client = createClient(server.url, { PLATFORM_ANSWER_MAX_BYTES: '500000' });
  expect(await thrown(CALLS.games(client))).toMatchObject({
    kind: 'malformed',
    message: 'games: the answer has more than 500000 bytes',
  });
  // A limit is a few hundred bytes, and a round less than a catalogue.
  expect(await thrown(CALLS.handHistory(createClient(server.url)))).toMatchObject({ kind: 'malformed' });
});

test('the breaker of a host opens after failures in a row, lets one try later, and is no other host’s', async () => {
  await using server = await startCounterparty(answering(PAGE, 500));
  await using hands = await startCounterparty(answering(await golden('hand-history-url')));
  const client = createClient(server.url, {
    PLATFORM_HAND_HISTORY_URL: hands.url,
    PLATFORM_ATTEMPTS: '1',
    PLATFORM_BREAKER_FAILURES: '2',
    PLATFORM_BREAKER_OPEN_MS: '100',
  });
  expect(await client.metrics()).toContain('croupier_platform_breaker_open 0');
  await thrown(CALLS.games(client));
  await thrown(CALLS.lobbies(client));
  expect(await thrown(CALLS.games(client))).toMatchObject({
    kind: 'not_sent',
    message: 'games: PLATFORM failed again and again: not asked for now',
  });
  expect(server.came).toHaveLength(2);
  expect(await client.metrics()).toContain('croupier_platform_breaker_open 1');
  expect(await CALLS.handHistory(client)).toMatchObject({ type: 'url' });

  server.reply(answering(NONE));
  await expect.poll(() => CALLS.ggrLimits(client).catch(() => null), { timeout: 5_000 }).toEqual({ enabled: false });
  expect(await client.metrics()).toContain('croupier_platform_breaker_open 0');
});

test('hand histories that fail hold up nothing else, at the same URL either', async () => {
  const none = answering(NONE);
  const page = answering(PAGE, 500);
  await using server = await startCounterparty((request, response) =>
    (request.path.includes('/handHistory/') ? page : none)(request, response),
  );
  const client = createClient(server.url, { PLATFORM_ATTEMPTS: '1', PLATFORM_BREAKER_FAILURES: '2' });
  for (const kind of ['unknown', 'unknown', 'not_sent']) {
    expect(await thrown(CALLS.handHistory(client))).toMatchObject({ kind });
  }
  expect(await CALLS.ggrLimits(client)).toEqual({ enabled: false });
});

test('only so many at a time, and only so many wait', async () => {
  const open: (() => void)[] = [];
  await using server = await startCounterparty((_, response) => {
    open.push(() => response.end(NONE));
  });
  const client = createClient(server.url, { PLATFORM_CONCURRENCY: '2', PLATFORM_QUEUE_MAX: '1' });
  const calls = [1, 2, 3].map(() => CALLS.ggrLimits(client));
  expect(await thrown(CALLS.ggrLimits(client))).toMatchObject({ kind: 'not_sent' });
  for (let done = 0; done < 3; done += 1) {
    await expect.poll(() => open.length).toBe(Math.min(2, 3 - done));
    open.shift()?.();
    await calls[done];
  }
});

test('a call that is given up ends', async () => {
  await using server = await startCounterparty(silent);
  const controller = new AbortController();
  const { platform } = createClient(server.url);
  const call = thrown(platform.listGames(OPERATOR, { signal: controller.signal }));
  await expect.poll(() => server.came.length).toBe(1);
  controller.abort();
  expect(await call).toMatchObject({ kind: 'unknown' });
  expect(server.came).toHaveLength(1);
});

test('nobody is there, and nothing is set', async () => {
  const gone = await startCounterparty(silent);
  await gone[Symbol.asyncDispose]();
  expect(await thrown(CALLS.games(createClient(gone.url, { PLATFORM_ATTEMPTS: '1' })))).toMatchObject({
    kind: 'not_sent',
  });
  const off = createClient('');
  for (const name of CALL_NAMES) {
    expect(await thrown(CALLS[name](off))).toMatchObject({
      kind: 'not_sent',
      message: `${name}: PLATFORM_API_URL is not set`,
    });
  }
});

test('each operator and operation has its host', async () => {
  await using main = await startCounterparty(answering(await golden('games')));
  await using hands = await startCounterparty(answering(await golden('hand-history-url')));
  await using acme = await startCounterparty(answering(await golden('games')));
  const client = createClient(main.url, {
    PLATFORM_HAND_HISTORY_URL: hands.url,
    PLATFORM_OPERATOR_API_URLS: `acme=${acme.url}`,
  });
  await CALLS.games(client);
  await CALLS.handHistory(client);
  await client.platform.listGames({ operatorId: 'acme', secret: 'another' });
  expect([main, hands, acme].map(({ came }) => came.map(({ path }) => path))).toEqual([
    ['/api/generic/games/list/all'],
    ['/api/generic/handHistory/111/350-a1Basdf'],
    ['/api/generic/games/list/all'],
  ]);
});

test('nothing is sent of a request that breaks a rule', async () => {
  await using server = await startCounterparty(answering(NONE));
  const { platform } = createClient(server.url);
  const refusals = [
    platform.businessReport(OPERATOR, '2021-02-30'),
    platform.businessReport(OPERATOR, '2021-05-03&x=1'),
    platform.balanceLimits(OPERATOR, ['EUR', 'GBP,USD']),
    platform.handHistory(OPERATOR, { ...HAND, transactionId: '../1' }),
    platform.handHistory(OPERATOR, { ...HAND, historyId: '' }),
    platform.handHistory(OPERATOR, { ...HAND, historyId: '..' }),
    platform.handHistory(OPERATOR, { ...HAND, historyId: 'a\u0000' }),
    platform.handHistory(OPERATOR, { ...HAND, vendor: 'a\r\nX-Evil: 1' }),
    platform.handHistory(OPERATOR, { ...HAND, vendor: 'вендор' }),
    platform.listGames({ operatorId: 'casino\n', secret: 's' }),
    platform.listGames({ operatorId: 'casino', secret: '' }),
  ];
  const messages = await Promise.all(refusals.map(async (refusal) => (await thrown(refusal)).message));
  expect(messages).toEqual([
    'businessReport: day: must be a day as 2021-05-03',
    'businessReport: day: must be a day as 2021-05-03',
    'balanceLimits: currencies.1: must have 1 to 4 letters or digits',
    'handHistory: transactionId: must have 1 to 20 digits',
    'handHistory: historyId: must have 1 to 255 characters, none of them a control character',
    'handHistory: historyId: must not be dots alone',
    'handHistory: historyId: must have 1 to 255 characters, none of them a control character',
    'handHistory: vendor: must have 1 to 64 ASCII characters',
    'handHistory: vendor: must have 1 to 64 ASCII characters',
    'games: operatorId: must have 1 to 20 ASCII characters',
    'games: the operator has no secret',
  ]);
  expect(server.came).toEqual([]);
});

test.each([
  ['a/b', '/api/generic/handHistory/111/a%2Fb'],
  ['a b?c#d', '/api/generic/handHistory/111/a%20b%3Fc%23d'],
  ['%2e%2e', '/api/generic/handHistory/111/%252e%252e'],
  ['рука', `/api/generic/handHistory/111/${encodeURIComponent('рука')}`],
])('the history %s is one part of the path', async (historyId, path) => {
  await using server = await startCounterparty(answering(await golden('hand-history-url')));
  await createClient(server.url).platform.handHistory(OPERATOR, { ...HAND, historyId });
  expect(server.came[0]?.path).toBe(path);
});

test('without currencies PLATFORM is asked for its own', async () => {
  await using server = await startCounterparty(answering(NONE));
  await createClient(server.url).platform.balanceLimits(OPERATOR, []);
  expect(server.came[0]?.path).toBe('/api/generic/balanceLimits');
});

const giveBack =
  (status: number): Reply =>
  (came, response) => {
    response.writeHead(status).end(`<pre>${JSON.stringify(came.headers)} ${OPERATOR.secret}</pre>`);
  };

test.each(CALL_NAMES)(
  '%s: no secret is in a log line or an error, also where the request is given back',
  async (name) => {
    for (const status of [200, 403, 500]) {
      await using server = await startCounterparty(giveBack(status));
      const client = createClient(server.url, { PLATFORM_ATTEMPTS: '1' });
      const error = await thrown(CALLS[name](client));
      const authorization = String(server.came[0]?.headers['x-authorization']);
      expect(authorization).toMatch(/^[0-9a-f]{40}$/);
      for (const seen of [JSON.stringify(client.lines), error.message, error.raw ?? '', String(error.cause)]) {
        expect(seen).not.toContain(OPERATOR.secret);
        expect(seen).not.toContain(authorization);
      }
      expect(client.lines).toHaveLength(1);
    }
  },
);

test("a hand history is in no log: it has players' sessions, or a URL with a key", async () => {
  await using server = await startCounterparty(
    answering('{"success": true, "type": "link", "data": "https://x/eyJ0"}'),
  );
  const client = createClient(server.url);
  expect(await thrown(CALLS.handHistory(client))).toMatchObject({ kind: 'malformed', raw: null });
  server.reply(answering(await golden('hand-history-json')));
  await CALLS.handHistory(client);
  expect(JSON.stringify(client.lines)).not.toMatch(/eyJ0|pgttgek4/);
});

test('calls are counted by outcome', async () => {
  await using server = await startCounterparty(answering(await golden(SAMPLES.games)));
  const client = createClient(server.url);
  await CALLS.games(client);
  server.reply(answering(PAGE));
  await thrown(CALLS.games(client));
  const metrics = await client.metrics();
  expect(metrics).toContain('croupier_platform_calls_total{operation="games",outcome="success"} 1');
  expect(metrics).toContain('croupier_platform_calls_total{operation="games",outcome="malformed"} 1');
  expect(metrics).toContain('croupier_platform_call_duration_seconds_count{operation="games"} 2');
});
