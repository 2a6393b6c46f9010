import { hallOperation } from './operation.ts';

/** StarGame, Receiving a list of terminals of a hall. */
export const apiGetUserslist = hallOperation({
  name: 'api_get_userslist',
  required: [],
  takesUnsigned: true,
  run(call, hall) {
    const user = hall.terminals.map(({ uid, name, password, balanceUnits }) => ({
      uid,
      name,
      password,
      balance: String(balanceUnits),
    }));
    return {
      fields: { hall_id: hall.hallId, time: call.nowSeconds, users_count: user.length, users: { user } },
    };
  },
});
