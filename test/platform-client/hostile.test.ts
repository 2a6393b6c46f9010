import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RemoteError } from '../../src/adapter/outbound/remote-error.ts';
import { thrown } from '../stargame-remote/client.ts';
import { answering, startCounterparty } from '../stargame-remote/counterparty.ts';
import { CALL_NAMES, CALLS, type CallName, createClient, golden, HAND, OPERATOR, SAMPLES } from './client.ts';

/** What a call makes of a body. */
async function ask(name: CallName, body: string | Buffer) {
  await using server = await startCounterparty(answering(body, 200, { 'content-type': 'application/json' }));
  const client = createClient(server.url);
  const answer = await CALLS[name](client).catch((error: unknown) => error);
  return { answer, lines: client.lines, came: server.came.length, metrics: client.metrics };
}

const LOOKS_LIKE_ONE: [string, string | Buffer, string][] = [
  ['nothing', '', 'it is empty'],
  ['blanks', ' \r\n ', 'it is empty'],
  ['a page', '<!DOCTYPE html><html><body>Maintenance</body></html>', 'it is a page'],
  ['a page after blanks and a mark', '\ufeff\n <html></html>', 'it is a page'],
  ['XML', '<?xml version="1.0"?><error/>', 'it is a page'],
  ['words', 'Access denied', 'it is not JSON'],
  ['a comment', '{"enabled": false // Not limited\n}', 'it is not JSON'],
  ['two answers', '{"enabled": false}{"enabled": false}', 'it is not JSON'],
  ['bytes', Buffer.from([0x80, 0xff, 0x00, 0x7b]), 'it is not JSON'],
  ['UTF-16', Buffer.from('{"enabled": false}', 'utf16le'), 'it is not JSON'],
  ['lists without end', '['.repeat(1_000_000), 'it is not JSON'],
  ['lists in lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, ''],
  ['objects in objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, ''],
  ['null', 'null', ''],
  ['a number', '0', ''],
  ['a string', '"OK"', ''],
  ['true', 'true', ''],
  ['a list of lists', '[[]]', ''],
  ['an empty object', '{}', ''],
  ['an error', '{"error": "Access denied", "code": 403}', ''],
];

test.each(LOOKS_LIKE_ONE)('%s is no answer to anything', async (_, body, reason) => {
  for (const name of CALL_NAMES) {
    const { answer, lines, came } = await ask(name, body);
    expect(answer).toBeInstanceOf(RemoteError);
    expect(answer).toMatchObject({
      kind: 'malformed',
      message: expect.stringContaining(`${name}: the answer is not what the document says: ${reason}`),
    });
    expect(came).toBe(1);
    expect(lines).toEqual([
      expect.objectContaining({ level: 40, outcome: 'malformed', operator: OPERATOR.operatorId }),
    ]);
  }
});

test.each(CALL_NAMES)('%s: an answer that was cut is none, wherever it was', async (name) => {
  const whole = (await golden(SAMPLES[name])).trimEnd();
  await using server = await startCounterparty(answering(''));
  const client = createClient(server.url, { PLATFORM_RATE_PER_SECOND: '10000' });
  for (let length = 0; length < whole.length; length += 1 + Math.floor(whole.length / 60)) {
    server.reply(answering(Buffer.from(whole).subarray(0, length)));
    expect(await thrown(CALLS[name](client))).toMatchObject({ kind: 'malformed' });
  }
});

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    '"',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'null',
    '-1',
    '1e999',
    '9'.repeat(30),
    '\\u0000',
    '"__proto__":',
    '|',
  ),
);

test.each(CALL_NAMES)('%s: however an answer is damaged, it is one or it is malformed', async (name) => {
  const whole = await golden(SAMPLES[name]);
  await using server = await startCounterparty(answering(''));
  const client = createClient(server.url, { PLATFORM_RATE_PER_SECOND: '10000' });
  const damage = fc.record({ at: fc.nat(whole.length), cut: fc.nat(20), put: piece });
  await fc.assert(
    fc.asyncProperty(damage, async ({ at, cut, put }) => {
      server.reply(answering(whole.slice(0, at) + put + whole.slice(at + cut)));
      const error = await CALLS[name](client).then(
        () => null,
        (reason: unknown) => reason,
      );
      if (error !== null) expect(error).toMatchObject({ name: 'RemoteError', kind: 'malformed' });
    }),
    { numRuns: 200 },
  );
});

// ---- Games and lobbies

const game = (more: object = {}) => ({
  id: 1,
  title: 'Apocalypse Slot',
  platform: 'desktop',
  type: 'slots',
  enabled: 1,
  fun_mode: 1,
  campaigns: 0,
  vendor: 'test1',
  created_at: '2024-05-10',
  details: {},
  ...more,
});

const games = (...entries: unknown[]) => JSON.stringify({ games: entries });

test.each<[string, unknown, string | RegExp]>([
  ['no object', 5, 'games.1: must be an object'],
  ['null', null, 'games.1: must be an object'],
  ['no id', game({ id: undefined }), 'games.1.id: is missing'],
  ['an empty id', game({ id: '  ' }), 'games.1.id: must have 1 to 32 ASCII characters, without |'],
  ['an id too long', game({ id: '1'.repeat(33) }), 'games.1.id: must have 1 to 32 ASCII characters, without |'],
  ['an id with |', game({ id: '1|2' }), 'games.1.id: must have 1 to 32 ASCII characters, without |'],
  ['an id of another type', game({ id: { is: 1 } }), 'games.1.id: must be a string or a number'],
  ['no vendor', game({ vendor: undefined }), 'games.1.vendor: is missing'],
  ['a vendor too long', game({ vendor: 'v'.repeat(65) }), /^games\.1\.vendor: must have 1 to 64 characters/],
  [
    'a vendor with a control character',
    game({ vendor: 'a\u0000b' }),
    /^games\.1\.vendor: must have 1 to 64 characters/,
  ],
  ['no word whether it is enabled', game({ enabled: undefined }), 'games.1.enabled: must be 0 or 1'],
  ['another word for enabled', game({ enabled: 'yes' }), 'games.1.enabled: must be 0 or 1'],
  ['enabled of 2', game({ enabled: 2 }), 'games.1.enabled: must be 0 or 1'],
  ['megabytes of details', game({ details: 'x'.repeat(300_000) }), 'games.1: is too long'],
])('a game with %s is skipped, and the others are not lost', async (_, entry, reason) => {
  const { answer, lines, metrics } = await ask('games', games(game({ id: 7 }), entry, game({ id: 9 })));
  expect(answer).toMatchObject([{ gameId: '7' }, { gameId: '9' }]);
  const because = typeof reason === 'string' ? reason : expect.stringMatching(reason);
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, outcome: 'success', skipped: 1, skippedBecause: [because], duplicates: 0 }),
  ]);
  expect(await metrics()).toContain('croupier_platform_skipped_entries_total{operation="games"} 1');
});

test('of a thousand that are skipped a few are named', async () => {
  const { answer, lines } = await ask('games', games(game(), ...Array(1_000).fill({})));
  expect(answer).toHaveLength(1);
  expect(lines).toMatchObject([{ skipped: 1_000, skippedBecause: { length: 5 } }]);
});

test.each<[string, object, object]>([
  ['ids as strings', { id: ' 37 ' }, { gameId: '37' }],
  ['ids longer than a double', { id: '12345678901234567890123' }, { gameId: '12345678901234567890123' }],
  [
    'flags as strings',
    { enabled: '0', fun_mode: '1', campaigns: '1' },
    { enabled: false, funMode: true, campaigns: true },
  ],
  [
    'flags as booleans',
    { enabled: true, fun_mode: false, campaigns: true },
    { enabled: true, funMode: false, campaigns: true },
  ],
  ['flags that nobody knows', { fun_mode: null, campaigns: 'maybe' }, { funMode: false, campaigns: false }],
  ['a title too long', { title: '💎'.repeat(300) }, { title: '💎'.repeat(255) }],
  ['no title', { title: null }, { title: '' }],
  ['a title as a number', { title: 777 }, { title: '777' }],
  ['a broken title', { title: 'a\ud800' }, { title: 'a\ufffd' }],
  ['a type too long', { type: 't'.repeat(70), platform: ['desktop'] }, { type: 't'.repeat(64), platform: '' }],
  ['a time', { created_at: '2024-05-10 12:30:00' }, { createdOn: '2024-05-10' }],
  ['no day', { created_at: '10.05.2024' }, { createdOn: '' }],
  ['a day that is none', { created_at: '2024-02-30' }, { createdOn: '' }],
  ['details as a list', { details: [] }, { pictureUrl: '' }],
])('a game with %s is read', async (_, more, expected) => {
  const { answer, lines } = await ask('games', games(game(more)));
  expect(answer).toMatchObject([expected]);
  expect(lines).toEqual([expect.objectContaining({ level: 30, outcome: 'success' })]);
});

test('what the document does not know, and how numbers are written, is kept', async () => {
  const entry =
    '{"id":1,"vendor":"v","enabled":1,"rtp":96.50,"max_win":123456789012345678901234567890,"volatility":1e1,"new":{"a":[0.10,null]}}';
  expect((await ask('games', `{"games":[${entry}],"page":1}`)).answer).toMatchObject([{ body: entry }]);
});

test('one broken character is no reason to lose a list', async () => {
  const list = Buffer.from(games(game({ title: 'Caf\u00e9' }), game({ id: 2 })), 'latin1');
  expect((await ask('games', list)).answer).toMatchObject([{ title: 'Caf\ufffd' }, { gameId: '2' }]);
});

test('of two games with one id the same is kept in any order, rather one that is enabled', async () => {
  const entries = [game({ enabled: 0, title: 'A' }), game({ title: 'C' }), game({ title: 'B' }), game({ id: 2 })];
  for (const order of [entries, entries.toReversed()]) {
    const { answer, lines } = await ask('games', games(...order));
    expect(answer).toHaveLength(2);
    expect(answer).toContainEqual(expect.objectContaining({ gameId: '1', title: 'B', enabled: true }));
    expect(lines).toEqual([expect.objectContaining({ level: 40, duplicates: 2, skipped: 0 })]);
  }
});

test.each([
  ['no list', '{"games": {}}'],
  ['a list alone', '[]'],
  ['null', '{"games": null}'],
  ['too many', `{"games": [${'0,'.repeat(100_000)}0]}`],
])('games as %s are no list', async (_, body) => {
  expect((await ask('games', body)).answer).toMatchObject({ kind: 'malformed' });
});

test('what takes gigabytes to be read is not read', async () => {
  const { answer } = await ask('games', `{"games": [${'{},'.repeat(2_000_001)}{}]}`);
  expect(answer).toMatchObject({ kind: 'malformed', message: expect.stringContaining('it has too many values') });
});

test('an empty list is one', async () => {
  expect((await ask('games', '{"games": []}')).answer).toEqual([]);
  expect((await ask('lobbies', '{"lobbies": []}')).answer).toEqual([]);
});

test('10,000 games are read whole', async () => {
  const description = 'x'.repeat(300);
  const list = Array.from({ length: 10_000 }, (_, index) => game({ id: index + 1, details: { description } }));
  const { answer } = await ask('games', games(...list));
  expect((answer as { gameId: string }[]).map(({ gameId }) => gameId)).toEqual(list.map(({ id }) => `${id}`));
});

test('a lobby that is wrong is skipped, one that comes twice comes once', async () => {
  const lobby = (lobby_id: unknown, vendor: unknown = 'v', more = {}) => ({ lobby_id, vendor, ...more });
  const entries = [
    lobby('a'),
    lobby('b'.repeat(65)),
    lobby('a'),
    lobby('c', null),
    lobby('portomaso', 'v', { x: 1.5 }),
  ];
  const { answer, lines } = await ask('lobbies', JSON.stringify({ lobbies: entries }));
  expect(answer).toMatchObject([{ lobbyId: 'a' }, { lobbyId: 'portomaso', body: expect.stringContaining('"x":1.5') }]);
  expect(lines).toMatchObject([{ skipped: 2, duplicates: 1 }]);
});

// ---- Reports

const row = (more: object = {}) => ({
  entity_name: 'operatorName',
  vendor: 'netent',
  currency_code: 'EUR',
  bets_sum: 1.2,
  bets_count: 7,
  wins_count: 1,
  wins_sum: 0.31,
  freespins_sum: 0,
  freespins_count: 0,
  jackpots_count: 0,
  jackpots_sum: 0,
  gross_gaming_revenue: '0.89',
  date: '2021-05-03',
  ...more,
});

test.each<[string, object, string]>([
  ['of another day', { date: '2021-05-04' }, '1.date: is another day than asked for'],
  ['without a day', { date: undefined }, '1.date: is missing'],
  ['without a figure', { wins_count: undefined }, '1.wins_count: is missing'],
  ['with no figure', { bets_sum: null }, '1.bets_sum: must be a string or a number'],
  ['with a word', { bets_sum: 'many' }, '1.bets_sum: must be an amount'],
  ['with separators', { gross_gaming_revenue: '1,234.50' }, '1.gross_gaming_revenue: must be an amount'],
  ['with an amount too large', { bets_sum: '1e17' }, '1.bets_sum: must be an amount'],
  ['with half a bet', { bets_count: 0.5 }, '1.bets_count: must be a whole number'],
  ['with a count too large', { bets_count: '9'.repeat(19) }, '1.bets_count: must be a whole number'],
  ['with a vendor too long', { vendor: 'v'.repeat(65) }, '1.vendor: must have 1 to 64 characters'],
  ['without a vendor', { vendor: '' }, '1.vendor: must have 1 to 64 characters'],
  ['with a currency too long', { currency_code: 'EUROS' }, '1.currency_code: must have 1 to 4 letters or digits'],
  ['with an entity too long', { entity_name: 'e'.repeat(101) }, '1.entity_name: must have 0 to 100 characters'],
  ['too long', { more: 'x'.repeat(60_000) }, '1: is too long'],
])('a row %s, and there is no report', async (_, more, reason) => {
  const rows = JSON.stringify([row(), row({ vendor: 'evolution', ...more })]);
  expect((await ask('businessReport', rows)).answer).toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining(reason),
  });
});

test('a vendor that is not UTF-8 is no vendor', async () => {
  const rows = Buffer.from(JSON.stringify([row({ vendor: 'Caf\u00e9' })]), 'latin1');
  expect((await ask('businessReport', rows)).answer).toMatchObject({ kind: 'malformed' });
});

test('too many rows are no report, and none are one', async () => {
  expect((await ask('businessReport', `[${'0,'.repeat(20_000)}0]`)).answer).toMatchObject({ kind: 'malformed' });
  expect((await ask('businessReport', '[]')).answer).toEqual([]);
});

test.each<[string, string, bigint]>([
  ['a number', '2.8', 280n],
  ['a string', '"2.80"', 280n],
  ['an exponent', '1e3', 100_000n],
  ['less than nothing', '-0.5', -50n],
  ['of a float', '6.0999999999999996447', 610n],
  ['half a cent', '0.005', 1n],
  ['half a cent less than nothing', '"-0.005"', -1n],
  ['more than a double holds', '90071992547409.93', 9_007_199_254_740_993n],
  ['a string with blanks', '" 17.25 "', 1_725n],
])('an amount as %s: %s', async (_, text, units) => {
  const rows = JSON.stringify([row()]).replace('"bets_sum":1.2', `"bets_sum":${text}`);
  expect((await ask('businessReport', rows)).answer).toMatchObject([
    { betsUnits: units, body: expect.stringContaining(`"bets_sum":${text}`) },
  ]);
});

test('counts as strings, and one vendor in two currencies and of two entities', async () => {
  const rows = [
    row({ bets_count: '7', wins_count: '1.0' }),
    row({ currency_code: 'USD' }),
    row({ entity_name: 'another' }),
  ];
  expect((await ask('businessReport', JSON.stringify(rows))).answer).toMatchObject([
    { betsCount: 7n, winsCount: 1n },
    { currencyCode: 'USD' },
    { entityName: 'another' },
  ]);
});

// ---- Limits

const balance = (more: object = {}) => ({
  enabled: true,
  currency: 'USD',
  available_balance: 107881.02,
  limit_exceeded: false,
  ...more,
});

test.each<[string, object]>([
  ['no currency', balance({ currency: undefined })],
  ['no amount', balance({ available_balance: null })],
  ['no word whether it is exceeded', balance({ limit_exceeded: undefined })],
  ['another word for enabled', balance({ enabled: 'no' })],
  ['currencies of another type', balance({ currencies: 'EUR' })],
  ['currencies as a list', balance({ currencies: [{ available_balance: 1 }] })],
  ['a currency too long', balance({ currencies: { EUROS: { available_balance: 1 } } })],
  ['a currency without an amount', balance({ currencies: { EUR: {} } })],
  ['a currency as an amount', balance({ currencies: { EUR: 1 } })],
  ['too many currencies', balance({ currencies: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [i, 1])) })],
])('a balance limit with %s is none', async (_, limits) => {
  expect((await ask('balanceLimits', JSON.stringify(limits))).answer).toMatchObject({ kind: 'malformed' });
});

test.each<[string, object, object]>([
  ['flags as numbers', balance({ enabled: 1, limit_exceeded: '1' }), { isExceeded: true, currencies: new Map() }],
  ['no currencies, as PHP has them', balance({ currencies: [] }), { currencies: new Map() }],
  ['less than nothing', balance({ available_balance: '-12.5' }), { availableUnits: -1_250n }],
  ['nothing else where there are none', { enabled: 0, currency: 5 }, { enabled: false }],
])('a balance limit with %s is read', async (_, limits, expected) => {
  expect((await ask('balanceLimits', JSON.stringify(limits))).answer).toMatchObject(expected);
});

test.each([{ limit: 'none' }, { current_usage: undefined }, { currency: 'EUROS' }, { enabled: null }])(
  'a GGR limit with %o is none',
  async (more) => {
    const limits = { enabled: true, currency: 'EUR', limit: 10, current_usage: 1, ...more };
    expect((await ask('ggrLimits', JSON.stringify(limits))).answer).toMatchObject({ kind: 'malformed' });
  },
);

// ---- Hand history

test.each<[string, object]>([
  ['no word of success', { type: 'json', data: {} }],
  ['no data', { success: true, type: 'json' }],
  ['no type', { success: true, data: { a: 1 } }],
  ['another type', { success: true, type: 'html', data: '<p>' }],
  ['a script as URL', { success: true, type: 'url', data: 'javascript:alert(1)' }],
  ['a file as URL', { success: true, type: 'url', data: 'file:///etc/passwd' }],
  ['a URL with credentials', { success: true, type: 'url', data: 'https://user:password@the-rgs.com/' }],
  ['a URL with a line break', { success: true, type: 'url', data: 'https://the-rgs.com/\nx' }],
  ['a URL with a quote', { success: true, type: 'url', data: 'https://the-rgs.com/"onclick=' }],
  ['a URL too long', { success: true, type: 'url', data: `https://the-rgs.com/${'a'.repeat(2_000)}` }],
  ['a URL of another type', { success: true, type: 'url', data: { url: 'https://the-rgs.com/' } }],
])('a hand history with %s is none', async (_, history) => {
  expect((await ask('handHistory', JSON.stringify(history))).answer).toMatchObject({ kind: 'malformed' });
});

test.each<[string, object, object]>([
  ['no success', { success: false, message: ' Not found ' }, { type: 'none', reason: 'Not found' }],
  ['no success and an error', { success: 0, error: 'x'.repeat(500) }, { type: 'none', reason: 'x'.repeat(200) }],
  ['no success and no word', { success: false }, { type: 'none', reason: 'PLATFORM gives no reason' }],
  [
    'a type in its data',
    { success: true, data: { type: 'json', a: 1 } },
    { type: 'json', body: '{"type":"json","a":1}' },
  ],
  ['text', { success: 1, type: 'json', data: 'round 1' }, { type: 'json', body: '"round 1"' }],
  [
    'a URL with blanks',
    { success: true, type: 'url', data: ' http://the-rgs.com/1 ' },
    { type: 'url', url: 'http://the-rgs.com/1' },
  ],
])('a hand history with %s is read', async (_, history, expected) => {
  expect((await ask('handHistory', JSON.stringify(history))).answer).toEqual(expected);
});

test('the numbers of a hand history stay as they were written, and its URL is not opened', async () => {
  const data = '{"stake":10.50,"seed":123456789012345678901234567890}';
  expect((await ask('handHistory', `{"success":true,"type":"json","data":${data}}`)).answer).toEqual({
    type: 'json',
    body: data,
  });
  await using other = await startCounterparty(answering('never'));
  const url = `${other.url}/rounds/${HAND.historyId}`;
  expect((await ask('handHistory', JSON.stringify({ success: true, type: 'url', data: url }))).answer).toEqual({
    type: 'url',
    url,
  });
  expect(other.came).toEqual([]);
});
