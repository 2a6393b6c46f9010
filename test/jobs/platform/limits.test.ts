import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Limit, PlatformService } from '../../../src/gen/jobs/v1/platform_pb.ts';
import { croupier } from '../../cli/croupier.ts';
import { until } from '../until.ts';
import { createPlatformWorld, OPERATOR, type PlatformWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: PlatformWorld;

beforeAll(async () => {
  world = await createPlatformWorld({
    env: {
      LIMITS_EVERY_MS: '1000',
      LIMITS_WARN_AVAILABLE: 'EUR=1000',
      PLATFORM_BREAKER_FAILURES: '1000',
    },
  });
});

afterAll(() => world[Symbol.asyncDispose]());

beforeEach(() => {
  const { state, faults } = world.simulator.platform;
  faults.clear();
  state.setBalanceLimits(OPERATOR, null);
  state.setGgrLimits(OPERATOR, null);
});

const limits = async (kind: string): Promise<Limit[]> =>
  (await world.ask(PlatformService.method.listLimits, { operatorId: OPERATOR })).limits.filter(
    (limit) => limit.kind === kind,
  );

/** The limit of that kind and currency once it is in that state. */
const limitIn = (state: string, kind: string, currencyCode: string): Promise<Limit> =>
  until(`the ${kind} limit in ${currencyCode} is ${state}`, async () =>
    (await limits(kind)).find((limit) => limit.state === state && limit.currencyCode === currencyCode),
  );

async function metric(name: string, labels: Record<string, string>): Promise<number | undefined> {
  const text = await (await fetch(`${world.jobs().opsUrl}/metrics`)).text();
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const line = text
    .split('\n')
    .find((one) => one.startsWith(`${name}{`) && wanted.every((label) => one.includes(label)));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const warnings = () =>
  world
    .jobs()
    .logs()
    .filter(({ msg }) => msg === "PLATFORM's limit");

test('a balance limit that runs low is warned of once, and told when it is exceeded and raised', async () => {
  const { state } = world.simulator.platform;
  expect(await limitIn('ok', 'balance', '')).toMatchObject({ enabled: false, exceeded: false });
  state.setBalanceLimits(OPERATOR, {
    ...{ currencyCode: 'USD', availableUnits: 220_000n, currencies: { EUR: 200_000n } },
  });
  // The limits of operator casino are asked for in its own currency, EUR; PLATFORM's own is USD.
  expect(await limitIn('ok', 'balance', 'EUR')).toMatchObject({ enabled: true, availableUnits: 200_000n });
  expect(await limitIn('ok', 'balance', 'USD')).toMatchObject({ availableUnits: 220_000n });
  expect((await limits('balance')).map(({ currencyCode }) => currencyCode).toSorted()).toEqual(['EUR', 'USD']);

  state.setBalanceLimits(OPERATOR, {
    ...{ currencyCode: 'USD', availableUnits: 110_000n, currencies: { EUR: 99_999n } },
  });
  await limitIn('warning', 'balance', 'EUR');
  await limitIn('ok', 'balance', 'USD');
  const eur = { operator: OPERATOR, kind: 'balance', currency: 'EUR' };
  await until('the metric says so', async () => (await metric('croupier_platform_limit_state', eur)) === 1);
  const available = { operator: OPERATOR, currency: 'EUR' };
  await until(
    'the metric has it',
    async () => (await metric('croupier_platform_limit_available', available)) === 999.99,
  );

  state.setBalanceLimits(OPERATOR, { currencyCode: 'EUR', availableUnits: 0n });
  expect(await limitIn('exceeded', 'balance', 'EUR')).toMatchObject({ exceeded: true, availableUnits: 0n });
  // USD is not spoken of any more.
  expect((await limits('balance')).map(({ currencyCode }) => currencyCode)).toEqual(['EUR']);
  state.setBalanceLimits(OPERATOR, { currencyCode: 'EUR', availableUnits: 500_000n });
  await limitIn('ok', 'balance', 'EUR');
  expect(warnings()).toMatchObject([
    { level: 40, operator: OPERATOR, kind: 'balance', currencyCode: 'EUR', was: 'ok', state: 'warning' },
    { currencyCode: 'EUR', was: 'warning', state: 'exceeded' },
  ]);
});

test('the pace of the last day is told, and readings are kept for a month', async () => {
  const { state } = world.simulator.platform;
  state.setGgrLimits(OPERATOR, { currencyCode: 'EUR', limitUnits: 1_000_000n, usedUnits: 500_000n });
  await limitIn('ok', 'ggr', 'EUR');
  const reading = async (agoMs: number, usedUnits: number) =>
    world.rows("INSERT INTO limit_readings VALUES (?, 'ggr', 'EUR', ?, 1, 0, NULL, 1000000, ?)", [
      ...[OPERATOR, Date.now() - agoMs, usedUnits],
    ]);
  await reading(32 * DAY_MS, 1);
  await reading(30 * DAY_MS, 2);
  // 1000.00 in ten hours, 5000.00 left: in fifty hours.
  await reading(10 * HOUR_MS, 400_000);
  const inFifty = await until('the time is told', async () =>
    (await limits('ggr')).find(({ reachedAtMs }) => reachedAtMs > 0n),
  );
  expect(inFifty.state).toBe('ok');
  const hours = (Number(inFifty.reachedAtMs) - Date.now()) / HOUR_MS;
  expect(Math.round(hours)).toBe(50);

  state.setGgrLimits(OPERATOR, { currencyCode: 'EUR', limitUnits: 1_000_000n, usedUnits: 790_000n });
  // Under 80 per cent, but at this pace all of it is used in six hours.
  expect(await limitIn('warning', 'ggr', 'EUR')).toMatchObject({ usedUnits: 790_000n, limitUnits: 1_000_000n });
  const ratio = { operator: OPERATOR };
  await until('the metric has it', async () => (await metric('croupier_platform_limit_used_ratio', ratio)) === 0.79);
  const old = await world.rows('SELECT used_units FROM limit_readings WHERE used_units IN (1, 2)');
  expect(old.map(({ used_units }) => Number(used_units))).toEqual([2]);
});

test('ggrLimits may go away: it is asked once a day, the balance as before', async () => {
  const [before] = await limits('balance');
  world.simulator.platform.faults.add({ operation: 'ggrLimits', kind: 'status_403' });
  const pull = async () => {
    const [row] = await world.rows(
      "SELECT due_at_ms, failures, error FROM platform_pulls WHERE operator_id = ? AND kind = 'ggr_limits'",
      [OPERATOR],
    );
    return row;
  };
  await until('it is asked seldom', async () => Number((await pull())?.due_at_ms) > Date.now() + DAY_MS / 2);
  expect(await pull()).toMatchObject({ failures: 3, error: expect.stringMatching(/^ggrLimits: /) });
  await until('the balance is read on', async () => {
    const [now] = await limits('balance');
    return now !== undefined && now.readAtMs > (before?.readAtMs ?? 0n) && now.state === 'ok';
  });
  // Three times LIMITS_EVERY_MS later nothing is known of it.
  const unknown = await until('it is not known', async () =>
    (await limits('ggr')).find(({ state }) => state === 'unknown'),
  );
  expect(unknown.error).toMatch(/^ggrLimits: /);
});

test('limits that can not be read are unknown, and known again once they can', async () => {
  world.simulator.platform.faults.add({ operation: 'balanceLimits', kind: 'html' });
  const unknown = await limitIn('unknown', 'balance', '');
  expect(unknown.error).toMatch(/^balanceLimits: /);
  const kinds = { operator: OPERATOR, kind: 'balance', currency: '' };
  await until('the metric says so', async () => (await metric('croupier_platform_limit_state', kinds)) === 3);
  world.simulator.platform.faults.clear();
  expect(await limitIn('ok', 'balance', '')).toMatchObject({ error: '' });
});

test('by hand', async () => {
  world.simulator.platform.state.setBalanceLimits(OPERATOR, { currencyCode: 'EUR', availableUnits: 50_000n });
  await limitIn('warning', 'balance', 'EUR');
  const cli = croupier({ JOBS_URL: `127.0.0.1:${world.jobs().grpcPort}` });
  const listed = await cli.json<Record<string, unknown>[]>('platform', 'limits', '--operator', OPERATOR);
  expect(listed.find(({ kind }) => kind === 'balance')).toMatchObject({
    ...{ operator: OPERATOR, currency: 'EUR', state: 'warning', enabled: true, exceeded: false },
    ...{ available: '500.00', limit: null, used: null, reachedAt: null, error: '' },
    readAt: expect.stringMatching(/^20\d\d-.*Z$/),
  });
  const all = await cli.run('platform', 'limits');
  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toMatch(/^operator +kind +currency +state/);
  expect(all.stdout).toMatch(/\nother +balance /);
  expect(await cli.run('platform', 'limits', '--operator', 'a b')).toMatchObject({ code: 1 });
});
