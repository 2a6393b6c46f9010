import { createHistogram } from 'node:perf_hooks';
import { figuresBetween, usageOf } from '../procfs.ts';
import { serveTasks } from '../servers.ts';
import type { LatencyMs } from '../types.ts';
import { openConnections } from './connections.ts';
import { HALL_ID, notificationOf, PATH_SECRET, queryOf, uidOf } from './notifications.ts';
import type { NotificationResult, NotificationTask } from './types.ts';

/** As many as wait when the adapter stands still for two seconds: after that its queue of new connections overflows. */
const CONNECTIONS = 1_024;
const POLL_MS = 10;
const NO_ANSWER = 'no answer';
const NO_CONNECTION = 'no connection';

/**
 * Open loop: notifications come as they do from many players who know nothing of each other (a Poisson process), whatever the
 * answers do. Each counts from when it was due, so that a stall, and a slow timer of this process too, shows in its latency.
 */
async function send(task: NotificationTask): Promise<NotificationResult> {
  const { host, port, firstNumber } = task;
  const connections = await openConnections({ host, port }, CONNECTIONS);
  const record = createRecord();
  const pids = { generator: process.pid, ...task.pids };
  const head = `GET /stargame/${HALL_ID}/${PATH_SECRET}?`;
  const tail = ` HTTP/1.1\r\nHost: ${host}:${port}\r\n\r\n`;
  const before = usageOf(pids);
  const endMs = performance.now() + task.seconds * 1000;
  let dueMs = performance.now();
  let number = firstNumber;

  const sendDue = (): void => {
    for (let nowMs = performance.now(); dueMs <= nowMs && dueMs < endMs; nowMs = performance.now()) {
      const due = dueMs;
      const notification = notificationOf(number++);
      record.sent(nowMs - due);
      connections.send(`${head}${queryOf(notification)}${tail}`, (answer, wasSent) => {
        const answeredMs = performance.now();
        const fail = wasSent ? failOf(answer, uidOf(notification.terminal)) : NO_CONNECTION;
        record.answered(notification.number, answeredMs - due, answeredMs - nowMs, fail);
      });
      dueMs += exponential(1000 / task.ratePerSecond);
    }
  };
  const ticker = setInterval(sendDue, 1);
  while (dueMs < endMs || connections.inFlight() > 0) await pause(POLL_MS);
  clearInterval(ticker);
  const after = usageOf(pids);
  connections.close();
  return {
    ...record.figures(number - firstNumber),
    connectionsAdded: connections.added(),
    ...figuresBetween(before, after, number - firstNumber),
  };
}

const exponential = (mean: number): number => -Math.log(1 - Math.random()) * mean;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Null: success, and about the terminal that was asked for. */
function failOf(answer: string | null, uid: string): string | null {
  if (answer === null) return NO_ANSWER;
  if (!answer.startsWith('HTTP/1.1 200')) return `HTTP ${answer.slice(9, 12)}`;
  if (!answer.includes('"status":"success"')) return /"error":"([^"]+)"/.exec(answer)?.[1] ?? 'fail';
  return answer.includes(`"userLogin":"${uid}"`) ? null : "another terminal's answer";
}

function createRecord() {
  const latency = createHistogram();
  const lateness = createHistogram();
  const fails: Record<string, number> = {};
  const notSucceeded: number[] = [];
  const notSent: number[] = [];
  let missing = 0;
  let within40Ms = 0;
  let successWithin40Ms = 0;
  let within50Ms = 0;
  let over50MsFromSending = 0;

  return {
    sent: (lateMs: number): void => lateness.record(micros(lateMs)),
    answered: (number: number, latencyMs: number, fromSendingMs: number, fail: string | null): void => {
      latency.record(micros(latencyMs));
      if (fromSendingMs > 50) over50MsFromSending++;
      if (fail !== null) {
        fails[fail] = (fails[fail] ?? 0) + 1;
        notSucceeded.push(number);
      }
      if (fail === NO_CONNECTION) notSent.push(number);
      if (fail === NO_ANSWER || fail === NO_CONNECTION) {
        missing++;
        return;
      }
      if (latencyMs <= 40) within40Ms++;
      if (latencyMs <= 40 && fail === null) successWithin40Ms++;
      if (latencyMs <= 50) within50Ms++;
    },
    figures: (sent: number) => ({
      sent,
      answered: sent - missing,
      succeeded: sent - notSucceeded.length,
      fails,
      notSucceeded,
      notSent,
      within40MsShare: within40Ms / sent,
      successWithin40MsShare: successWithin40Ms / sent,
      within50MsShare: within50Ms / sent,
      over50MsFromSending,
      latencyMs: percentiles(latency),
      sentLateMs: { p99: lateness.percentile(99) / 1000, max: lateness.max / 1000 },
    }),
  };
}

const percentiles = (histogram: ReturnType<typeof createHistogram>): LatencyMs => ({
  p50: histogram.percentile(50) / 1000,
  p99: histogram.percentile(99) / 1000,
  p999: histogram.percentile(99.9) / 1000,
  max: histogram.max / 1000,
});

/** Histograms hold whole numbers from 1. */
const micros = (ms: number): number => Math.max(1, Math.round(ms * 1000));

serveTasks(send);
