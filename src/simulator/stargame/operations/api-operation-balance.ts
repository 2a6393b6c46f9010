import { type Hall, type Payment, remember, type Terminal } from '../state.ts';
import { type Call, findTerminal, hallOperation, isBigint, type Refusal, type Reply, readUnits } from './operation.ts';

/** StarGame, User balance operations: money between a hall's balance and a terminal's. */
export const apiOperationBalance = hallOperation({
  name: 'api_operation_balance',
  required: ['user_id', 'operation', 'sum'],
  missingCodes: { operation: 'operation_not_set' },
  invalidXmlCode: 'invalid_xml_sended',
  run(call, hall) {
    const operationId = call.field('operation_id');
    const before = hall.payments.get(operationId);
    if (before !== undefined) return answer(call, hall, before, true);
    if (hall.operatorName === null) return { code: 'operator_not_isset' };
    const found = findTerminal(call, hall);
    if ('code' in found) return found;
    const payment = move(call, hall, found.terminal);
    if ('code' in payment) return payment;
    if (isBigint(operationId)) remember(hall.payments, operationId, payment);
    return answer(call, hall, payment, false);
  },
});

function move(call: Call, hall: Hall, terminal: Terminal): Refusal | Payment {
  const password = call.field('user_password');
  if (password !== '' && password !== terminal.password) return { code: 'wrong_password' };
  const operation = call.field('operation');
  const deltaUnits = readDelta(operation, call.field('sum'), hall, terminal);
  if (typeof deltaUnits !== 'bigint') return deltaUnits;
  const oldUnits = terminal.balanceUnits;
  terminal.balanceUnits += deltaUnits;
  hall.balanceUnits -= deltaUnits;
  if (deltaUnits > 0n) terminal.hasDeposited = true;
  return { uid: terminal.uid, operation, oldUnits, newUnits: terminal.balanceUnits };
}

/** What the terminal gains. */
function readDelta(operation: string, sum: string, hall: Hall, terminal: Terminal): Refusal | bigint {
  const sumUnits = readUnits(sum);
  // No code is documented for a sum that is none, nor for one that the terminal doesn't have.
  if (sumUnits === null) return { code: 'wrong_incoming_data' };
  switch (operation) {
    case 'increase':
      if (sumUnits < BigInt(hall.settings.get('minamount') ?? '1')) return { code: 'too_low_balance_for_increase' };
      return sumUnits > hall.balanceUnits ? { code: 'too_low_hall_balance' } : sumUnits;
    case 'decrease':
      return sumUnits === 0n || sumUnits > terminal.balanceUnits ? { code: 'wrong_incoming_data' } : -sumUnits;
    case 'decrease_all':
      return sumUnits === 0n ? -terminal.balanceUnits : { code: 'wrong_incoming_data' };
    default:
      return { code: 'operation_not_set' };
  }
}

function answer(call: Call, hall: Hall, payment: Payment, exists: boolean): Reply {
  return {
    fields: {
      user_id: payment.uid,
      hall_id: hall.hallId,
      operation: payment.operation,
      operation_id: call.field('operation_id'),
      old_balance: String(payment.oldUnits),
      new_balance: String(payment.newUnits),
      operation_exist: exists ? 1 : 0,
      time: call.nowSeconds,
    },
  };
}
