import { hallOperation } from './operation.ts';

/** StarGame, Receiving hall balance. */
export const apiGetHallBalance = hallOperation({
  name: 'api_get_hall_balance',
  required: [],
  run: (call, hall) => ({
    fields: { hall_id: hall.hallId, balance: String(hall.balanceUnits), time: call.nowSeconds },
  }),
});
