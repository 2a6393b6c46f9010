import { type GameRecord, LOGS_KEPT_SECONDS } from '../game-logs.ts';
import { gameName } from '../games.ts';
import { logHtml } from '../log-html.ts';
import { md5 } from '../signatures.ts';
import type { Terminal } from '../state.ts';
import { readWallText, wallSeconds, wallText } from '../times.ts';
import type { XmlFields } from '../xml.ts';
import { type Call, hashedPassword, isId, type Reply, type User, userOperation } from './operation.ts';

const PERIOD_MAX_SECONDS = 24 * 60 * 60;
const NOT_FOUND = { code: 'log_is_not_isset' };

/** StarGame, Receiving a list of game logs. */
export const remotecabGameHistory = userOperation({
  name: 'remotecab_game_history',
  versions: ['0.4', '0.5'],
  required: ['use_hash', 'operation'],
  invalidXmlCode: 'invalid_xml_sended',
  noPathCode: 'no_path_to_send_packet',
  find(call) {
    if (!isId(call.field('user_id'))) return { code: 'wrong_userid' };
    const terminal = call.state.terminals.get(call.field('user_id'));
    if (terminal === undefined) return { code: 'user_not_isset' };
    const key = call.field('use_hash') === '1' ? hashedPassword(terminal.password) : terminal.password;
    return call.field('user_password') === key ? { terminal, key } : { code: 'wrong_user_pass' };
  },
  run(call, user) {
    switch (call.field('operation')) {
      case 'list':
        return list(call, user);
      case 'log':
        return details(call, user);
      default:
        return { code: 'invalid_operation_name' };
    }
  },
});

function list(call: Call, user: User): Reply {
  const [start = '', end = ''] = ['period_start', 'period_end'].map(call.field);
  if (start === '' || end === '') return { code: 'time_periods_are_empty' };
  const from = readWallText(start);
  const to = readWallText(end);
  if (from === null || to === null) return { code: 'invalid_date_format' };
  if (to - from > PERIOD_MAX_SECONDS) return { code: 'time_period_more_that_one_day' };
  const { terminal } = user;
  const log = terminal.logs.between(Math.max(from, keptFrom(call, terminal)), to).map(listed);
  return answer(call, user, { logs_count: log.length, logs: { log } });
}

const listed = (record: GameRecord): XmlFields => ({
  dataid: String(record.dataId),
  gameid: record.gameId,
  date: wallText(record.wallSeconds),
  bet: String(record.betUnits),
  win: String(record.winUnits),
  lines: record.lines,
  balance: String(record.balanceUnits),
  gname: gameName(record.gameId),
});

function details(call: Call, user: User): Reply {
  const [logId = '', gameId = ''] = ['log_id', 'game_id'].map(call.field);
  if (logId === '' && gameId === '') return { code: 'either_game_id_or_log_id_must_be_supplied' };
  if (logId !== '' && !isId(logId)) return { code: 'log_id_is_wrong' };
  if (gameId !== '' && !isId(gameId)) return { code: 'game_id_is_wrong' };
  const isWanted = (record: GameRecord): boolean =>
    logId === '' ? record.gameId === Number(gameId) : record.dataId === BigInt(logId);
  const record = user.terminal.logs.latest(isWanted);
  if (record === undefined || record.wallSeconds < keptFrom(call, user.terminal)) return NOT_FOUND;
  return answer(call, user, {
    log_id: String(record.dataId),
    log_date: wallText(record.wallSeconds),
    log_bet: String(record.betUnits),
    log_win: String(record.winUnits),
    log_betline: record.lines === 0 ? 0 : String(record.betUnits / BigInt(record.lines)),
    log_lines: record.lines,
    log_balance: String(record.balanceUnits),
    log_gname: gameName(record.gameId),
    log_html: Buffer.from(logHtml(record)).toString('base64'),
  });
}

const keptFrom = ({ nowSeconds }: Call, { hall }: Terminal): number =>
  wallSeconds(nowSeconds * 1000, hall.zone) - LOGS_KEPT_SECONDS;

/** With the signature inside the packet: md5(user_password + timestamp + user_id + user_password). */
function answer(call: Call, { terminal, key }: User, fields: XmlFields): Reply {
  const { uid, hall } = terminal;
  return {
    fields: {
      timestamp: call.nowSeconds,
      user_id: uid,
      use_hash: call.field('use_hash') === '1' ? 1 : 0,
      hall_id: hall.hallId,
      operation: call.field('operation'),
      ...fields,
      md5: md5(key + call.nowSeconds + uid + key),
    },
  };
}
