import { agentOperation } from './operation.ts';

/** StarGame, Receiving agent balance. */
export const apiGetAgentBalance = agentOperation({
  name: 'api_get_agent_balance',
  required: [],
  missingCodes: { agent_id: 'invalid_agent_id' },
  malformedAgentCode: 'invalid_agent_id',
  run: (call, agent) => ({
    fields: { agent_id: agent.agentId, balance: String(agent.balanceUnits), time: call.nowSeconds },
  }),
});
