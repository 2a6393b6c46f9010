import { z } from 'zod';
import { countsAgree } from '../counts.ts';
import {
  dateTime,
  flag,
  id,
  maybe,
  renamed,
  text,
  wireBigint,
  wireDateTime,
  wireFlag,
  wireId,
  wireInt,
  wireText,
} from '../fields.ts';
import { defineOperation } from '../operation.ts';
import { logDigest } from '../signature.ts';

const DAY_MS = 24 * 3600 * 1000;

const who = {
  user_id: id,
  /** The password, or its md5 digest in hex where use_hash is 1. */
  user_password: text(1, 64),
  use_hash: flag,
};

const list = z.strictObject({
  ...who,
  operation: z.literal('list'),
  period_start: dateTime,
  period_end: dateTime,
});

const log = z.strictObject({
  ...who,
  operation: z.literal('log'),
  log_id: id.optional(),
  /** Instead of log_id: the latest log of this game. */
  game_id: id.optional(),
});

const request = z
  .discriminatedUnion('operation', [list, log], { error: 'must be one of list, log' })
  .superRefine((given, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    if (given.use_hash === 1 && !/^[0-9a-f]{32}$/.test(given.user_password)) {
      refuse('user_password', 'must be an md5 digest in hex where use_hash is 1');
    }
    if (given.operation === 'log') {
      if ((given.log_id === undefined) === (given.game_id === undefined))
        refuse('log_id', 'give either log_id or game_id');
      return;
    }
    // Of two texts without a zone: 24 hours on the server's clock.
    const spanMs = utcMs(given.period_end) - utcMs(given.period_start);
    if (spanMs < 0) refuse('period_end', 'must not be before period_start');
    if (spanMs > DAY_MS) refuse('period_end', 'must be at most 24 hours after period_start');
  });

const utcMs = (time: string): number => Date.parse(`${time.replace(' ', 'T')}Z`);

/** One game log of a list. Amounts in 1/100; `date` in the server's zone. */
const gameLog = z.looseObject({
  dataid: wireId,
  gameid: wireId,
  date: wireDateTime,
  bet: wireBigint,
  win: wireBigint,
  lines: maybe(wireBigint),
  balance: wireBigint,
  gname: maybe(wireText),
});

export type GameLog = z.output<typeof gameLog>;

const fields = z.looseObject({
  user_id: wireId,
  use_hash: maybe(wireFlag),
  hall_id: maybe(wireId),
  timestamp: wireBigint,
  operation: maybe(wireText),
  md5: maybe(wireText),
  // list
  logs_count: maybe(wireInt),
  logs: z.array(gameLog),
  // log
  log_id: maybe(wireId),
  log_date: maybe(wireDateTime),
  log_bet: maybe(wireBigint),
  log_win: maybe(wireBigint),
  log_betline: maybe(wireBigint),
  log_lines: maybe(wireBigint),
  log_balance: maybe(wireBigint),
  log_gname: maybe(wireText),
  /** base64 of HTML with scripts and remote images: never to be shown as it is. */
  log_html: maybe(wireText),
});

const answer = z
  .preprocess((value) => withLogs(renamed('hall_id', 'hallid')(renamed('use_hash', 'user_hash')(value))), fields)
  .superRefine(({ logs_count, logs }, context) => countsAgree(context, 'logs_count', logs_count ?? logs.length, logs));

/**
 * The document does not show the elements of the list. Taken as a log is every element with a dataid, wherever it is and whatever its
 * name: `<logs><log>…</log></logs>` as well as `<log>…</log>` without anything around it.
 */
function withLogs(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value, logs: findLogs(value) } : value;
}

function findLogs(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(findLogs);
  if (typeof value !== 'object' || value === null) return [];
  return 'dataid' in value ? [value] : Object.values(value).flatMap(findLogs);
}

/** StarGame, Receiving a list of game logs. The document's sample says 0.4; 0.5 is supported as well. */
export const remotecabGameHistory = defineOperation({
  name: 'remotecab_game_history',
  version: '0.4',
  signature: 'user',
  request,
  answer,
  errors: {
    no_path_to_send_packet: 'The parameter show_packet is equal 0, response_url is not specified',
    wrong_userid: 'User ID is specified incorrectly',
    user_not_isset: 'A user having this ID does not exist',
    wrong_user_pass: 'User password is specified incorrectly',
    time_periods_are_empty: 'The field period_start or period_end is empty',
    invalid_date_format: 'Incorrect date format in the fields period_start, or period_end',
    time_period_more_that_one_day: 'Selection period exceeds 24 hours',
    game_id_is_wrong: 'The format of the field game_id is incorrect',
    log_id_is_wrong: 'The format of the field log_id is incorrect',
    either_game_id_or_log_id_must_be_supplied: 'The fields log_id and game_id are empty',
    invalid_operation_name: 'The field operation is filled incorrectly',
    log_is_not_isset: 'The log having specified ID and belonging to the user having specified ID is not found',
  },
  isIdempotent: () => true,
  digest: ({ user_password }, { md5, timestamp, user_id }) => ({
    given: md5,
    expected: logDigest(user_password, timestamp, user_id),
  }),
  requires: ({ operation }) =>
    operation === 'list'
      ? ['logs_count']
      : ['log_id', 'log_date', 'log_bet', 'log_win', 'log_balance', 'log_gname', 'log_html'],
});
