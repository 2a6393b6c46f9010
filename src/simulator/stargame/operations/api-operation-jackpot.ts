import type { Hall } from '../state.ts';
import type { XmlFields } from '../xml.ts';
import { type Call, hallOperation, type Refusal, type Reply, readUnits } from './operation.ts';

const WRONG_SETTINGS = { code: 'wrong_settings_array' };

/** StarGame, Hall Jackpot operations. */
export const apiOperationJackpot = hallOperation({
  name: 'api_operation_jackpot',
  required: ['operation'],
  run(call, hall) {
    switch (call.field('operation')) {
      case 'get_balance':
        return answer(call, hall);
      case 'reset':
        hall.jackpotUnits = 0n;
        return answer(call, hall);
      case 'change':
        return change(call, hall);
      case 'get_settings':
        return answer(call, hall, { settings: Object.fromEntries(hall.jackpotSettings) });
      case 'set_settings':
        return set(call, hall);
      default:
        // No code is documented for it.
        return { code: 'required_fields_are_empty' };
    }
  },
});

/** The document has no field for the new value: the answer's name for it is taken, and `sum`, and both inside `settings`. */
function change(call: Call, hall: Hall): Reply {
  const settings = call.group('settings');
  const given = ['jackpotvalue', 'sum'].flatMap((name) => [call.field(name), settings?.get(name) ?? '']);
  const valueUnits = readUnits(given.find((text) => text !== '') ?? '');
  if (valueUnits === null) return { code: 'required_fields_are_empty' };
  hall.jackpotUnits = valueUnits;
  return answer(call, hall);
}

function set(call: Call, hall: Hall): Reply {
  const settings = call.group('settings');
  if (settings === undefined && call.field('settings') !== '') return WRONG_SETTINGS;
  if (settings === undefined || settings.size === 0) return { code: 'nothing_to_update' };
  for (const [name, value] of settings) {
    const refusal = refusalOf(name, value, hall);
    if (refusal !== null) return refusal;
  }
  for (const [name, value] of settings) hall.jackpotSettings.set(name, value);
  return answer(call, hall);
}

function refusalOf(name: string, value: string, hall: Hall): Refusal | null {
  const isWithin = (min: number, max: number): boolean =>
    /^\d{1,10}$/.test(value) && Number(value) >= min && Number(value) <= max;
  switch (name) {
    case 'jackpotpercent':
      return isWithin(1, 5) ? null : { code: 'wrong_jackpot_percent' };
    case 'jackpotactivatevalue': {
      const units = readUnits(value);
      return units !== null && units >= hall.jackpotUnits ? null : { code: 'wrong_activate_value' };
    }
    case 'enable':
    case 'autorestart':
      return isWithin(0, 1) ? null : WRONG_SETTINGS;
    case 'jackpotwinelapsedtime':
      return isWithin(0, 2_147_483_647) ? null : WRONG_SETTINGS;
    case 'minbet':
      return isWithin(0, 9000) ? null : WRONG_SETTINGS;
    case 'outtext':
      return /^[A-Za-z.,! ]*$/.test(value) ? null : WRONG_SETTINGS;
    default:
      return WRONG_SETTINGS;
  }
}

const answer = (call: Call, hall: Hall, more: XmlFields = {}): Reply => ({
  fields: {
    hall_id: hall.hallId,
    operation: call.field('operation'),
    jackpotvalue: String(hall.jackpotUnits),
    time: call.nowSeconds,
    ...more,
  },
});
