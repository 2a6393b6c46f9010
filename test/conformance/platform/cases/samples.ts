import { type Case, TOKEN } from '../case.ts';

/**
 * Every sample request of PLATFORM v2.49, as it is printed there but for the hash, which is a placeholder, and line breaks
 * within the token. The data that the printed answer shows is expected where a wallet can be in the state for it.
 */
export const samples: Case[] = [
  {
    name: 'the sample of authenticate',
    source: 'PLATFORM v2.49, authenticate: request and OK response',
    given: [
      { player: '25343', name: 'john_doe', displayName: 'John Doe', country: 'Germany', balance: '420.76' },
      { session: TOKEN, user: '25343' },
    ],
    steps: [
      {
        post: 'authenticate',
        body: `{
  "command": "authenticate",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "token": "eqkB1WoKQCvjrvV6taJRN"
  }
}`,
        ok: '{"user_id":"25343","user_name":"john_doe","display_name":"John Doe","user_country":"Germany","balance":420.76,"currency_code":"EUR"}',
      },
    ],
  },
  {
    name: 'the sample of authenticate, with an unknown token',
    source: 'PLATFORM v2.49, authenticate: ERROR response',
    steps: [
      {
        post: 'authenticate',
        body: `{
  "command": "authenticate",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "token": "eqkB1WoKQCvjrvV6taJRN"
  }
}`,
        error: 'OP_21',
        message: 'Invalid token',
      },
    ],
  },
  {
    name: 'the sample of balance',
    source: 'PLATFORM v2.49, balance: request, OK and ERROR response',
    given: [
      { player: '611', balance: '327.19' },
      { session: TOKEN, user: '611' },
      { player: '612', currency: 'USD', balance: '327.19' },
    ],
    steps: [
      {
        post: 'balance',
        body: `{
  "command": "balance",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "token": "eqkB1WoKQCvjrvV6taJRN",
    "user_id": "611",
    "currency_code": "EUR"
  }
}`,
        ok: '{"balance":327.19,"currency_code":"EUR"}',
      },
      {
        post: 'balance',
        body: `{
  "command": "balance",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "token": "eqkB1WoKQCvjrvV6taJRN",
    "user_id": "611",
    "currency_code": "USD"
  }
}`,
        error: 'OP_30',
        message: 'Invalid currency',
      },
    ],
  },
  {
    name: 'the sample of changebalance: a WIN',
    source: 'PLATFORM v2.49, changebalance: request and OK response',
    given: [{ player: '611', balance: '309.94' }],
    steps: [
      {
        post: 'changebalance',
        body: `{
  "command": "changebalance",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "transaction_type": "WIN",
    "reason": "not_provided",
    "amount": 17.25,
    "currency_code": "EUR",
    "transaction_id": 3568,
    "transaction_timestamp": "2020-12-01 13:44:54",
    "round_id": 1727,
    "round_finished": false,
    "game_id": 200,
    "user_id": "611",
    "token": "eqkB1WoKQCvjrvV6taJRN",
    "context": {
      "reason": "not_provided",
      "rake": 0.0328
    }
  }
}`,
        ok: '{"balance":327.19,"currency_code":"EUR"}',
      },
    ],
    after: { balances: { 611: '327.19' }, rows: { 611: 1 } },
  },
  {
    name: 'the sample of changebalance: a BET that the player cannot pay',
    source: 'PLATFORM v2.49, changebalance: ERROR response',
    given: [
      { player: '611', balance: '17.24' },
      { session: TOKEN, user: '611' },
    ],
    steps: [
      {
        post: 'changebalance',
        body: `{
  "command": "changebalance",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "transaction_type": "BET",
    "amount": 17.25,
    "currency_code": "EUR",
    "transaction_id": 3568,
    "transaction_timestamp": "2020-12-01 13:44:54",
    "round_id": 1727,
    "round_finished": false,
    "game_id": 200,
    "user_id": "611",
    "token": "eqkB1WoKQCvjrvV6taJRN",
    "context": {
      "reason": "not_provided",
      "rake": 0.0328
    }
  }
}`,
        error: 'OP_31',
        message: 'Insufficient funds',
      },
    ],
    after: { balances: { 611: '17.24' } },
  },
  {
    name: 'the sample of status, before and after the bet',
    source: 'PLATFORM v2.49, status: request, OK and ERROR response',
    given: [
      { player: '17', balance: '100.00' },
      { session: TOKEN, user: '17' },
    ],
    steps: [
      {
        post: 'status',
        body: `{
  "command": "status",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "user_id": "17",
    "transaction_id": 3568,
    "transaction_type": "BET",
    "transaction_date": "2020-11-31",
    "transaction_ts": "1606822496000",
    "round_id": 1225
  }
}`,
        error: 'OP_41',
        message: 'Transaction not found',
      },
      {
        send: 'changebalance',
        data: `{"transaction_type":"BET","amount":1,"currency_code":"EUR","transaction_id":3568,"transaction_timestamp":"2020-12-01 11:34:56","round_id":1225,"round_finished":false,"game_id":200,"user_id":"17","token":"${TOKEN}","context":{"reason":"SPIN"}}`,
        ok: '{"balance":99.00,"currency_code":"EUR"}',
      },
      {
        post: 'status',
        body: `{
  "command": "status",
  "request_timestamp": "2020-12-01 13:44:54",
  "hash": "43afab643ee5b94e3b4edbe438f30fa3e97e10c4",
  "data": {
    "user_id": "17",
    "transaction_id": 3568,
    "transaction_type": "BET",
    "transaction_date": "2020-11-31",
    "transaction_ts": "1606822496000",
    "round_id": 1225
  }
}`,
        ok: '{"user_id":"17","transaction_id":3568,"transaction_status":"OK"}',
      },
    ],
  },
  {
    name: 'the sample of cancel, of a bet',
    source: 'PLATFORM v2.49, cancel: request and OK response',
    given: [
      { player: '113', balance: '50.00' },
      { session: TOKEN, user: '113' },
    ],
    steps: [
      {
        send: 'changebalance',
        data: `{"transaction_type":"BET","amount":20.5,"currency_code":"EUR","transaction_id":327128,"transaction_timestamp":"2020-07-29 07:21:10","round_id":145658,"round_finished":false,"game_id":5523,"user_id":"113","token":"${TOKEN}","context":{"reason":"SPIN"}}`,
        ok: '{"balance":29.50,"currency_code":"EUR"}',
      },
      {
        post: 'cancel',
        body: `{
  "command": "cancel",
  "data": {
    "user_id": "113",
    "transaction_id": 327128,
    "round_id": 145658,
    "round_finished": null,
    "game_id": 5523
  },
  "request_timestamp": "2020-07-29 07:21:16",
  "hash": "f9267174537b8f279561e0b04cc36120b160ff88",
  "debug": {
    "code": 200,
    "time": "0.04"
  }
}`,
        echo: `{"command":"cancel","data":{
    "user_id": "113",
    "transaction_id": 327128,
    "round_id": 145658,
    "round_finished": null,
    "game_id": 5523
  },"request_timestamp":"2020-07-29 07:21:16","hash":"{hash}"}`,
        ok: '{"user_id":"113","transaction_id":327128,"transaction_status":"CANCELED"}',
      },
      {
        post: 'cancel',
        body: `{
    "command": "cancel",
    "data": {
      "user_id": 113,
      "transaction_id": 327128,
      "round_id": 145658,
      "round_finished": null,
      "game_id": 5523
    },
    "request_timestamp": "2020-07-29 07:21:16",
    "hash": "f9267174537b8f279561e0b04cc36120b160ff88"
  }`,
        ok: '{"user_id":"113","transaction_id":327128,"transaction_status":"CANCELED"}',
      },
    ],
    after: { balances: { 113: '50.00' }, rows: { 113: 2 } },
  },
  {
    name: 'the sample of cancel, of a transaction that is not known',
    source: 'PLATFORM v2.49, cancel: ERROR response',
    given: [{ player: '113', balance: '50.00' }],
    steps: [
      {
        post: 'cancel',
        body: `{
    "command": "cancel",
    "data": {
      "user_id": 113,
      "transaction_id": 327146,
      "round_id": 145666,
      "round_finished": null,
      "game_id": 5523
    },
    "request_timestamp": "2020-07-29 07:28:26",
    "hash": "97c77dcd649afa2e1841166142495f8c119e4aa7"
  }`,
        error: 'OP_41',
        message: 'Transaction not found',
      },
    ],
    after: { balances: { 113: '50.00' } },
  },
  {
    name: 'the samples of finishround',
    source: 'PLATFORM v2.49, finishround: request, OK and ERROR response',
    given: [
      { player: '398', balance: '50.00' },
      { session: TOKEN, user: '398' },
    ],
    steps: [
      {
        send: 'changebalance',
        data: `{"transaction_type":"BET","amount":"1.00","currency_code":"EUR","transaction_id":1,"transaction_timestamp":"2023-09-14 12:34:40","round_id":533281,"round_finished":null,"game_id":46,"user_id":"398","token":"${TOKEN}","context":{"reason":"SPIN"}}`,
        ok: '{"balance":49.00,"currency_code":"EUR"}',
      },
      {
        post: 'finishround',
        body: `{
  "command": "finishround",
  "data": {
    "round_id": 533281,
    "user_id": "398",
    "game_id": 46,
    "round_date": "2023-09-14",
    "round_ts": "1694704880325"
  },
  "request_timestamp": "2023-09-15 22:22:38",
  "hash": "f3dde71cb8673ce5c894dd50309859192a68e5c8"
}`,
        ok: '{"round_id":533281,"user_id":"398","game_id":46}',
      },
      {
        post: 'finishround',
        body: `{
    "command": "finishround",
    "data": {
      "round_id": 533281,
      "user_id": "398",
      "game_id": 46,
      "round_date": "2023-09-14",
      "round_ts": "1694704880325"
    },
    "request_timestamp": "2023-09-15 22:48:01",
    "hash": "f13fb82dfacad45722d83275b31bf057efc885fb"
  }`,
        ok: '{"round_id":533281,"user_id":"398","game_id":46}',
      },
    ],
    after: { roundJobs: { 533281: 1 } },
  },
];
