import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { answering, startCounterparty } from '../stargame-remote/counterparty.ts';
import { CALL_NAMES, CALLS, type CallName, createClient, golden, HAND, OPERATOR, SAMPLES } from './client.ts';

// The samples of PLATFORM v2.49, without what the page's layout broke: blanks and line breaks in URLs, the braces of the hand history
// and its "hand": [, and the comments of the limits.

const THUMBNAILS = 'https://mediaapihost.com/359/evolution/300x300';

const ANSWERS: [CallName, string, unknown][] = [
  [
    'games',
    'games',
    [
      {
        gameId: '1',
        title: 'Apocalypse Slot',
        platform: 'desktop',
        type: 'slots',
        vendor: 'test1',
        enabled: true,
        funMode: true,
        campaigns: false,
        createdOn: '2024-05-10',
        pictureUrl: '',
        body: '{"id":1,"title":"Apocalypse Slot","platform":"desktop","type":"slots","enabled":1,"fun_mode":1,"vendor":"test1","created_at":"2024-05-10","details":{"description":{"en":"A dark knight rides a horse.","ru":"Темный рыцарь скачет на лошади."}}}',
      },
    ],
  ],
  [
    'lobbies',
    'lobbies',
    ['game_shows', 'baccarat_sicbo'].map((lobby) => ({
      lobbyId: `evolution_${lobby}`,
      vendor: 'evolution',
      pictureUrl: `${THUMBNAILS}/evolution_${lobby}.png`,
      body: `{"lobby_id":"evolution_${lobby}","vendor":"evolution","details":{"thumbnails":{"300x300":"${THUMBNAILS}/evolution_${lobby}.png"}}}`,
    })),
  ],
  [
    'businessReport',
    'business-report',
    [
      {
        entityName: 'operatorName',
        vendor: 'slotsXX',
        currencyCode: 'EUR',
        day: '2021-05-03',
        betsCount: 1n,
        betsUnits: 610n,
        winsCount: 0n,
        winsUnits: 330n,
        freespinsCount: 0n,
        freespinsUnits: 0n,
        jackpotsCount: 0n,
        jackpotsUnits: 0n,
        ggrUnits: 280n,
        body: '{"entity_name":"operatorName","vendor":"slotsXX","currency_code":"EUR","bets_sum":6.1,"bets_count":1,"wins_count":0,"wins_sum":3.3,"freespins_sum":0,"freespins_count":0,"jackpots_count":0,"jackpots_sum":0,"gross_gaming_revenue":"2.80","date":"2021-05-03"}',
      },
      expect.objectContaining({
        entityName: 'operatorName',
        vendor: 'netent',
        betsCount: 7n,
        betsUnits: 120n,
        winsUnits: 31n,
        ggrUnits: 89n,
        body: expect.stringContaining('"entity_name":" operatorName"'),
      }),
    ],
  ],
  ['ggrLimits', 'ggr-limits-none', { enabled: false }],
  ['ggrLimits', 'ggr-limits', { enabled: true, currencyCode: 'EUR', limitUnits: 111_111_100n, usedUnits: 0n }],
  ['balanceLimits', 'balance-limits-none', { enabled: false }],
  [
    'balanceLimits',
    'balance-limits',
    {
      enabled: true,
      currencyCode: 'USD',
      availableUnits: 10_788_102n,
      currencies: new Map([
        ['GBP', 8_634_797n],
        ['EUR', 9_916_423n],
      ]),
      isExceeded: false,
    },
  ],
  [
    'handHistory',
    'hand-history-json',
    { type: 'json', body: expect.stringMatching(/^\{"id":"1682880c.*"outcome":"Tie"\}$/) },
  ],
  [
    'handHistory',
    'hand-history-url',
    {
      type: 'url',
      url: expect.stringMatching(/^https:\/\/backstaging\.the-rgs\.com\/rounds\/CG-1133856\/eyJ0eXAi\S+$/),
    },
  ],
];

test.each(ANSWERS)("%s: the document's sample %s", async (name, file, expected) => {
  await using server = await startCounterparty(answering(await golden(file)));
  const client = createClient(server.url);
  expect(await CALLS[name](client)).toEqual(expected);
  expect(client.lines).toEqual([
    expect.objectContaining({
      level: 30,
      provider: 'platform',
      operation: name,
      outcome: 'success',
      operator: OPERATOR.operatorId,
      attempts: 1,
      durationMs: expect.any(Number),
    }),
  ]);
});

const PATHS: Record<CallName, string> = {
  games: '/api/generic/games/list/all',
  lobbies: '/api/generic/lobbies/list/all',
  businessReport: '/api/generic/businessReport?date=2021-05-03',
  ggrLimits: '/api/generic/ggrLimits',
  balanceLimits: '/api/generic/balanceLimits?currencies=GBP,EUR',
  handHistory: '/api/generic/handHistory/111/350-a1Basdf',
};

test.each(CALL_NAMES)("%s is asked as the document's example, with a hash of its own", async (name) => {
  await using server = await startCounterparty(answering(await golden(SAMPLES[name])));
  await CALLS[name](createClient(`${server.url}/platform/`));
  const [came, ...rest] = server.came;
  expect(rest).toEqual([]);
  expect(came).toMatchObject({ method: 'GET', path: `/platform${PATHS[name]}` });
  const sha1 = createHash('sha1').update(`${name}${OPERATOR.operatorId}${OPERATOR.secret}`).digest('hex');
  expect(came?.headers).toMatchObject({ 'x-authorization': sha1, 'x-operator-id': OPERATOR.operatorId });
  expect(came?.headers['x-vendor-id']).toBe(name === 'handHistory' ? HAND.vendor : undefined);
});
