import { z } from 'zod';
import { id, maybe, text, wireBigint, wireFlag, wireId, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

const who = { user_id: id, user_password: text(1, 64) };

const request = z.discriminatedUnion(
  'operation',
  [
    z.strictObject({ ...who, operation: z.literal('get'), sessionid: id, key1: id, key2: id }),
    z.strictObject({ ...who, operation: z.literal('set') }),
    // Closed: the server makes a new one. Which session is checked may be said.
    z.strictObject({
      ...who,
      operation: z.literal('check'),
      sessionid: id.optional(),
      key1: id.optional(),
      key2: id.optional(),
    }),
    z.strictObject({ ...who, operation: z.literal('close') }),
  ],
  { error: 'must be one of get, set, check, close' },
);

/** Session and keys come for all operations except close, the rest for get and set (which the document calls create here). */
const answer = z.looseObject({
  time: wireBigint,
  uid: wireId,
  password: maybe(wireText),
  sessionid: maybe(wireId),
  key1: maybe(wireId),
  key2: maybe(wireId),
  name: maybe(wireText),
  roomnumber: maybe(wireId),
  email: maybe(wireText),
  phone: maybe(wireText),
  birthdate: maybe(wireText),
  balance: maybe(wireBigint),
  currency: maybe(wireText),
  unique_id: maybe(wireText),
  is_first_deposit: maybe(wireFlag),
  is_first_enter: maybe(wireFlag),
  is_passing: maybe(wireText),
  is_home: maybe(wireText),
});

/** StarGame, User sessions remote control. */
export const remotecabSession = defineOperation({
  name: 'remotecab_session',
  signature: 'user',
  request,
  answer,
  errors: {
    no_path_to_send_packet: 'A path for a server response is not given',
    wrong_session_data: 'Incorrect session data',
    wrong_user_data: 'Incorrect password or user ID',
  },
  // set makes a session each time, and check may make one.
  isIdempotent: ({ operation }) => operation === 'get' || operation === 'close',
  requires: ({ operation }) => (operation === 'close' ? [] : ['sessionid', 'key1', 'key2']),
});
