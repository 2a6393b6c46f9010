import { type Case, PLAYER } from '../case.ts';

/** No integer in 1/100 that the wallet takes. */
const NO_AMOUNTS = [
  '',
  '-1',
  '-0',
  '%2B1',
  '+1',
  '1.0',
  '1,0',
  '1e3',
  '0x10',
  '1_000',
  '%201',
  '1%20',
  '1%00',
  '1%0A',
  '%D9%A1',
  '%EF%BC%91',
  '%FF',
  '%',
  '1%',
  'NaN',
  'Infinity',
  'null',
  '[1]',
  '9'.repeat(19),
  '9'.repeat(4_000),
];

const untouched = { balances: { '117': 295_071 }, ledger: { '117': [] } };
const source = 'what we settled, 3: a parameter absent, negative, not an integer';

export const malformed: Case[] = [
  {
    name: 'cmd',
    source: 'what we settled, 3: cmd unknown',
    given: PLAYER,
    steps: [
      '',
      'uid=117',
      'cmd&uid=117',
      'cmd=&uid=117',
      'cmd=getbalance&uid=117',
      'cmd=getBalance%20&uid=117',
      'cmd=refund&uid=117&bet=0&win=0',
      'cmd=__proto__&uid=117',
      'CMD=getBalance&uid=117',
      'cmd[]=getBalance&uid=117',
      'cmd=getBalance&cmd=getBalance&uid=117',
      'cmd=getBalance;uid=117',
      'cmd=getBalance%26uid=117',
    ].map((get) => ({ get, fail: 'cmd' })),
  },
  {
    name: 'uid',
    source: 'what we settled, 3: uid',
    given: PLAYER,
    steps: [
      ...[
        'cmd=getBalance',
        'cmd=getBalance&uid=',
        'cmd=getBalance&uid=-117',
        'cmd=getBalance&uid=117&uid=117',
        'cmd=getBalance&uid=117&uid=118',
        'cmd=getBalance&uid=117%20',
        'cmd=getBalance&uid=%D9%A1%D9%A1%D9%A7',
        `cmd=getBalance&uid=${'1'.repeat(21)}`,
        `cmd=getBalance&uid=${'1'.repeat(4_000)}`,
        'cmd=writeBet&bet=1&win=0',
        'cmd=writeBet&uid=john&bet=1&win=0',
        "cmd=writeBet&uid='%20OR%201=1&bet=1&win=0",
      ].map((get) => ({ get, fail: 'uid must be' })),
      { get: `cmd=getBalance&uid=${'1'.repeat(20)}`, fail: 'unknown terminal' },
    ],
    after: untouched,
  },
  {
    name: 'bet',
    source,
    given: PLAYER,
    steps: [
      ...NO_AMOUNTS.map((bet) => ({ get: `cmd=writeBet&uid=117&bet=${bet}&win=0`, fail: 'bet must be' })),
      { get: 'cmd=writeBet&uid=117&win=0', fail: 'bet must be' },
      { get: 'cmd=writeBet&uid=117&bet=1&bet=1&win=0', fail: 'bet must be' },
      { get: 'cmd=writeBet&uid=117', fail: 'bet must be' },
    ],
    after: untouched,
  },
  {
    name: 'win',
    source,
    given: PLAYER,
    steps: [
      ...NO_AMOUNTS.map((win) => ({ get: `cmd=writeBet&uid=117&bet=1&win=${win}`, fail: 'win must be' })),
      { get: 'cmd=writeBet&uid=117&bet=1', fail: 'win must be' },
      { get: 'cmd=writeBet&uid=117&bet=0&win=1&win=1', fail: 'win must be' },
    ],
    after: untouched,
  },
];
