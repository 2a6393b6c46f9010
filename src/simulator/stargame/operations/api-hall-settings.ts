import { type Call, hallOperation, type Refusal } from './operation.ts';

type Settings = ReadonlyMap<string, string>;

/** StarGame, Hall configuration change. */
export const apiHallSettings = hallOperation({
  name: 'api_hall_settings',
  required: ['operation'],
  run(call, hall) {
    const fields = { hall_id: hall.hallId, operation: call.field('operation'), time: call.nowSeconds };
    switch (call.field('operation')) {
      case 'get':
        return { fields: { ...fields, settings: Object.fromEntries(hall.settings) } };
      case 'set': {
        const changed = readChanges(call, hall.settings);
        if ('code' in changed) return changed;
        hall.settings = changed.settings;
        return { fields };
      }
      default:
        // No code is documented for it.
        return { code: 'required_fields_are_empty' };
    }
  },
});

/** The settings as they would be. */
function readChanges(call: Call, before: Settings): Refusal | { settings: Map<string, string> } {
  const given = [...(call.group('settings') ?? [])].filter(
    ([name, value]) => before.has(name) && isTakeable(name, value),
  );
  if (given.length === 0) return { code: 'nothing_to_update' };
  const settings = new Map([...before, ...given]);
  const names = new Set(given.map(([name]) => name));
  const broken = RULES.find(({ of, breaks }) => of.some((name) => names.has(name)) && breaks(settings));
  return broken === undefined ? { settings } : { code: broken.code };
}

/** Where no code is documented for a value that is not acceptable, it is passed over. */
function isTakeable(name: string, value: string): boolean {
  switch (name) {
    case 'maxbetperline':
      return [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 100].map(String).includes(value);
    case 'matproc':
      return ['80', '83', '85', '88', '93'].includes(value);
    case 'denominationenable':
      return value === '0' || value === '1';
    case 'minamount':
      return /^\d{1,10}$/.test(value) && Number(value) > 0;
    default:
      return value !== '';
  }
}

const number = (settings: Settings, name: string): number => {
  const value = settings.get(name) ?? '';
  return /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
};

/** What is not a number is neither too low nor too big, but outside. */
const isOutside = (settings: Settings, name: string, min: number, max: number): boolean => {
  const value = number(settings, name);
  return !(value >= min && value <= max);
};

const winMin = (settings: Settings): number => Math.max(100, number(settings, 'maxbetperline') * 500);

const hundredths = (settings: Settings, name: string): number => {
  const value = settings.get(name) ?? '';
  return /^\d{1,4}(\.\d{1,2})?$/.test(value) ? Math.round(Number(value) * 100) : Number.NaN;
};

const MIN_DENOMINATIONS = [1, 2, 4, 5, 10, 25, 50, 75, 100];
const MAX_DENOMINATIONS = [25, 100, 200, 400, 500, 1000, 2500, 5000, 10000];

/** Each is looked at where one of its settings was sent. */
const RULES: readonly { of: readonly string[]; code: string; breaks: (settings: Settings) => boolean }[] = [
  {
    of: ['maxwin', 'maxbetperline'],
    code: 'too_low_maxwin',
    breaks: (settings) => !(number(settings, 'maxwin') >= winMin(settings)),
  },
  { of: ['maxwin'], code: 'too_big_maxwin', breaks: (settings) => number(settings, 'maxwin') > 1_000_000 },
  {
    of: ['maxriskwin', 'maxbetperline'],
    code: 'too_low_maxriskwin',
    breaks: (settings) => !(number(settings, 'maxriskwin') >= winMin(settings)),
  },
  { of: ['maxriskwin'], code: 'too_big_maxriskwin', breaks: (settings) => number(settings, 'maxriskwin') > 1_000_000 },
  {
    of: ['creditlimit'],
    code: 'wrong_creditlimit_count',
    breaks: (settings) => isOutside(settings, 'creditlimit', 100, 1_000_000),
  },
  {
    of: ['maxriskround'],
    code: 'wrong_maxriskround_count',
    breaks: (settings) => isOutside(settings, 'maxriskround', 2, 100),
  },
  {
    of: ['denominationminval'],
    code: 'wrong_denominationmin_count',
    breaks: (settings) => !MIN_DENOMINATIONS.includes(hundredths(settings, 'denominationminval')),
  },
  {
    of: ['denominationmaxval'],
    code: 'wrong_denominationmax_count',
    breaks: (settings) => !MAX_DENOMINATIONS.includes(hundredths(settings, 'denominationmaxval')),
  },
  {
    of: ['denominationminval', 'denominationmaxval'],
    code: 'denmin_biggest_than_denmax',
    breaks: (settings) => hundredths(settings, 'denominationmaxval') < hundredths(settings, 'denominationminval'),
  },
  { of: ['pbonus'], code: 'wrong_pbonus_count', breaks: (settings) => isOutside(settings, 'pbonus', 0, 15) },
  {
    of: ['mbonus'],
    code: 'wrong_mbonus_count',
    breaks: (settings) => isOutside(settings, 'mbonus', 0, Number.POSITIVE_INFINITY),
  },
];
