import type { AgentOperation } from '../state.ts';
import type { XmlFields } from '../xml.ts';
import { agentOperation } from './operation.ts';

const PERIOD_MAX_SECONDS = 3 * 24 * 60 * 60;

/** StarGame, Receiving user operations list. */
export const apiGetAgentStory = agentOperation({
  name: 'api_get_agent_story',
  required: ['period_start', 'period_end'],
  run(call, agent) {
    const [from = 0, to = 0] = ['period_start', 'period_end'].map((name) => readSeconds(call.field(name)));
    if (!(to >= from)) return { code: 'wrong_period_data' };
    if (to - from > PERIOD_MAX_SECONDS) return { code: 'too_big_period' };
    const operation = agent.story.filter(({ atSeconds }) => atSeconds >= from && atSeconds <= to).map(describe);
    return {
      fields: {
        agent_id: agent.agentId,
        period_start: from,
        period_end: to,
        operations_count: operation.length,
        operations: { operation },
        time: call.nowSeconds,
      },
    };
  },
});

const readSeconds = (text: string): number => (/^\d{1,10}$/.test(text) ? Number(text) : Number.NaN);

const describe = (operation: AgentOperation): XmlFields => ({
  id: operation.id,
  description: operation.description,
  date: operation.atSeconds,
  balance_before: String(operation.balanceBeforeUnits),
  sum: String(operation.sumUnits),
  balance_after: String(operation.balanceAfterUnits),
  by: operation.by,
});
