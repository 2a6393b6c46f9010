import { type Case, success } from '../case.ts';

/** Run one after another against the demo data: hall 1890, terminal 117 with 2950.71 RUB. */
export const samples: Case[] = [
  {
    name: 'the balance of the demo terminal',
    source: 'StarGame, Game Notifications API, Balance request',
    steps: [
      {
        get: 'cmd=getBalance&uid=117&foo=4711',
        answer:
          '{"status":"success","error":"","userLogin":"117","cash":295071,"currencyname":"RUB","currencyiso":"643","language":"ENG"}',
      },
    ],
  },
  {
    name: 'a bet, answered with the balance after it',
    source: 'StarGame, Game Notifications API, Bet notifications',
    steps: [
      {
        // The document shows the answer to a bet of 10.
        get: 'cmd=writeBet&uid=117&bet=10&win=0',
        answer:
          '{"status":"success","error":"","userLogin":"117","cash":295061,"currencyname":"RUB","currencyiso":"643","language":"ENG"}',
      },
      { get: 'cmd=writeBet&uid=117&bet=1000&win=0', answer: success(294_061) },
    ],
    after: { balances: { '117': 294_061 }, ledger: { '117': ['bet 10', 'bet 1000'] } },
  },
  {
    name: 'a bet beyond the balance',
    source: 'StarGame, Game Notifications API, Bet notifications: insufficient balance',
    steps: [{ get: 'cmd=writeBet&uid=117&bet=294062&win=0', fail: 'insufficient funds' }],
    after: { balances: { '117': 294_061 }, ledger: { '117': ['bet 10', 'bet 1000'] } },
  },
  {
    name: 'a win',
    source: 'StarGame, Game Notifications API, Win notifications',
    steps: [{ get: 'cmd=writeBet&uid=117&bet=0&win=1000', answer: success(295_061) }],
    after: { balances: { '117': 295_061 }, ledger: { '117': ['bet 10', 'bet 1000', 'win 1000'] } },
  },
];
