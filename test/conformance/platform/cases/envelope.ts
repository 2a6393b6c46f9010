import { authenticate, balance, bet, type Case, money, PLAYER, TOKEN, win } from '../case.ts';

const data = balance();

/** A body with the right hash in it where `{hash}` stands. */
const body = (members: string): string =>
  `{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}",${members}}`;

export const envelope: Case[] = [
  {
    name: 'X-Operator-Id absent, empty or unknown',
    source: 'PLATFORM v2.49, X-Operator-Id header; what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      { send: 'balance', data, headers: { 'x-operator-id': null }, http: 403 },
      { send: 'balance', data, headers: { 'x-operator-id': '' }, http: 403 },
      { send: 'balance', data, headers: { 'x-operator-id': '__proto__' }, http: 403 },
      { send: 'balance', data, headers: { 'x-operator-id': '{operator}, {operator}' }, http: 403 },
    ],
  },
  {
    name: 'the older name of the header counts where the newer is absent',
    source: 'PLATFORM v2.49, changelog 2.31',
    given: PLAYER,
    steps: [
      {
        send: 'balance',
        data,
        headers: { 'x-operator-id': null, 'x-tt-operator-id': '{operator}' },
        ok: money('100.00'),
      },
      { send: 'balance', data, headers: { 'x-operator-id': 'nobody', 'x-tt-operator-id': '{operator}' }, http: 403 },
    ],
  },
  {
    name: 'X-Authorization absent or wrong',
    source: 'PLATFORM v2.49, X-Authorization header',
    given: PLAYER,
    steps: [
      { send: 'balance', data, headers: { 'x-authorization': null }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '' }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '{authorization:authenticate}' }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '{authorization:balance}0' }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '0{authorization:balance}' }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '59e047104b6da4e4f37726af502ff4b1601dc5f8' }, http: 403 },
      { send: 'balance', data, headers: { 'x-authorization': '{authorization:balance}' }, ok: money('100.00') },
    ],
  },
  {
    name: 'the headers are looked at before the body',
    source: 'what we settled, 1: the envelope, order of the rows',
    steps: [
      { post: 'balance', body: 'no JSON', headers: { 'x-authorization': null }, http: 403 },
      { post: 'balance', body: 'x'.repeat(70_000), headers: { 'x-authorization': null }, http: 403 },
    ],
  },
  {
    name: 'a body over 64 KiB is too large, one of exactly 64 KiB is not',
    source: 'what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      { post: 'balance', body: 'x'.repeat(64 * 1024 + 1), http: 413 },
      { post: 'balance', body: padded(64 * 1024), ok: money('100.00'), echo: body(`"data":${data}`) },
    ],
  },
  {
    name: 'a body that is not JSON, or not an object',
    source: 'what we settled, 1: the envelope',
    steps: ['', 'no JSON', '[]', 'null', '7', '"text"', '{', '{}x', "{'a':1}", '{"a":1,}', '\ufeff{}', '{"a":NaN}'].map(
      (text) => ({ post: 'balance', body: text, error: 'OP_50', echo: 'null' }),
    ),
  },
  {
    name: 'a body that is not UTF-8',
    source: 'what we settled, 1: the envelope',
    steps: [
      { post: 'balance', body: Buffer.from(body(`"data":{"token":"é"}`), 'latin1'), error: 'OP_50', echo: 'null' },
      { post: 'balance', body: Buffer.from(body(`"data":{}`), 'utf16le'), error: 'OP_50', echo: 'null' },
    ],
  },
  {
    name: 'hash absent, wrong, or of another time',
    source: 'PLATFORM v2.49, Request and response signing; OP_20',
    given: PLAYER,
    steps: [
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:54","data":{}}',
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":null,"data":{}}',
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":7,"data":{}}',
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"","data":{}}',
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"43afab643ee5b94e3b4edbe438f30fa3e97e10c4","data":{}}',
      '{"command":"balance","request_timestamp":"2020-12-01 13:44:55","hash":"{hash of 2020-12-01 13:44:54}","data":{}}',
      '{"command":"balance","request_timestamp":20201201,"hash":"{hash of 20201201}","data":{}}',
      '{"command":"balance","hash":"{hash of }","data":{}}',
      '{}',
    ].map((text) => ({ post: 'balance', body: text, sign: false, error: 'OP_20', message: 'Invalid hash' })),
  },
  {
    name: 'a wrong hash decides before a malformed field',
    source: 'what we settled, 1: the envelope, order of the rows',
    steps: [{ post: 'changebalance', body: '{"command":"changebalance","data":7}', sign: false, error: 'OP_20' }],
  },
  {
    name: 'a command that differs from the path',
    source: 'what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      {
        send: 'authenticate',
        data: authenticate(),
        path: 'balance',
        headers: { 'x-authorization': '{authorization:balance}' },
        error: 'OP_20',
      },
      {
        send: 'balance',
        data,
        path: 'authenticate',
        headers: { 'x-authorization': '{authorization:authenticate}' },
        error: 'OP_20',
      },
      {
        post: 'balance',
        body: '{"command":"authenticate","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":{}}',
        error: 'OP_20',
      },
      {
        post: 'balance',
        body: '{"request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":{}}',
        error: 'OP_20',
      },
    ],
  },
  {
    name: 'a command that PLATFORM does not have',
    source: 'PLATFORM v2.49, Exception handling: OP_50 is for what no other code fits',
    steps: [
      { send: 'endsession', data: '{}', error: 'OP_50', message: 'unknown command' },
      { send: 'constructor', data: '{}', error: 'OP_50', message: 'unknown command' },
      { send: 'endsession', data: '{}', headers: { 'x-authorization': null }, http: 403 },
    ],
  },
  {
    name: 'the request goes back as the very bytes that came in, without what is not asked for',
    source: 'PLATFORM v2.49, Response; what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      {
        post: 'balance',
        body: body(
          ` "data" :\t{ "currency_code":"EUR","user_id":"611", "token":"${TOKEN}", "x":[1.50,"\\u00e9é\\/"] } `,
        ),
        ok: money('100.00'),
      },
      {
        post: 'balance',
        body: body(`"debug":{"code":200,"time":"0.04"},"session_id":77,"data":${data}`),
        echo: `{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":${data}}`,
        ok: money('100.00'),
      },
      {
        post: 'balance',
        body: `{"\\u0063ommand":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":${data},"debug":1}`,
        echo: `{"command":"balance","request_timestamp":"2020-12-01 13:44:54","hash":"{hash}","data":${data}}`,
        ok: money('100.00'),
      },
    ],
  },
  {
    name: 'what the real platform sends beyond the document is accepted',
    source: 'what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      {
        send: 'authenticate',
        data: authenticate({ game_id: '200', session_id: '"x|y"' }),
        ok: '{"user_id":"611","user_name":"player 611","user_country":"Germany","currency_code":"EUR","balance":100.00}',
      },
      {
        send: 'changebalance',
        data: win({ reason: '"not_provided"', session_id: '12', context: '{"reason":"SPIN","urid":"5f2c-7"}' }),
        headers: { 'x-req-id': '5f2c-7' },
        ok: money('117.25'),
      },
    ],
  },
  {
    name: 'ids of 20 digits, over 2^64, lose nothing; a number and a string of digits are the same id',
    source: 'PLATFORM v2.49, changebalance: INT 20; what we settled, 1: the envelope',
    given: PLAYER,
    steps: [
      {
        send: 'changebalance',
        data: bet({ transaction_id: '99999999999999999999', round_id: '99999999999999999998' }),
        ok: money('82.75'),
      },
      {
        send: 'changebalance',
        data: bet({ transaction_id: '99999999999999999998', round_id: '99999999999999999998' }),
        ok: money('65.50'),
      },
      {
        send: 'changebalance',
        data: bet({ transaction_id: '"99999999999999999999"', round_id: '"99999999999999999998"' }),
        ok: money('82.75'),
      },
      {
        send: 'status',
        data: '{"user_id":611,"transaction_id":99999999999999999999,"transaction_type":"BET","transaction_date":"2020-12-01","transaction_ts":"1606822496000","round_id":99999999999999999998}',
        ok: '{"user_id":"611","transaction_id":99999999999999999999,"transaction_status":"OK"}',
      },
      {
        send: 'cancel',
        data: '{"user_id":"611","transaction_id":"99999999999999999999","round_id":99999999999999999998,"round_finished":null,"game_id":200}',
        ok: '{"user_id":"611","transaction_id":"99999999999999999999","transaction_status":"CANCELED"}',
      },
      {
        send: 'finishround',
        data: '{"user_id":611,"round_id":"99999999999999999998","game_id":200,"round_date":"2020-12-01","round_ts":"1606822496000"}',
        ok: '{"user_id":"611","round_id":"99999999999999999998","game_id":200}',
      },
    ],
    after: { balances: { 611: '82.75' }, rows: { 611: 3 } },
  },
  {
    name: 'an amount is the same in every spelling',
    source: 'what we settled, 1: the envelope; 2: business data',
    given: PLAYER,
    steps: [
      ...['3', '3.0', '3.00', '"3"', '"3.0"', '3e0', '0.3e1', '30E-1'].map((amount) => ({
        send: 'changebalance',
        data: bet({ amount }),
        ok: money('97.00'),
      })),
      { send: 'changebalance', data: bet({ amount: '3.01' }), error: 'OP_40' },
    ],
    after: { balances: { 611: '97.00' }, rows: { 611: 1 } },
  },
  {
    name: 'amounts reach 9999999999999999.99, exactly; sums of tenths stay sums of tenths',
    source: 'PLATFORM v2.49, changebalance: DECIMAL 18,2',
    given: [{ player: '611' }, { player: '612', balance: '0.10' }],
    steps: [
      { send: 'changebalance', data: win({ amount: '9999999999999999.99' }), ok: money('9999999999999999.99') },
      {
        send: 'changebalance',
        data: win({ amount: '0.70', user_id: '"612"', transaction_id: '1' }),
        ok: money('0.80'),
      },
      {
        send: 'changebalance',
        data: win({ amount: '1.0e+15', user_id: '"612"', transaction_id: '2' }),
        ok: money('1000000000000000.80'),
      },
    ],
  },
];

/** A request whose unknown top-level member makes it exactly so many bytes long. */
function padded(bytes: number): string {
  const plain = body(`"data":${data},"debug":""`);
  // The hash that takes the placeholder's place is longer than it.
  return body(`"data":${data},"debug":"${'x'.repeat(bytes - plain.length - 40 + '{hash}'.length)}"`);
}
