import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Discrepancy, ReconciliationService } from '../../../src/gen/jobs/v1/reconciliation_pb.ts';
import { type ReportDay, ReportService } from '../../../src/gen/jobs/v1/reports_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { croupier } from '../../cli/croupier.ts';
import type { TestProcess } from '../../harness/processes.ts';
import { until } from '../until.ts';
import { metric } from '../world.ts';
import {
  asked,
  CURRENCIES,
  createReportWorld,
  DAYS,
  type Group,
  gameOf,
  HOUSE,
  type ReportWorld,
  userOf,
  VENDORS,
} from './report-world.ts';

const { method } = ReconciliationService;
const [DAY_1 = '', DAY_2 = '', DAY_3 = ''] = DAYS;
const GROUPS: Group[] = DAYS.flatMap((day) =>
  VENDORS.flatMap((vendor) => CURRENCIES.map((currency) => ({ day, vendor, currency }))),
);

let here: ReportWorld;
let jobs: TestProcess;
let jane: ReturnType<typeof asked>;
/** The transaction that was canceled later. */
let canceledId = '';

/** What is wrong, by group: kind and cause. */
const wrong = new Map<string, string>();
const nameOf = ({ day, vendor, currency }: Group): string => `${day} ${vendor} ${currency}`;

function group(day: string, vendor: string, currency: Group['currency']): Group {
  return { day, vendor, currency };
}

const PRIZE = group(DAY_3, 'prizes', 'EUR');

/** Eight groups a day, each with four kinds of rounds, and thirteen differences of seven causes. */
async function play(): Promise<void> {
  await Promise.all(
    GROUPS.map(async (each) => {
      await here.play(each, { kind: 'spin', betUnits: 100n, winUnits: 40n });
      await here.play(each, { kind: 'freespin' });
      await here.play(each, { kind: 'jackpot' });
      await here.play(each, { kind: 'refund', betUnits: 250n });
    }),
  );
  const injected = (each: Group, kind: string, cause: string): Group => {
    wrong.set(nameOf(each), `${kind} ${cause}`);
    return each;
  };
  const unclear = (day: string, vendor: string, currency: Group['currency']): Group =>
    injected(group(day, vendor, currency), 'report_differs', '');
  here.alter(unclear(DAY_1, 'vivo', 'EUR'), { bets_sum: 123n });
  here.alter(unclear(DAY_2, 'vivo', 'EUR'), { wins_count: 1n });
  here.alter(unclear(DAY_3, 'vivo', 'EUR'), { jackpots_sum: -7n });
  here.alter(unclear(DAY_1, 'vivo', 'USD'), { freespins_sum: 7n });
  here.alter(unclear(DAY_2, 'vivo', 'USD'), { gross_gaming_revenue: 1n });

  const lateCancel = injected(group(DAY_1, 'netent', 'EUR'), 'report_differs', 'late_cancel');
  const round = await here.play(lateCancel, { kind: 'spin', betUnits: 777n, winUnits: 0n });
  canceledId = round.transactions.find(({ type }) => type === 'BET')?.transactionId ?? '';

  const unresolved = injected(group(DAY_2, 'netent', 'EUR'), 'report_differs', 'unknown_outcome');
  expect(await here.move('bet', unresolved, { transactionId: 'unresolved', amountUnits: 613n })).toBe(0);

  const refused = injected(group(DAY_3, 'netent', 'EUR'), 'report_differs', 'unknown_outcome');
  const tooMuch = { transactionId: 'refused', amountUnits: 900_000_000n };
  expect(await here.move('bet', refused, tooMuch)).toBe(Reason.INSUFFICIENT_FUNDS);
  here.alter(refused, { bets_count: 1n, bets_sum: 900_000_000n, gross_gaming_revenue: 900_000_000n });

  // Ours of the first day; PLATFORM counts it on the day that it reached us.
  const midnight = { kind: 'spin', betUnits: 310n, winUnits: 0n, atMs: Date.parse(DAY_2) - 1_000 } as const;
  const [before, after] = [DAY_1, DAY_2].map((day) => group(day, 'slotsXX', 'EUR')) as [Group, Group];
  await here.play(injected(before, 'report_differs', 'day_boundary'), midnight);
  injected(after, 'report_differs', 'day_boundary');
  const moved = { bets_count: 1n, bets_sum: 310n, wins_count: 1n, gross_gaming_revenue: 310n };
  here.alter(after, moved);
  here.alter(before, { bets_count: -1n, bets_sum: -310n, wins_count: -1n, gross_gaming_revenue: -310n });

  here.alter(injected(group(DAY_2, 'evolution', 'EUR'), 'report_differs', 'refunds'), { gross_gaming_revenue: 250n });

  const ours = injected(group(DAY_2, 'ours-only', 'EUR'), 'report_missing', 'not_reported');
  expect(await here.move('bet', ours, { transactionId: 'ours', amountUnits: 55n })).toBe(0);
  await here.finish(ours, 'ours');
  const theirs = injected(group(DAY_2, 'ghost', 'USD'), 'ledger_missing', 'not_booked');
  here.alter(theirs, { bets_count: 1n, bets_sum: 500n, gross_gaming_revenue: 500n });

  // A prize: of a game that no list has, and of a vendor of its own in the report.
  expect(await here.move('win', PRIZE, { transactionId: 'prize', amountUnits: 45n })).toBe(0);
  await here.finish(PRIZE, 'prize');
  here.alter(PRIZE, { wins_count: 1n, wins_sum: 45n, gross_gaming_revenue: -45n });

  await here.backdate();
  await here.world.sql.query('UPDATE transactions SET created_at_ms = ? WHERE occurred_at_ms = ?', [
    Date.parse(DAY_2) + 1_000,
    midnight.atMs,
  ]);
  const canceled = { operatorId: HOUSE, userId: userOf('EUR'), provider: 'platform', transactionId: canceledId };
  const place = { roundId: round.roundId, gameId: String(gameOf('netent')) };
  expect((await here.world.call(MoneyService.method.cancel, { ...canceled, ...place })).reason).toBe(0);
}

const listed = async (): Promise<Discrepancy[]> =>
  (await jane.call(method.listDiscrepancies, { provider: 'platform', state: 'all', pageSize: 1000 })).discrepancies;

async function found(each: Group): Promise<Discrepancy> {
  const all = await listed();
  const one = all.find(
    ({ reportDay, vendor, currencyCode }) =>
      nameOf({ day: reportDay, vendor, currency: currencyCode as 'EUR' }) === nameOf(each),
  );
  if (one === undefined) throw new Error(`nothing is found of ${nameOf(each)}`);
  return one;
}

const days = async (): Promise<ReportDay[]> =>
  (await jane.call(ReportService.method.listReportDays, { operatorId: HOUSE, fromDay: DAY_1, toDay: DAY_3 })).days;

const compared = async (each: Group): Promise<ReportDay | undefined> =>
  (await days()).find(
    (day) => nameOf({ day: day.reportDay, vendor: day.vendor, currency: day.currencyCode as 'EUR' }) === nameOf(each),
  );

const reconcile = (day: string) =>
  jane.call(ReportService.method.reconcileReports, { operatorId: HOUSE, fromDay: day, toDay: day });

const pull = (day: string) => jane.stream(ReportService.method.pullReports, { operatorId: HOUSE, fromDay: day });

const refused = (request: Promise<unknown>, code: status, message: RegExp) =>
  expect(request).rejects.toMatchObject({ code, details: expect.stringMatching(message) });

beforeAll(async () => {
  here = await createReportWorld();
  await play();
  jobs = await here.world.startJobs({ PLATFORM_API_URL: here.simulator.platformUrl, REPORT_TICK_MS: '200' });
  jane = asked(jobs);
});

afterAll(async () => {
  jane?.[Symbol.dispose]();
  await jobs?.stop();
  await here?.[Symbol.asyncDispose]();
});

test('of three days with known differences, all are found by themselves, each with its cause, and nothing else is', async () => {
  await until('all three days are compared for good', async () => {
    const all = await days();
    return all.length >= GROUPS.length + 4 && all.every(({ state }) => state !== 'provisional');
  });
  const explained = [...wrong.values()].filter((what) => !what.endsWith(' ')).length;
  // A difference is told first, its cause as soon as it is looked up.
  await until('the causes are found', async () => {
    return (await listed()).filter(({ cause }) => cause !== '').length >= explained;
  });
  const all = await listed();
  const names = all.map((one) => [
    nameOf({ day: one.reportDay, vendor: one.vendor, currency: one.currencyCode as 'EUR' }),
    `${one.kind} ${one.cause}`,
  ]);
  expect(names.sort()).toEqual([...wrong].sort());
  expect(all.every(({ state, correction, userId }) => state === 'open' && correction === '' && userId === '')).toBe(
    true,
  );
  const states = (await days()).map(({ state }) => state);
  expect(states.filter((state) => state === 'differs')).toHaveLength(wrong.size);
  expect(states.filter((state) => state === 'agrees')).toHaveLength(GROUPS.length + 4 - wrong.size);
  for (const vendor of ['prizes', '']) {
    const together = { state: 'agrees', cause: 'unlisted', discrepancyId: 0n };
    expect(await compared({ ...PRIZE, vendor })).toMatchObject(together);
  }
  await until(
    'it is counted',
    async () => (await metric(jobs, `croupier_report_differences{operator="${HOUSE}"}`)) === wrong.size,
  );
  expect(await metric(jobs, 'croupier_discrepancies{kind="ledger_missing",state="open"}')).toBe(1);
  const late = await found(group(DAY_1, 'netent', 'EUR'));
  expect(late).toMatchObject({ amountUnits: 777n, occurredAtMs: BigInt(Date.parse(DAY_1)), operatorId: HOUSE });
  expect(late.detail).toMatch(/^bets_sum \d+\.\d\d \(ours\) \d+\.\d\d \(report\); bets_count /);
});

test('comparing again, by many at once, finds nothing new', async () => {
  const before = await listed();
  const again = await Promise.all(Array.from({ length: 6 }, () => reconcile(DAY_2)));
  for (const { discrepanciesFound, discrepanciesExplained, differs, provisional } of again) {
    expect([discrepanciesFound, discrepanciesExplained, differs, provisional]).toEqual([0, 0, 7, 0]);
  }
  expect(await listed()).toEqual(before);
});

test('one can look into a difference, down to the transactions and their hand histories', async () => {
  const key = { operatorId: HOUSE, reportDay: DAY_1, vendor: 'netent', currencyCode: 'EUR' };
  const { day, classes } = await jane.call(ReportService.method.getReportDay, key);
  expect(day).toMatchObject({ state: 'differs', cause: 'late_cancel', discrepancyState: 'open' });
  expect((day?.theirs?.betsUnits ?? 0n) - (day?.ours?.betsUnits ?? 0n)).toBe(777n);
  expect(classes.find((each) => each.class === 'canceled_later')).toMatchObject({
    transactionCount: 1n,
    betsUnits: 777n,
  });

  const { transactions } = await until('the hand history is kept', async () => {
    const request = { ...key, class: 'canceled_later' };
    const answer = await jane.call(ReportService.method.listReportTransactions, request);
    return answer.transactions[0]?.hasHandHistory === true && answer;
  });
  expect(transactions).toMatchObject([
    { transactionId: canceledId, kind: 'bet', amountUnits: 777n, userId: userOf('EUR') },
  ]);
  expect(transactions[0]?.historyId).not.toBe('');
  const { discrepancyId } = await found(group(DAY_1, 'netent', 'EUR'));
  const detail = await jane.call(method.getDiscrepancy, { discrepancyId });
  expect(detail.logs).toEqual([]);
  expect(detail.transactions).toMatchObject([{ transactionId: canceledId, isCanceled: true }]);

  const pages: string[] = [];
  for (let pageToken = ''; ; ) {
    const request = { ...key, reportDay: DAY_2, pageSize: 3, pageToken };
    const page = await jane.call(ReportService.method.listReportTransactions, request);
    pages.push(...page.transactions.map(({ transactionId }) => transactionId));
    if (page.nextPageToken === '') break;
    pageToken = page.nextPageToken;
  }
  // Four rounds of two, and the bet that PLATFORM doesn't know.
  expect(new Set(pages).size).toBe(9);
  await refused(
    jane.call(ReportService.method.getReportDay, { ...key, vendor: 'nobody' }),
    status.NOT_FOUND,
    /comparison/,
  );
  const badDay = { ...key, reportDay: '2026-02-30' };
  await refused(jane.call(ReportService.method.getReportDay, badDay), status.INVALID_ARGUMENT, /^report_day/);
  await refused(reconcile('2026-1-1'), status.INVALID_ARGUMENT, /^from_day/);
});

test('a transaction is canceled once two people agree on it, and then the sides agree', async () => {
  const { FAILED_PRECONDITION, INVALID_ARGUMENT } = status;
  const { discrepancyId, amountUnits } = await found(group(DAY_2, 'netent', 'EUR'));
  const propose = { discrepancyId, resolution: 'cancel', actor: 'anna', note: 'PLATFORM never had it' };
  const proposed = (transactionId: string) => jane.call(method.proposeResolution, { ...propose, transactionId });
  const [sameVendor] = (
    await jane.call(ReportService.method.listReportTransactions, {
      ...{ operatorId: HOUSE, reportDay: DAY_1, vendor: 'netent', currencyCode: 'EUR' },
    })
  ).transactions;
  for (const [transactionId, problem] of [
    ['', /must name/],
    ['nobody', /not known/],
    [canceledId, /canceled already/],
    ['refused', /no money/],
    ['ours', /vendor/],
    [sameVendor?.transactionId ?? '', /day/],
  ] as const) {
    await refused(proposed(transactionId), INVALID_ARGUMENT, problem);
  }
  const credit = { ...propose, resolution: 'credit' };
  await refused(jane.call(method.proposeResolution, credit), FAILED_PRECONDITION, /does not fit/);

  expect(await proposed('unresolved')).toMatchObject({
    state: 'proposed',
    transactionId: 'unresolved',
    amountUnits: 613n,
  });
  const approve = { discrepancyId, resolution: 'cancel', actor: 'cli:Anna', transactionId: 'unresolved' };
  await refused(jane.call(method.approveResolution, approve), FAILED_PRECONDITION, /may not approve/);
  const rejected = await jane.call(method.rejectResolution, { discrepancyId, actor: 'bert', note: 'wait' });
  expect(rejected).toMatchObject({ state: 'open', transactionId: '', userId: '', amountUnits });
  await proposed('unresolved');
  // The same figures don't take a proposal back.
  await reconcile(DAY_2);
  const before = await here.balanceUnits('EUR');
  // Whoever looked at another proposal approves nothing.
  for (const transactionId of ['', 'refused']) {
    const other = { ...approve, actor: 'bert', transactionId };
    await refused(jane.call(method.approveResolution, other), FAILED_PRECONDITION, /transaction unresolved/);
  }
  await jane.call(method.approveResolution, { ...approve, actor: 'bert' });
  const state = async () => (await found(group(DAY_2, 'netent', 'EUR'))).state;
  await until('it is corrected', async () => (await state()) === 'corrected');
  expect(await here.balanceUnits('EUR')).toBe(before + 613n);
  expect(await metric(jobs, 'croupier_reconciliation_corrections_total{kind="report_differs"}')).toBe(1);

  // The round is summed again at its end.
  await here.finish(group(DAY_2, 'netent', 'EUR'), 'unresolved');
  const { discrepanciesFound } = await until('the books know of it', async () => {
    const outcome = await reconcile(DAY_2);
    return outcome.differs === 6 && outcome;
  });
  expect(discrepanciesFound).toBe(0);
  expect(await compared(group(DAY_2, 'netent', 'EUR'))).toMatchObject({
    state: 'agrees',
    discrepancyState: 'corrected',
  });
});

test('what is dismissed stays so as long as it is the same, and what is no longer there is explained', async () => {
  const dismissed = group(DAY_1, 'vivo', 'EUR');
  const { discrepancyId } = await found(dismissed);
  const dismiss = { discrepancyId, resolution: 'dismiss' };
  const note = 'a rounding of theirs';
  const withTransaction = { ...dismiss, actor: 'anna', note, transactionId: 'ours' };
  await refused(jane.call(method.proposeResolution, withTransaction), status.INVALID_ARGUMENT, /transaction_id/);
  await jane.call(method.proposeResolution, { ...dismiss, actor: 'anna', note });
  await jane.call(method.approveResolution, { ...dismiss, actor: 'bert' });
  expect(await reconcile(DAY_1)).toMatchObject({ discrepanciesFound: 0 });
  expect(await compared(dismissed)).toMatchObject({ state: 'differs', discrepancyId, discrepancyState: 'dismissed' });

  here.alter(dismissed, { bets_sum: 1n });
  here.alter(group(DAY_1, 'vivo', 'USD'), { freespins_sum: -7n });
  expect(await pull(DAY_1)).toMatchObject([{ operatorId: HOUSE, reportDay: DAY_1, error: '', changed: 2 }]);
  const again = await compared(dismissed);
  expect(again).toMatchObject({ state: 'differs', discrepancyState: 'open' });
  expect(again?.discrepancyId).not.toBe(discrepancyId);
  expect(await found(group(DAY_1, 'vivo', 'USD'))).toMatchObject({ state: 'explained' });

  here.alter(group(DAY_1, 'vivo', 'USD'), { freespins_sum: 9n });
  await pull(DAY_1);
  expect(await found(group(DAY_1, 'vivo', 'USD'))).toMatchObject({
    state: 'open',
    detail: expect.stringMatching(/^freespins_sum/),
  });
});

test('a proposal is taken back where the figures change under it', async () => {
  const changed = group(DAY_2, 'vivo', 'USD');
  const { discrepancyId } = await found(changed);
  await jane.call(method.proposeResolution, { discrepancyId, resolution: 'dismiss', actor: 'anna', note: 'small' });
  here.alter(changed, { gross_gaming_revenue: 5_000n });
  await pull(DAY_2);
  expect(await found(changed)).toMatchObject({ discrepancyId, state: 'open', amountUnits: 5_001n, proposedBy: '' });
});

test('today is shown, and not judged', async () => {
  const today = new Date().toISOString().slice(0, 10);
  here.alter(group(today, 'netent', 'EUR'), { bets_sum: 5n, bets_count: 1n });
  const before = await listed();
  expect(await pull(today)).toMatchObject([{ rows: 1, provisional: 1, differs: 0, agrees: 0 }]);
  expect(await listed()).toEqual(before);
});

test('the command line does all of it', async () => {
  const cli = croupier({ JOBS_URL: `127.0.0.1:${jobs.grpcPort}` });
  const span = ['--operator', HOUSE, '--from', DAY_1, '--to', DAY_3];
  const differing = await cli.json<Record<string, unknown>[]>('report', 'list', ...span, '--differs');
  expect(differing.every(({ state }) => state === 'differs')).toBe(true);
  expect(differing).toContainEqual(
    expect.objectContaining({ day: DAY_2, vendor: 'ghost', cause: 'not_booked', ourBets: null, theirBets: '5.00' }),
  );
  const one = ['--operator', HOUSE, '--day', DAY_1, '--vendor', 'netent', '--currency', 'EUR'];
  expect(await cli.json('report', 'show', ...one)).toMatchObject({
    cause: 'late_cancel',
    classes: expect.arrayContaining([expect.objectContaining({ class: 'canceled_later', bets: '7.77' })]),
  });
  expect(await cli.json('report', 'transactions', ...one, '--class', 'canceled_later')).toMatchObject([
    { transactionId: canceledId, amount: '7.77' },
  ]);
  expect(await cli.json('report', 'reconcile', ...span)).toMatchObject({ discrepanciesFound: 0, provisional: 0 });
  expect(await cli.json('report', 'pull', '--operator', HOUSE, '--from', DAY_3)).toMatchObject([
    { day: DAY_3, error: '' },
  ]);
  expect(await cli.json('report', 'status')).toContainEqual(expect.objectContaining({ operatorId: HOUSE, day: DAY_3 }));
  const ofPlatform = await cli.json<Record<string, unknown>[]>('discrepancy', 'list', '--provider', 'platform');
  expect(ofPlatform).toContainEqual(
    expect.objectContaining({ vendor: 'ghost', reportDay: DAY_2, cause: 'not_booked' }),
  );
  expect(await cli.json('discrepancy', 'list', '--provider', 'stargame')).toEqual([]);
  const { discrepancyId } = await found(group(DAY_2, 'ours-only', 'EUR'));
  const proposal = ['--resolution', 'cancel', '--note', 'a test', '--transaction', 'ours'];
  const proposed = await cli.json('discrepancy', 'propose', String(discrepancyId), ...proposal);
  expect(proposed).toMatchObject({ state: 'proposed', transactionId: 'ours', amount: '0.55' });
});

test('without PLATFORM_API_URL nothing is pulled, and the rest is there', async () => {
  await using other = await here.world.startJobs({ REPORT_TICK_MS: '86400000' });
  using away = asked(other);
  const request = { operatorId: HOUSE, fromDay: DAY_3 };
  await refused(away.stream(ReportService.method.pullReports, request), status.FAILED_PRECONDITION, /PLATFORM_API_URL/);
  const { compared: groups } = await away.call(ReportService.method.reconcileReports, {
    operatorId: HOUSE,
    fromDay: DAY_3,
  });
  // The prize has two: ours without a vendor, and theirs.
  expect(groups).toBe(VENDORS.length * CURRENCIES.length + 2);
});
