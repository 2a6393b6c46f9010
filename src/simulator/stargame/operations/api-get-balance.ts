import { findTerminal, hallOperation } from './operation.ts';

/** StarGame, Receiving user balance. */
export const apiGetBalance = hallOperation({
  name: 'api_get_balance',
  required: ['user_id'],
  run(call, hall) {
    const found = findTerminal(call, hall);
    if ('code' in found) return found;
    return {
      fields: {
        user_id: found.terminal.uid,
        hall_id: hall.hallId,
        balance: String(found.terminal.balanceUnits),
        time: call.nowSeconds,
      },
    };
  },
});
