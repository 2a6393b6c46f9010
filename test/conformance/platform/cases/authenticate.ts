import { StopScope } from '../../../../src/gen/wallet/v1/stops_pb.ts';
import { type Case, authenticate as data, PLAYER, TOKEN } from '../case.ts';

const source = 'PLATFORM v2.49, authenticate';

export const authenticate: Case[] = [
  {
    name: 'gives all that is known of the player',
    source,
    given: [
      { player: '611', name: 'john_doe', displayName: 'John Doe', country: 'Germany', group: 'vip', balance: '420.00' },
      { session: TOKEN, user: '611' },
    ],
    steps: [
      {
        send: 'authenticate',
        data: data(),
        ok: '{"user_id":"611","user_name":"john_doe","display_name":"John Doe","user_country":"Germany","group":"vip","currency_code":"EUR","balance":420.00}',
      },
    ],
  },
  {
    name: 'leaves out what is not set, and escapes what needs it',
    source,
    given: [
      { player: 'jürgen "j" 😀', name: 'a\\b', country: 'Österreich' },
      { session: TOKEN, user: 'jürgen "j" 😀' },
    ],
    steps: [
      {
        send: 'authenticate',
        data: data(),
        ok: '{"user_id":"jürgen \\"j\\" 😀","user_name":"a\\\\b","user_country":"Österreich","currency_code":"EUR","balance":0.00}',
      },
    ],
  },
  {
    name: 'token unknown, empty, expired or closed',
    source: 'PLATFORM v2.49, OP_21',
    given: PLAYER,
    steps: [
      {
        send: 'authenticate',
        data: data({ token: '"unknownunknownunknown"' }),
        error: 'OP_21',
        message: 'Invalid token',
      },
      { send: 'authenticate', data: data({ token: '""' }), error: 'OP_21' },
      { send: 'authenticate', data: data({ token: `"${TOKEN.toLowerCase()}"` }), error: 'OP_21' },
      { given: { closeSession: TOKEN } },
      { send: 'authenticate', data: data(), error: 'OP_21' },
    ],
  },
  {
    name: 'token expired',
    source: 'PLATFORM v2.49, OP_21',
    given: [{ player: '611' }, { session: TOKEN, user: '611', ttlSeconds: 1 }, { waitForExpiry: TOKEN }],
    steps: [{ send: 'authenticate', data: data(), error: 'OP_21' }],
  },
  {
    name: 'a player who is blocked',
    source: 'PLATFORM v2.49, OP_22; what we settled, 2: authenticate',
    given: [...PLAYER, { block: '611' }],
    steps: [
      { send: 'authenticate', data: data(), error: 'OP_22', message: 'Authorization failed' },
      { given: { closeSession: TOKEN } },
      { send: 'authenticate', data: data(), error: 'OP_21' },
    ],
  },
  {
    name: 'play that is stopped',
    source: 'PLATFORM v2.49, OP_22; what we settled, 4: stops',
    given: PLAYER,
    steps: [
      { given: { stop: StopScope.OPERATOR } },
      { send: 'authenticate', data: data(), error: 'OP_22' },
      { given: { endStop: StopScope.OPERATOR } },
      { given: { stop: StopScope.ALL } },
      { send: 'authenticate', data: data(), error: 'OP_22' },
      { given: { endStop: StopScope.ALL } },
      {
        send: 'authenticate',
        data: data(),
        ok: '{"user_id":"611","user_name":"player 611","user_country":"Germany","currency_code":"EUR","balance":100.00}',
      },
    ],
  },
];
