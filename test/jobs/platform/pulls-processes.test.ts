import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ReportService } from '../../../src/gen/jobs/v1/reports_pb.ts';
import { dayOf, daysBetween } from '../../../src/jobs/platform/reports/due.ts';
import { until } from '../until.ts';
import { type ReportServer, startReportServer } from './report-server.ts';
import { createPlatformWorld, OPERATOR, OTHER_OPERATOR, type PlatformWorld } from './world.ts';

const DAY_MS = 86_400_000;
const BACKFILL_DAYS = 4;
/** Reports are due half a day from now, and were half a day ago: none comes due while a test runs. */
const AFTER_MS = (Date.now() + DAY_MS / 2) % DAY_MS;

let server: ReportServer;
let world: PlatformWorld;

beforeAll(async () => {
  server = await startReportServer();
  world = await createPlatformWorld({
    env: {
      PLATFORM_API_URL: server.url,
      PLATFORM_RATE_PER_SECOND: '1000',
      // However slow the machine is: nobody gives up, or loses what it has taken up.
      PLATFORM_TIMEOUT_MS: '60000',
      PLATFORM_LEASE_MS: '60000',
      REPORT_AFTER_MS: String(AFTER_MS),
      REPORT_BACKFILL_DAYS: String(BACKFILL_DAYS),
    },
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const OPERATORS = [OPERATOR, OTHER_OPERATOR];
const ago = (days: number): string => dayOf(Date.now() - days * DAY_MS);

/** Days that are over and due since `first`, of both operators. */
const dueSince = (first: string): string[] =>
  daysBetween(first, ago(1))
    .filter((day) => Date.parse(day) + DAY_MS + AFTER_MS <= Date.now())
    .flatMap((day) => OPERATORS.map((operatorId) => `${operatorId} ${day}`))
    .toSorted();

type PullRow = {
  operator_id: string;
  item: string;
  due_at_ms: string | null;
  leased_until_ms: string;
  pulls: number;
  failures: number;
  error: string;
};

const pulls = async (): Promise<PullRow[]> =>
  (await world.rows("SELECT * FROM platform_pulls WHERE kind = 'report' ORDER BY operator_id, item")) as PullRow[];

const done = async (): Promise<string[]> =>
  (await pulls())
    .filter((pull) => pull.pulls > 0)
    .map(({ operator_id, item }) => `${operator_id} ${item}`)
    .toSorted();

/** What is kept, as the server told it. */
async function stored(): Promise<Map<string, number>> {
  const rows = await world.rows('SELECT operator_id, report_day, bets_units, entity_name FROM business_reports');
  for (const row of rows) expect(row.entity_name).toBe('operatorName');
  return new Map(rows.map((row) => [`${row.operator_id} ${row.report_day}`, Number(row.bets_units) / 100]));
}

/** Everybody's play of these days, other figures on each. */
function play(questions: readonly string[]): void {
  for (const [index, question] of questions.entries()) server.stakes.set(question, index + 1);
}

/** Each of them is pulled, no other, and what is kept is what the server says. */
async function allPulled(questions: readonly string[]): Promise<void> {
  await until('all that is due is pulled', async () => (await done()).length >= questions.length);
  expect(await done()).toEqual(questions);
  expect(await stored()).toEqual(server.stakes);
}

/** As a process that had not yet run: nothing is noted or kept. */
async function forget(): Promise<void> {
  await world.rows("DELETE FROM platform_pulls WHERE kind = 'report'");
  await world.rows('DELETE FROM business_reports');
}

/** As if its time had run out: what a dead process had taken is anybody's. */
const endLeases = () => world.rows('UPDATE platform_pulls SET leased_until_ms = 0');

beforeEach(async () => {
  await world.killJobs();
  await forget();
  server.release();
  server.failing.clear();
  server.stakes.clear();
  server.asked.length = 0;
});

test('killed while it waits for an answer, and Redis emptied: each report is pulled, none is kept twice', async () => {
  const due = dueSince(ago(BACKFILL_DAYS));
  expect(due.length).toBeGreaterThanOrEqual(2 * (BACKFILL_DAYS - 1));
  play(due);
  const [inHand = ''] = due.slice(-1);
  server.held.add(inHand);
  await world.restartJobs();
  await until('all others are pulled', async () => (await done()).length === due.length - 1);
  await until('one is waited for', async () => server.asked.includes(inHand));
  await world.killJobs();
  await world.world.loseRedisData();
  await endLeases();
  server.release();
  await world.restartJobs();
  await allPulled(due);
  expect((await pulls()).filter((pull) => pull.pulls > 0).map((pull) => pull.pulls)).toEqual(due.map(() => 1));
  // Nobody could know whether the held one had been answered, so it was asked for again; the others were not.
  expect(server.asked.toSorted()).toEqual([...due, inHand].toSorted());

  // Redis forgets what was done, and the process too: only the one that is made due is pulled again.
  await world.killJobs();
  await world.world.loseRedisData();
  await world.rows("UPDATE platform_pulls SET due_at_ms = 1 WHERE kind = 'report' AND operator_id = ? AND item = ?", [
    ...inHand.split(' '),
  ]);
  await world.restartJobs();
  await until('it is pulled again', async () => (await pulls()).some((pull) => pull.pulls === 2));
  expect(server.asked.toSorted()).toEqual([...due, inHand, inHand].toSorted());
  expect(await stored()).toEqual(server.stakes);
});

test('two processes at once pull each report once', async () => {
  const due = dueSince(ago(BACKFILL_DAYS));
  play(due);
  const [second] = await Promise.all([world.secondJobs(), world.restartJobs()]);
  try {
    await allPulled(due);
    expect(server.asked.toSorted()).toEqual(due);
  } finally {
    second.close();
    await second.process.stop();
  }
});

test('a process that is asked to stop gives back what it waits for', async () => {
  const due = dueSince(ago(BACKFILL_DAYS));
  play(due);
  const [inHand = ''] = due;
  server.held.add(inHand);
  await world.restartJobs();
  await until('all others are pulled', async () => (await done()).length === due.length - 1);
  await until('one is waited for', async () => server.asked.includes(inHand));
  await world.jobs().stop();
  const [left] = (await pulls()).filter((pull) => pull.pulls === 0 && `${pull.operator_id} ${pull.item}` === inHand);
  expect(left).toMatchObject({ leased_until_ms: '0', failures: 0, error: '' });
  expect(Number(left?.due_at_ms)).toBeLessThan(Date.now());
});

test('reports that are not answered keep no limits from being read, however often they are looked for', async () => {
  const due = dueSince(ago(BACKFILL_DAYS));
  for (const question of due) server.held.add(question);
  await world.rows("DELETE FROM platform_pulls WHERE kind = 'balance_limits'");
  await world.restartJobs({ LIMITS_EVERY_MS: '1000', REPORT_TICK_MS: '200', PLATFORM_CONCURRENCY: '100' });
  await until('some are waited for', async () => server.asked.length >= 4);
  await until('limits are read again and again', async () => {
    const rows = await world.rows("SELECT pulls FROM platform_pulls WHERE kind = 'balance_limits'");
    return rows.length > 0 && rows.every(({ pulls: count }) => Number(count) >= 3);
  });
  // As many as one run asks for at once.
  expect(server.asked).toHaveLength(4);
});

test('after a long outage all days that were missed are made up, each once', async () => {
  for (const operatorId of OPERATORS) {
    await world.rows("INSERT INTO platform_pulls VALUES (?, 'report', ?, NULL, 0, 1, 8, 0, '')", [operatorId, ago(21)]);
  }
  const missed = dueSince(ago(20));
  play(missed);
  await world.world.loseRedisData();
  await world.restartJobs();
  await allPulled([...OPERATORS.map((operatorId) => `${operatorId} ${ago(21)}`), ...missed].toSorted());
  expect(server.asked.toSorted()).toEqual(missed);
  const rows = await pulls();
  expect(rows.filter(({ item }) => item !== ago(21) && item !== dayOf(Date.now()))).toHaveLength(2 * 20);
  // A week after its day a report is settled: then never again.
  for (const { item, due_at_ms } of rows) {
    const lastMs = Date.parse(item) + 8 * DAY_MS + AFTER_MS;
    expect(due_at_ms === null, item).toBe(lastMs <= Date.now());
  }
});

test('by hand: a day of long ago is pulled once, and the schedule stays as it is', async () => {
  await world.restartJobs();
  await allPulled(dueSince(ago(BACKFILL_DAYS)));
  const before = await pulls();
  const [older, old] = [`${OPERATOR} ${ago(41)}`, `${OPERATOR} ${ago(40)}`];
  server.failing.add(older);
  server.stakes.set(old, 7);
  const span = { operatorId: OPERATOR, fromDay: ago(41), toDay: ago(40) };
  expect(await world.stream(ReportService.method.pullReports, span)).toMatchObject([
    { reportDay: ago(41), rows: 0, error: expect.stringMatching(/^businessReport: .*500/) },
    { reportDay: ago(40), rows: 1, changed: 1, error: '' },
  ]);
  expect(await stored()).toEqual(server.stakes);
  const after = await pulls();
  expect(after.filter(({ item }) => item > ago(40))).toEqual(before);
  expect(after.filter(({ item }) => item <= ago(40))).toMatchObject([
    { item: ago(41), due_at_ms: null, leased_until_ms: '0', pulls: 0, failures: 1 },
    { item: ago(40), due_at_ms: null, leased_until_ms: '0', pulls: 1, failures: 0 },
  ]);
  // Once more before it is due, at a day of the schedule: it is due when it was.
  const [, yesterday] = before.filter(({ operator_id }) => operator_id === OPERATOR).toReversed();
  const day = yesterday?.item ?? '';
  await world.stream(ReportService.method.pullReports, { operatorId: OPERATOR, fromDay: day, toDay: day });
  const again = (await pulls()).find((pull) => pull.operator_id === OPERATOR && pull.item === day);
  expect(again).toMatchObject({ pulls: (yesterday?.pulls ?? 0) + 1, due_at_ms: yesterday?.due_at_ms });
});

test('what can not be pulled is noted and tried again later, and keeps nothing else', async () => {
  const due = dueSince(ago(BACKFILL_DAYS));
  play(due);
  const [failing = ''] = due;
  server.failing.add(failing);
  await world.restartJobs();
  await until('one has failed', async () => (await pulls()).some(({ failures }) => failures > 0));
  await until('the others are pulled', async () => (await done()).length === due.length - 1);
  const [failed] = (await pulls()).filter(({ failures }) => failures > 0);
  expect(failed).toMatchObject({ pulls: 0, failures: 1, error: expect.stringMatching(/^businessReport: .*500/) });
  expect(`${failed?.operator_id} ${failed?.item}`).toBe(failing);
  expect(Number(failed?.due_at_ms)).toBeGreaterThan(Date.now());
  // What is put off after a failure is late all the same.
  await until('it is told how late it is', async () => (await overdueSeconds()) > 3_600);

  server.failing.clear();
  // A minute is over.
  await world.rows('UPDATE platform_pulls SET due_at_ms = 1 WHERE failures > 0');
  await allPulled(due);
  expect((await pulls()).every(({ failures, error }) => failures === 0 && error === '')).toBe(true);
});

async function overdueSeconds(): Promise<number> {
  const metrics = await (await fetch(`${world.jobs().opsUrl}/metrics`)).text();
  return Number(/^croupier_platform_reports_overdue_seconds (\S+)$/m.exec(metrics)?.[1]);
}
