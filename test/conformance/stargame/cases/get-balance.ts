import { StopScope } from '../../../../src/gen/wallet/v1/stops_pb.ts';
import { type Case, PLAYER, success } from '../case.ts';

const get = 'cmd=getBalance&uid=117';

export const getBalance: Case[] = [
  {
    name: 'with foo, without it, with anything else, and in any order',
    source: 'StarGame, Game Notifications API, Balance request: foo is against caches',
    given: PLAYER,
    steps: [
      { get: `${get}&foo=0.5121`, answer: success(295_071) },
      { get, answer: success(295_071) },
      { get: 'foo=1&foo=2&uid=117&__proto__=1&bet=-1&win=x&cmd=getBalance', answer: success(295_071) },
      { get: `&&${get}&`, answer: success(295_071) },
    ],
  },
  {
    name: 'percent-encoded, as any URL may be',
    source: 'URL standard, application/x-www-form-urlencoded',
    given: PLAYER,
    steps: [{ get: '%63md=get%42alance&uid=%3117', answer: success(295_071) }],
  },
  {
    name: 'of nothing, and below nothing',
    source: 'what we settled, 3: cash is an integer in 1/100',
    given: [{ player: '117' }, { player: '118', balance: -150 }, { player: '119', balance: 999_999_999_999_999 }],
    steps: [
      { get, answer: success(0) },
      { get: 'cmd=getBalance&uid=118', answer: success(-150, { uid: '118' }) },
      { get: 'cmd=getBalance&uid=119', answer: success('999999999999999', { uid: '119' }) },
    ],
  },
  {
    name: 'in the currency of the player, with its number in three digits',
    source: 'StarGame, Game Notifications API, Response parameters: currencyiso according to ISO 4217',
    given: [
      { player: '1', currency: 'EUR' },
      { player: '2', currency: 'USD' },
      { player: '3', currency: 'PTS' },
    ],
    steps: [
      { get: 'cmd=getBalance&uid=1', answer: success(0, { uid: '1', currency: 'EUR', iso: '978' }) },
      { get: 'cmd=getBalance&uid=2', answer: success(0, { uid: '2', currency: 'USD', iso: '840' }) },
      { get: 'cmd=getBalance&uid=3', answer: success(0, { uid: '3', currency: 'PTS', iso: '' }) },
    ],
  },
  {
    name: 'in RUS for Russian, in ENG for every other language',
    source: 'StarGame, Game Notifications API, Response parameters: only ENG and RUS',
    given: [
      { player: '1', language: 'ru' },
      { player: '2', language: 'ru-RU' },
      { player: '3', language: 'de' },
      { player: '4', language: 'rup' },
    ],
    steps: [
      { get: 'cmd=getBalance&uid=1', answer: success(0, { uid: '1', language: 'RUS' }) },
      { get: 'cmd=getBalance&uid=2', answer: success(0, { uid: '2', language: 'RUS' }) },
      { get: 'cmd=getBalance&uid=3', answer: success(0, { uid: '3' }) },
      { get: 'cmd=getBalance&uid=4', answer: success(0, { uid: '4' }) },
    ],
  },
  {
    name: 'of a blocked player, and while play is stopped',
    source: 'what we settled, 4: a stop refuses new bets',
    given: [...PLAYER, { block: '117' }, { stop: StopScope.OPERATOR }],
    steps: [{ get, answer: success(295_071) }],
  },
  {
    name: 'uid unknown, or no longer linked',
    source: 'what we settled, 3: uid unknown',
    given: [...PLAYER, { player: '118' }, { unlinked: '118' }],
    steps: [
      { get: 'cmd=getBalance&uid=9', fail: 'unknown terminal' },
      { get: 'cmd=getBalance&uid=9', fail: 'unknown terminal' },
      { get: 'cmd=getBalance&uid=118', fail: 'unknown terminal' },
      { get: 'cmd=getBalance&uid=0117', fail: 'unknown terminal' },
    ],
  },
];
