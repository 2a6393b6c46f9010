import type { Operation } from '../operation.ts';
import { apiCreateHall } from './api-create-hall.ts';
import { apiGetAgentBalance } from './api-get-agent-balance.ts';
import { apiGetAgentStory } from './api-get-agent-story.ts';
import { apiGetBalance } from './api-get-balance.ts';
import { apiGetHallBalance } from './api-get-hall-balance.ts';
import { apiGetHallslist } from './api-get-hallslist.ts';
import { apiGetUserslist } from './api-get-userslist.ts';
import { apiHallMessage } from './api-hall-message.ts';
import { apiHallOperationBalance } from './api-hall-operation-balance.ts';
import { apiHallSettings } from './api-hall-settings.ts';
import { apiOperationBalance } from './api-operation-balance.ts';
import { apiOperationJackpot } from './api-operation-jackpot.ts';
import { apiReg } from './api-reg.ts';
import { remotecabGameHistory } from './remotecab-game-history.ts';
import { remotecabSession } from './remotecab-session.ts';

/** Every operation of the remote API by its name on the wire, in the document's order. */
export const OPERATIONS = {
  api_reg: apiReg,
  remotecab_session: remotecabSession,
  api_get_balance: apiGetBalance,
  api_operation_balance: apiOperationBalance,
  api_create_hall: apiCreateHall,
  api_get_userslist: apiGetUserslist,
  api_hall_settings: apiHallSettings,
  api_hall_message: apiHallMessage,
  api_get_hall_balance: apiGetHallBalance,
  api_get_agent_balance: apiGetAgentBalance,
  api_operation_jackpot: apiOperationJackpot,
  api_get_hallslist: apiGetHallslist,
  api_hall_operation_balance: apiHallOperationBalance,
  api_get_agent_story: apiGetAgentStory,
  remotecab_game_history: remotecabGameHistory,
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;
