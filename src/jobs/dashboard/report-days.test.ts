import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { invalidArgument } from '../../common/fault.ts';
import { ReportDaySchema } from '../../gen/jobs/v1/reports_pb.ts';
import { createDaysShown, listSpans, spansOf } from './report-days.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;

test.each([1, 6, 7, 8, 14, 31, 100])('spans cover the last %i days, each once, newest first', (days) => {
  const covered = spansOf(days, NOW_MS).flatMap(({ fromDay, toDay }) => {
    const length = (Date.parse(toDay) - Date.parse(fromDay)) / DAY_MS + 1;
    return Array.from({ length }, (_, ago) => Date.parse(toDay) - ago * DAY_MS);
  });
  const today = Date.parse('2026-11-20');
  expect(covered).toEqual(Array.from({ length: days }, (_, ago) => today - ago * DAY_MS));
});

test('many who look read it once, what took long is kept longer, and a failure is not kept', async () => {
  let nowMs = NOW_MS;
  let reads = 0;
  let tookMs = 0;
  const shown = createDaysShown(() => nowMs);
  const look = () =>
    shown('casino', 8, async ({ fromDay }) => {
      reads += 1;
      nowMs += tookMs;
      const row = { reportDay: fromDay, operatorId: 'casino', state: 'agrees', ours: { ggrUnits: 5n } };
      return {
        days: ['EUR', 'USD'].map((currencyCode) => create(ReportDaySchema, { ...row, currencyCode })),
        completeUntilMs: 7n,
      };
    });
  const [first, second] = await Promise.all([look(), look()]);
  expect(first).toBe(second);
  // Eight days are two lists.
  expect(reads).toBe(2);
  expect(first.completeUntilMs).toBe(7);
  expect([...first.operators]).toEqual(['casino']);
  expect(first.days.get('USD')?.map(({ day, ours }) => `${day} ${ours}`)).toEqual([
    '2026-11-14 0.05',
    '2026-11-13 0.05',
  ]);

  nowMs += 1_001;
  tookMs = 500;
  await look();
  expect(reads).toBe(4);
  nowMs += 9_999;
  await look();
  expect(reads).toBe(4);
  nowMs += 2;
  await look();
  expect(reads).toBe(6);

  nowMs += 60_000;
  await expect(shown('casino', 8, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await look();
  expect(reads).toBe(8);
});

test('a span that is too much for one list is read day by day, and what is wrong otherwise is told', async () => {
  const asked: string[] = [];
  const list = async ({ fromDay, toDay }: { fromDay: string; toDay: string }) => {
    if (fromDay !== toDay) throw invalidArgument('to_day', 'more than 10000 of them');
    asked.push(fromDay);
    return { days: [], completeUntilMs: 0n };
  };
  const spans = spansOf(9, NOW_MS);
  for await (const part of listSpans(spans, list)) expect(part.days).toEqual([]);
  expect(asked).toEqual(
    Array.from({ length: 9 }, (_, ago) => new Date(NOW_MS - ago * DAY_MS).toISOString().slice(0, 10)),
  );
  const refusing = listSpans(spans, () => Promise.reject(invalidArgument('operator_id', 'must be one')));
  await expect(refusing.next()).rejects.toThrow('operator_id');
});
