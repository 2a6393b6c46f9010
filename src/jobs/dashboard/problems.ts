import type { Overview, Problem, StopView } from './overview.ts';

const OLD_SECONDS = 60;
/** What is owed is done within seconds: until then it is no news. */
const OWED_SECONDS = 10;
/** Anomalies stand until their round changes, which it may never do: only new ones ask for attention. */
const NEW_ANOMALY_MS = 3_600_000;
/** Below this, one failure would be a percentage. */
const REQUESTS_THAT_COUNT = 20;
const SHARE_FAILED = 0.01;
const SHARE_MISSED = 0.001;

type Seen = Omit<Overview, 'problems' | 'user' | 'points' | 'nowMs'>;

/** What a person on call has to know first, in words, the worst first. Empty: all is well. */
export function problemsOf(seen: Seen, nowMs: number): Problem[] {
  const all = [
    ...ofStores(seen),
    ...ofProcesses(seen),
    ...ofStops(seen.stops ?? []),
    ...ofTraffic(seen),
    ...ofUnconfirmed(seen),
    ...ofQueues(seen),
    ...ofStargame(seen),
    ...ofOwnApi(seen),
    ...ofAnomalies(seen, nowMs),
  ];
  return [...all.filter(({ severity }) => severity === 'bad'), ...all.filter(({ severity }) => severity === 'warn')];
}

const bad = (text: string, href: string): Problem => ({ severity: 'bad', text, href });
const warn = (text: string, href: string): Problem => ({ severity: 'warn', text, href });

const ofStores = ({ stores }: Seen): Problem[] =>
  stores.filter(({ state }) => state === 'down').map(({ name }) => bad(`${name} is down`, '#processes'));

function ofProcesses({ processes }: Seen): Problem[] {
  return [...Map.groupBy(processes, ({ name }) => name)].flatMap(([name, all]) => {
    const down = all.filter(({ state }) => state === 'down').length;
    const notReady = all.find(({ state }) => state === 'not ready');
    if (down === all.length) return [bad(`${name} is down`, '#processes')];
    if (down > 0) return [warn(`${down} of ${all.length} ${name} processes are down`, '#processes')];
    return notReady === undefined ? [] : [warn(`${name} is not ready: ${notReady.detail}`, '#processes')];
  });
}

function ofTraffic({ providers }: Seen): Problem[] {
  return providers.flatMap(({ name, commands, latency }) => {
    const requests = commands.reduce((sum, command) => sum + command.requests, 0);
    const failed = commands.reduce((sum, command) => sum + command.failed, 0);
    const missed = latency?.missed ?? 0;
    const title = name === 'platform' ? 'PLATFORM' : 'StarGame';
    const ofBudget = missed / Math.max(1, latency?.count ?? 0);
    return [
      ...(missed > 0 && ofBudget > SHARE_MISSED
        ? [bad(`${title}: ${percent(ofBudget)} of the last minute's answers missed the budget`, '#latency')]
        : []),
      ...(requests >= REQUESTS_THAT_COUNT && failed / requests > SHARE_FAILED
        ? [bad(`${title}: ${percent(failed / requests)} of the last minute's requests failed`, '#traffic')]
        : []),
    ];
  });
}

function ofUnconfirmed({ unconfirmed }: Seen): Problem[] {
  const owed = unconfirmed?.owed.reduce((sum, { count }) => sum + count, 0) ?? 0;
  if (unconfirmed === null || owed === 0 || unconfirmed.oldestAgeSeconds < OWED_SECONDS) return [];
  const age = seconds(unconfirmed.oldestAgeSeconds);
  const text = `${owed} unconfirmed ${owed === 1 ? 'outcome is' : 'outcomes are'} still owed, the oldest for ${age}`;
  return [unconfirmed.oldestAgeSeconds > OLD_SECONDS ? bad(text, '#late') : warn(text, '#late')];
}

/** It is read every hour. */
const HARVEST_LATE_SECONDS = 3 * 3_600;
/** StarGame keeps its logs for seven days. */
const HARVEST_LOSING_SECONDS = 5 * 86_400;

function ofStargame({ stargame }: Seen): Problem[] {
  if (stargame === null) return [];
  const { isUnreachable, harvestLagSeconds: lag, stuckTransfers: stuck, discrepancies } = stargame;
  const behind = `StarGame's game logs are ${seconds(lag ?? 0)} behind`;
  return [
    ...(stuck > 0 ? [bad(`${stuck} stuck ${stuck === 1 ? 'transfer' : 'transfers'} at StarGame`, '#queues')] : []),
    ...(lag !== null && lag > HARVEST_LOSING_SECONDS ? [bad(`${behind}, and soon lost`, '/reconciliation')] : []),
    ...(lag !== null && lag > HARVEST_LATE_SECONDS && lag <= HARVEST_LOSING_SECONDS
      ? [warn(behind, '/reconciliation')]
      : []),
    ...(isUnreachable ? [warn("StarGame's remote API can't be reached", '/reconciliation')] : []),
    ...(discrepancies > 0
      ? [warn(`${discrepancies} open ${discrepancies === 1 ? 'discrepancy' : 'discrepancies'}`, '/reconciliation')]
      : []),
  ];
}

/** Lists are read every hour, reports once a day. */
const CATALOGUE_OLD_SECONDS = 3 * 3_600;
const REPORTS_LATE_SECONDS = 6 * 3_600;

function ofOwnApi({ ownApi }: Seen): Problem[] {
  if (ownApi === null) return [];
  const { isUnreachable, catalogueAgeSeconds, reportsOverdueSeconds, limitsExceeded, limitsNear } = ownApi;
  const href = '/reports#limits';
  return [
    ...limitsExceeded.map((operator) => bad(`PLATFORM's limit of ${operator} is reached`, href)),
    ...limitsNear.map((operator) => warn(`PLATFORM's limit of ${operator} will soon be reached`, href)),
    ...(isUnreachable ? [warn("PLATFORM's own API can't be reached", '/reports')] : []),
    ...(reportsOverdueSeconds > REPORTS_LATE_SECONDS
      ? [warn(`PLATFORM's reports are ${seconds(reportsOverdueSeconds)} late`, '/reports')]
      : []),
    ...(catalogueAgeSeconds > CATALOGUE_OLD_SECONDS
      ? [warn(`PLATFORM's catalogue is ${seconds(catalogueAgeSeconds)} old`, '/queues/queue/catalogue')]
      : []),
  ];
}

/** A failed void or credit is money that somebody still owes somebody. */
const MONEY_QUEUES = ['void', 'credit'];
/** Their runs take as long as they take, and one that fails is followed by the next: how far they are behind is what counts. */
const RUNS = ['sweep', 'stargame', 'harvest', 'reconcile', 'catalogue', 'reports'];

function ofQueues({ queues, outbox }: Seen): Problem[] {
  const ofEach = (queues ?? []).flatMap(({ name, failed, oldestAgeSeconds, isPaused }) => {
    const href = `/queues/queue/${name}`;
    const text = `${failed} ${failed === 1 ? 'job' : 'jobs'} failed in ${name}`;
    const isOld = oldestAgeSeconds !== null && oldestAgeSeconds > OLD_SECONDS && !RUNS.includes(name);
    return [
      ...(failed > 0 && !RUNS.includes(name)
        ? [MONEY_QUEUES.includes(name) ? bad(text, `${href}?status=failed`) : warn(text, `${href}?status=failed`)]
        : []),
      ...(isPaused ? [warn(`queue ${name} is paused`, href)] : []),
      ...(isOld ? [warn(`the oldest job in ${name} is ${seconds(oldestAgeSeconds)} old`, href)] : []),
    ];
  });
  const isOld = outbox !== null && outbox.oldestAgeSeconds > OLD_SECONDS;
  return [...ofEach, ...(isOld ? [warn(`the outbox is ${seconds(outbox.oldestAgeSeconds)} behind`, '#queues')] : [])];
}

function ofStops(stops: readonly StopView[]): Problem[] {
  if (stops.some(({ scope }) => scope === 'all')) return [bad('All play is stopped', '#stops')];
  if (stops.length === 0) return [];
  return [warn(`${stops.length === 1 ? 'A stop is' : `${stops.length} stops are`} in force`, '#stops')];
}

function ofAnomalies({ anomalies }: Seen, nowMs: number): Problem[] {
  const recent = anomalies?.recent ?? [];
  const fresh = recent.filter(({ atMs }) => nowMs - atMs < NEW_ANOMALY_MS).length;
  if (fresh === 0) return [];
  const areAllTold = fresh < recent.length || fresh === anomalies?.standing;
  const count = areAllTold ? String(fresh) : `${fresh} or more`;
  return [warn(`${count} new ${fresh === 1 ? 'anomaly' : 'anomalies'} in the books`, '#anomalies')];
}

const percent = (share: number): string => `${(share * 100).toPrecision(2)} %`;

function seconds(value: number): string {
  if (value < 120) return `${Math.round(value)} s`;
  return value < 7_200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3_600)} h`;
}
