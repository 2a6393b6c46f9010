import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ReportDaySchema } from '../../gen/jobs/v1/reports_pb.ts';
import { CSV_HEAD, csvLines } from './reports-csv.ts';

const lineOf = (vendor: string) =>
  csvLines([
    create(ReportDaySchema, {
      ...{ operatorId: 'casino', reportDay: '2026-11-18', vendor, currencyCode: 'EUR', state: 'differs' },
      ours: { betsCount: 3n, betsUnits: 610n, ggrUnits: -280n },
      discrepancyId: 9_007_199_254_740_993n,
    }),
  ]);

test('figures are exact, a side that has nothing is empty, and a negative number is no formula', () => {
  const [head = [], cells = []] = [CSV_HEAD, lineOf('netent')].map((line) => line.trimEnd().split(','));
  expect(cells).toHaveLength(head.length);
  expect(Object.fromEntries(head.map((name, index) => [name, cells[index]]))).toMatchObject({
    ...{ discrepancy: '9007199254740993', bets_count_ours: '3', bets_sum_ours: '6.10', bets_sum_report: '' },
    ...{ gross_gaming_revenue_ours: '-2.80', gross_gaming_revenue_report: '' },
  });
});

test.each([
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ['+1+1', "'+1+1"],
  ['-1+cmd', "'-1+cmd"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['a,b', '"a,b"'],
  ['a\r\nb', '"a\r\nb"'],
])('a vendor that calls itself %j is a text', (vendor, cell) => {
  expect(lineOf(vendor)).toMatch(/\r\n$/);
  expect(lineOf(vendor).slice('2026-11-18,casino,'.length, -2).startsWith(`${cell},EUR,`)).toBe(true);
});
