import type { Session, Terminal } from '../state.ts';
import type { XmlFields } from '../xml.ts';
import { type Call, type Reply, userOperation } from './operation.ts';

const WRONG_SESSION = { code: 'wrong_session_data' };

/** StarGame, User sessions remote control. */
export const remotecabSession = userOperation({
  name: 'remotecab_session',
  required: ['operation'],
  invalidXmlCode: 'invalid_xml_sended',
  noPathCode: 'no_path_to_send_packet',
  find(call) {
    const terminal = call.state.terminals.get(call.field('user_id'));
    const password = call.field('user_password');
    return terminal?.password === password ? { terminal, key: password } : { code: 'wrong_user_data' };
  },
  run(call, { terminal }) {
    switch (call.field('operation')) {
      case 'get':
        return get(call, terminal);
      case 'set':
        return open(call, terminal);
      case 'check':
        return ok(call, terminal, sessionFields(terminal.session ?? call.state.openSession(terminal)));
      case 'close':
        call.state.closeSession(terminal);
        return ok(call, terminal, {});
      default:
        // No code is documented for it.
        return { code: 'required_fields_are_empty' };
    }
  },
});

function get(call: Call, terminal: Terminal): Reply {
  const [sessionId = '', key1 = '', key2 = ''] = ['sessionid', 'key1', 'key2'].map(call.field);
  if ([sessionId, key1, key2].includes('')) return { code: 'required_fields_are_empty' };
  const session = { sessionId, key1, key2 };
  if (call.state.findSession(session) !== terminal) return WRONG_SESSION;
  return ok(call, terminal, { ...sessionFields(session), ...userFields(terminal, false) });
}

function open(call: Call, terminal: Terminal): Reply {
  const isFirst = !terminal.hasEntered;
  const session = call.state.openSession(terminal);
  return ok(call, terminal, { ...sessionFields(session), ...userFields(terminal, isFirst) });
}

const ok = (call: Call, terminal: Terminal, fields: XmlFields): Reply => ({
  fields: { time: call.nowSeconds, uid: terminal.uid, password: terminal.password, ...fields },
});

const sessionFields = ({ sessionId, key1, key2 }: Session): XmlFields => ({ sessionid: sessionId, key1, key2 });

function userFields(terminal: Terminal, isFirstEnter: boolean): XmlFields {
  const { name, hall, email, phone, birthdate, balanceUnits, uid, hasDeposited } = terminal;
  return {
    name,
    roomnumber: hall.hallId,
    email,
    phone,
    birthdate: birthdate === '' ? '' : Date.parse(birthdate) / 1000,
    balance: String(balanceUnits),
    currency: hall.currencyName,
    unique_id: `${hall.hallId}-${uid}`,
    is_first_deposit: hasDeposited ? 0 : 1,
    is_first_enter: isFirstEnter ? 1 : 0,
    is_passing: 0,
    is_home: 0,
  };
}
