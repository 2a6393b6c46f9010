import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readContext, tenThousandths } from './context.ts';

const NOTHING = { reason: '', campaign: false, rakeTenThousandths: 0n };

describe('a rake is read exactly', () => {
  test.each([
    ['0.0328', 328n],
    ['0', 0n],
    ['1', 10_000n],
    ['-0.5', -5_000n],
    ['1e2', 1_000_000n],
    ['3.28E-2', 328n],
    ['0.00019', 1n],
    ['1e-9', 0n],
    // What a JavaScript number would round.
    ['99999999999999.9999', 999_999_999_999_999_999n],
    ['9007199254740.9931', 90_071_992_547_409_931n],
    // More than DECIMAL(18,4).
    ['100000000000000', 0n],
    ['1e999', 0n],
  ])('%s as a number and as text', (text, expected) => {
    expect(readContext(`{"reason":"SPIN","rake":${text}}`).rakeTenThousandths).toBe(expected);
    expect(readContext(`{"rake":"${text}"}`).rakeTenThousandths).toBe(expected);
  });

  test.each(['', '.', '1.', '.5', 'NaN', 'Infinity', '0x1', '1e1e1', '1e99999999', ' 1', '1,5', '٣'])(
    'what is no decimal is none: "%s"',
    (text) => {
      expect(tenThousandths(text)).toBe(0n);
    },
  );

  test('any amount with four decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999_999n }), (value) => {
        const decimal = `${value / 10_000n}.${String(value % 10_000n).padStart(4, '0')}`;
        expect(readContext(`{"a":{"rake":7},"rake":${decimal}}`).rakeTenThousandths).toBe(value);
      }),
    );
  });
});

test('reason and campaign', () => {
  expect(readContext('{"reason":"PROMO-FREESPIN","campaign_code":"c1","game_details":{"reason":"x"}}')).toEqual({
    reason: 'PROMO-FREESPIN',
    campaign: true,
    rakeTenThousandths: 0n,
  });
  expect(readContext('{"campaign_code":""}').campaign).toBe(false);
});

test.each(['', 'no json', '{"rake":0.03', 'null', '7', '"text"', '[]', '[{"rake":1}]', '{}', '['.repeat(60_000)])(
  'what says nothing is no fault (%#)',
  (context) => {
    expect(readContext(context)).toEqual(NOTHING);
  },
);

test('members of other types say nothing', () => {
  const context = '{"reason":true,"campaign_code":{"a":1},"rake":{"x":1},"__proto__":{"rake":1},"toString":1}';
  expect(readContext(context)).toEqual(NOTHING);
});

test('any text at all is no fault', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (context) => void readContext(context)));
});
