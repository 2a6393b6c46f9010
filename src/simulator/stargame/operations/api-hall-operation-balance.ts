import { agentOperation, readUnits } from './operation.ts';

/** StarGame, Hall balance changing by an agent: money between the agent's balance and a hall's. */
export const apiHallOperationBalance = agentOperation({
  name: 'api_hall_operation_balance',
  required: ['hall_id', 'operation', 'sum'],
  run(call, agent) {
    const hall = call.state.halls.get(call.field('hall_id'));
    if (hall?.agentId !== agent.agentId) return { code: 'agent_is_not_owner' };
    const operation = call.field('operation');
    // The table spells it descrese.
    const isIncrease = operation === 'increase';
    if (!isIncrease && operation !== 'descrese' && operation !== 'decrease') return { code: 'wrong_operation' };
    const sumUnits = readUnits(call.field('sum'));
    // No code is documented for a sum that is none.
    if (sumUnits === null || sumUnits === 0n) return { code: 'required_fields_are_empty' };
    if (isIncrease && agent.balanceUnits < sumUnits) return { code: 'agent_too_low_balance' };
    if (!isIncrease && hall.balanceUnits < sumUnits) return { code: 'hall_too_low_balance' };

    const deltaUnits = isIncrease ? sumUnits : -sumUnits;
    const oldUnits = hall.balanceUnits;
    const agentBeforeUnits = agent.balanceUnits;
    hall.balanceUnits += deltaUnits;
    agent.balanceUnits -= deltaUnits;
    call.state.addStory(agent, {
      description: `hall ${hall.hallId}, ${isIncrease ? '+' : '-'} ${sumUnits}`,
      atSeconds: call.nowSeconds,
      balanceBeforeUnits: agentBeforeUnits,
      sumUnits,
      balanceAfterUnits: agent.balanceUnits,
      by: agent.name,
    });
    return {
      fields: {
        hall_id: hall.hallId,
        old_balance: String(oldUnits),
        new_balance: String(hall.balanceUnits),
        time: call.nowSeconds,
      },
    };
  },
});
