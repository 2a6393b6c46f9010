import { unserialize } from 'php-serialize';
import type { Hall } from '../state.ts';
import { readWallText } from '../times.ts';
import { type Call, hallOperation, type Refusal, type Reply } from './operation.ts';

const EMPTY = { code: 'message_fields_are_empty' };
const WRONG_SCHEDULE = { code: 'wrong_schedule_format' };
const TEXT_MAX = 255;
const INTERVALS = ['10', '30', '60', '120', '180', '360', '1140', '2880'];

/** StarGame, Hall messages operations. */
export const apiHallMessage = hallOperation({
  name: 'api_hall_message',
  required: ['operation'],
  run(call, hall) {
    switch (call.field('operation')) {
      case 'add':
        return add(call, hall);
      case 'delete':
        return remove(call, hall);
      default:
        return { code: 'unknown_operation' };
    }
  },
});

function add(call: Call, hall: Hall): Reply {
  const [text = '', repeat = '', sendType = ''] = ['text', 'repeat', 'send_type'].map(call.field);
  if (text === '' || !/^([1-9]\d?|100)$/.test(repeat)) return EMPTY;
  // The table says time_repeat, the comment below it one_time_repeat.
  if (!['time_repeat', 'one_time_repeat', 'regular'].includes(sendType)) return EMPTY;
  if ([...text].length > TEXT_MAX) return { code: 'text_too_big' };
  const schedule = readSchedule(call.field('schedule'), sendType === 'regular');
  if ('code' in schedule) return schedule;
  const messageId = call.state.nextId();
  hall.messages.set(messageId, { text, repeat: Number(repeat), sendType, schedule: schedule.values });
  return answer(call, hall, messageId);
}

function remove(call: Call, hall: Hall): Reply {
  const messageId = call.field('message_id');
  if (messageId === '') return { code: 'required_fields_are_empty' };
  return hall.messages.delete(messageId) ? answer(call, hall, messageId) : { code: 'message_not_isset' };
}

const answer = (call: Call, hall: Hall, messageId: string): Reply => ({
  fields: { time: call.nowSeconds, message_id: messageId, hall_id: hall.hallId },
});

/** `base64_encode(serialize(array(…)))`. */
function readSchedule(text: string, isRegular: boolean): Refusal | { values: Record<string, string> } {
  const values = parseSchedule(text);
  if (values === null) return { code: 'unable_to_parse_schedule' };
  const names = isRegular ? ['dateFrom', 'dateTo', 'interval'] : ['dateFrom', 'hours', 'minutes', 'interval'];
  const isWhole = Object.keys(values).sort().join() === names.sort().join();
  return isWhole && Object.entries(values).every(isScheduled) ? { values } : WRONG_SCHEDULE;
}

function parseSchedule(text: string): Record<string, string> | null {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return null;
  try {
    const value: unknown = unserialize(Buffer.from(text, 'base64'), {}, { strict: true });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, String(member)]));
  } catch {
    // The library throws for whatever is not PHP's.
    return null;
  }
}

function isScheduled([name, value]: [string, string]): boolean {
  switch (name) {
    case 'dateFrom':
    case 'dateTo':
      return readWallText(`${value} 00:00:00`) !== null;
    case 'hours':
      return /^\d{1,2}$/.test(value) && Number(value) <= 24;
    case 'minutes':
      return /^\d{1,2}$/.test(value) && Number(value) <= 59;
    default:
      return INTERVALS.includes(value);
  }
}
