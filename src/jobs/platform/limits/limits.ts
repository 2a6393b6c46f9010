import type { MessageInitShape } from '@bufbuild/protobuf';
import { inTransaction, loggable, selectRows } from '../../../common/db.ts';
import { invalidArgument } from '../../../common/fault.ts';
import { operatorId as checkedOperatorId } from '../../../common/fields.ts';
import type { LimitSchema } from '../../../gen/jobs/v1/platform_pb.ts';
import type { PlatformDeps } from '../deps.ts';
import { reasonOf } from '../failures.ts';
import type { PlatformOperator } from '../operators.ts';
import { addPulls, drainPulls, failPull, finishPull, type Pull, releasePull, retryAtMs } from '../pulls.ts';
import { createUnderWay } from '../under-way.ts';
import { exportLimits } from './metrics.ts';
import { addReadings, balanceReadings, ggrReadings, type KnownLimit, knownLimits } from './readings.ts';
import { type LimitKind, type LimitReading, type LimitState, type LimitStateName, limitState } from './state.ts';

type Limit = MessageInitShape<typeof LimitSchema>;
type Deps = Pick<PlatformDeps, 'pool' | 'client' | 'operators' | 'registry' | 'log' | 'now' | 'config'>;

export type Limits = {
  runDue: () => Promise<void>;
  /** Empty operator: of all. */
  list: (operatorId: string) => Promise<Limit[]>;
  stop: () => Promise<void>;
};

/** A limit with what is to be said of it. `error`: why it could not be read at the last try. */
export type JudgedLimit = LimitState & { operatorId: string; last: LimitReading; error: string };

const PULL_KINDS = ['balance_limits', 'ggr_limits'] as const;
const LANES = 4;
const DAY_MS = 86_400_000;
/** ggrLimits is going away: where it has failed so often in a row, it is asked once a day. */
const GGR_FAILURES = 3;

/** A limit that is no longer heard of is told of by its age, not by a worse state. */
const WORSE: Readonly<Record<LimitStateName, number>> = { unknown: 0, ok: 0, warning: 1, exceeded: 2 };

export function createLimits(deps: Deps): Limits {
  const { pool, config, now } = deps;
  const underWay = createUnderWay();
  exportLimits(deps, () => judgedLimits(deps, ''));
  return {
    runDue: async () => {
      if (config.PLATFORM_API_URL === '') return;
      await note(deps);
      const { signal } = underWay;
      const what = { kinds: PULL_KINDS, leaseMs: config.PLATFORM_LEASE_MS, lanes: LANES };
      await underWay.track(drainPulls({ pool, now, ...what, signal }, (pull) => readAndStore(deps, pull, signal)));
    },
    list: async (operatorId) => {
      if (operatorId !== '') checkedOperatorId(operatorId);
      return (await judgedLimits(deps, operatorId)).map(limitMessage);
    },
    stop: underWay.stop,
  };
}

/** Notes that the limits of operators that are new are to be read. */
async function note({ pool, operators, now }: Deps): Promise<void> {
  const rows = await selectRows<{ operator_id: string; kind: string }>(
    pool,
    'SELECT operator_id, kind FROM platform_pulls WHERE kind IN (?)',
    [PULL_KINDS],
  );
  const noted = new Set(rows.map(({ operator_id, kind }) => `${kind} ${operator_id}`));
  const all = (await operators.all()).flatMap(({ operatorId }) => PULL_KINDS.map((kind) => ({ operatorId, kind })));
  const missing = all.filter(({ operatorId, kind }) => !noted.has(`${kind} ${operatorId}`));
  await addPulls(
    pool,
    missing.map((key) => ({ ...key, item: '', dueAtMs: now() })),
  );
}

async function readAndStore(deps: Deps, pull: Pull, signal: AbortSignal): Promise<void> {
  const { pool, operators, config, log, now } = deps;
  const { operatorId } = pull;
  const kind = pull.kind === 'ggr_limits' ? 'ggr' : 'balance';
  try {
    const operator = await operators.find(operatorId);
    if (operator === null) throw invalidArgument('operator_id', 'is not known');
    const readings = await ask(deps, kind, operator, signal);
    const before = await knownLimits(pool, operatorId);
    const nowMs = now();
    const isStored = await inTransaction(pool, async (connection) => {
      const isOurs = await finishPull(connection, pull, { nowMs, dueAtMs: nowMs + config.LIMITS_EVERY_MS });
      if (isOurs) await addReadings(connection, { operatorId, kind }, readings, nowMs);
      return isOurs;
    });
    if (isStored) warnOfWorse(deps, before, await knownLimits(pool, operatorId), kind);
    else log.warn({ operator: operatorId, kind }, 'limits read too late: somebody else has taken it up');
  } catch (error) {
    if (signal.aborted) return releasePull(pool, pull);
    const reason = reasonOf(error);
    await failPull(pool, pull, reason, now(), againAtMs(deps, kind, pull));
    log.warn(
      { operator: operatorId, kind, failures: pull.failures + 1, reason, err: loggable(error) },
      'limits not read',
    );
  }
}

function againAtMs({ config, now }: Deps, kind: LimitKind, pull: Pull): number {
  if (kind === 'ggr' && pull.failures + 1 >= GGR_FAILURES) return now() + DAY_MS;
  return Math.min(retryAtMs(pull, now()), now() + config.LIMITS_EVERY_MS);
}

async function ask(
  { client, now }: Deps,
  kind: LimitKind,
  operator: PlatformOperator,
  signal: AbortSignal,
): Promise<LimitReading[]> {
  if (kind === 'ggr') return ggrReadings(await client.ggrLimits(operator, { signal }), now());
  return balanceReadings(await client.balanceLimits(operator, operator.currencies, { signal }), now());
}

/** Each reading is stored by one process, and so each turn for the worse is told once. */
function warnOfWorse(
  { config, log, now }: Deps,
  before: readonly KnownLimit[],
  after: readonly KnownLimit[],
  kind: LimitKind,
): void {
  for (const { operatorId, last, readings } of after.filter((limit) => limit.last.kind === kind)) {
    const { currencyCode } = last;
    const known = before.find((limit) => limit.last.kind === kind && limit.last.currencyCode === currencyCode);
    const was = known === undefined ? 'unknown' : limitState(known.readings, config, known.last.readAtMs).state;
    const { state, reachedAtMs } = limitState(readings, config, now());
    if (WORSE[state] <= WORSE[was]) continue;
    const { availableUnits, limitUnits, usedUnits } = last;
    log.warn(
      { operator: operatorId, kind, currencyCode, was, state, reachedAtMs, availableUnits, limitUnits, usedUnits },
      "PLATFORM's limit",
    );
  }
}

async function judgedLimits({ pool, config, now }: Deps, operatorId: string): Promise<JudgedLimit[]> {
  const [known, pulls] = await Promise.all([knownLimits(pool, operatorId), readFailed(pool, operatorId)]);
  const errorOf = (of: string, kind: LimitKind): string =>
    pulls.find((pull) => pull.operatorId === of && pull.kind === kind)?.error ?? '';
  const judged = known.map(
    ({ operatorId: of, last, readings }): JudgedLimit => ({
      ...limitState(readings, config, now()),
      ...{ operatorId: of, last, error: errorOf(of, last.kind) },
    }),
  );
  // Of some nothing was ever heard but an error.
  const silent = pulls.filter(
    (pull) => !known.some(({ operatorId: of, last }) => of === pull.operatorId && last.kind === pull.kind),
  );
  return [...judged, ...silent.map(neverRead)];
}

type FailedPull = { operatorId: string; kind: LimitKind; error: string };

async function readFailed(pool: Deps['pool'], operatorId: string): Promise<FailedPull[]> {
  const rows = await selectRows<{ operator_id: string; kind: (typeof PULL_KINDS)[number]; error: string }>(
    pool,
    `SELECT operator_id, kind, error FROM platform_pulls
     WHERE kind IN (?) AND failures > 0 AND (? = '' OR operator_id = ?)`,
    [PULL_KINDS, operatorId, operatorId],
  );
  return rows.map(({ operator_id, kind, error }) => ({
    ...{ operatorId: operator_id, error },
    kind: kind === 'ggr_limits' ? 'ggr' : 'balance',
  }));
}

const neverRead = ({ operatorId, kind, error }: FailedPull): JudgedLimit => ({
  ...{ operatorId, error, state: 'unknown', reachedAtMs: null },
  last: {
    ...{ kind, currencyCode: '', readAtMs: 0, isEnabled: false, isExceeded: false },
    ...{ availableUnits: null, limitUnits: null, usedUnits: null },
  },
});

function limitMessage({ operatorId, last, state, reachedAtMs, error }: JudgedLimit): Limit {
  const { kind, currencyCode, readAtMs, isEnabled, isExceeded, availableUnits, limitUnits, usedUnits } = last;
  return {
    ...{ operatorId, kind, currencyCode, readAtMs: BigInt(readAtMs), enabled: isEnabled, exceeded: isExceeded },
    ...(availableUnits === null ? {} : { availableUnits }),
    ...(limitUnits === null ? {} : { limitUnits }),
    ...(usedUnits === null ? {} : { usedUnits }),
    ...{ state, reachedAtMs: BigInt(reachedAtMs ?? 0), error },
  };
}
