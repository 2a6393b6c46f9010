import { agentOperation } from './operation.ts';

/** StarGame, Receiving agent halls list. */
export const apiGetHallslist = agentOperation({
  name: 'api_get_hallslist',
  required: [],
  missingCodes: { agent_id: 'invalid_agent_id' },
  malformedAgentCode: 'invalid_agent_id',
  run(call, { agentId }) {
    const hall = [...call.state.halls.values()]
      .filter((each) => each.agentId === agentId)
      .map(({ hallId, name, balanceUnits, operatorName }) => ({
        id: hallId,
        name,
        balance: String(balanceUnits),
        operator_name: operatorName ?? '',
      }));
    return { fields: { agent_id: agentId, halls_count: hall.length, halls: { hall }, time: call.nowSeconds } };
  },
});
