import { agentOperation } from './operation.ts';

/** StarGame, Hall creation. */
export const apiCreateHall = agentOperation({
  name: 'api_create_hall',
  required: ['hall_name', 'hall_secret'],
  missingCodes: { hall_name: 'hall_data_empty' },
  invalidXmlCode: 'invalid_xml_sended',
  takesNoPath: true,
  run(call, agent) {
    const name = call.field('hall_name');
    const secret = call.field('hall_secret');
    // No code is documented for a secret that is none.
    if (!/^[A-Za-z0-9]{1,32}$/.test(secret)) return { code: 'hall_data_empty' };
    const isTaken = [...call.state.halls.values()].some((hall) => hall.name === name);
    if (isTaken) return { code: 'hall_name_already_exists' };
    const hall = call.state.addHall({ agentId: agent.agentId, name, secret });
    return {
      fields: { time: call.nowSeconds, hall_id: hall.hallId, hall_secret: secret, currency: hall.currencyIso },
    };
  },
});
