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
import type { Operation } from './operation.ts';
import { remotecabGameHistory } from './remotecab-game-history.ts';
import { remotecabSession } from './remotecab-session.ts';

/** In the document's order. */
export const OPERATIONS: readonly Operation[] = [
  apiReg,
  remotecabSession,
  apiGetBalance,
  apiOperationBalance,
  apiCreateHall,
  apiGetUserslist,
  apiHallSettings,
  apiHallMessage,
  apiGetHallBalance,
  apiGetAgentBalance,
  apiOperationJackpot,
  apiGetHallslist,
  apiHallOperationBalance,
  apiGetAgentStory,
  remotecabGameHistory,
];
