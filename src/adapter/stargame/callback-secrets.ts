import { HallService } from '../../gen/wallet/v1/halls_pb.ts';
import type { WalletCalls } from '../wallet-calls.ts';
import type { CallbackDeps } from './callback.ts';
import { OPERATIONS } from './remote/operations/index.ts';

const { listHallCredentials, listAgentCredentials, listTerminalCredentials } = HallService.method;

/** What signed a request, as the wallet has it now. Callbacks are rare: nothing of it is kept. */
export function createCallbackSecrets(calls: WalletCalls): CallbackDeps['secretFor'] {
  const ofHall = async (hallId: string): Promise<string | null> => {
    const { credentials } = await calls.call(listHallCredentials, {});
    return credentials.find(({ hall }) => hall?.hallId === hallId)?.secret ?? null;
  };

  const ofAgent = async (wanted: string): Promise<string | null> => {
    const { credentials } = await calls.call(listAgentCredentials, {});
    return credentials.find(({ agentId }) => agentId === wanted)?.password ?? null;
  };

  const ofTerminal = async (hallId: string, uid: string): Promise<string | null> => {
    const { credentials } = await calls.call(listTerminalCredentials, { hallId, uids: [uid] });
    return credentials[0]?.password ?? null;
  };

  return async ({ operation, hall_id: hallId, agent_id: agentId, user_id: uid }) => {
    switch (OPERATIONS[operation].signature) {
      case 'hall':
        return hallId === undefined ? null : ofHall(hallId);
      case 'agent':
        return agentId === undefined ? null : ofAgent(agentId);
      case 'user':
        return hallId === undefined || uid === undefined ? null : ofTerminal(hallId, uid);
    }
  };
}
