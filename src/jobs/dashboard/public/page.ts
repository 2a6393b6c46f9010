// The overview: asks every two seconds, and shows what it is told.
import type { Overview, Point } from '../overview.ts';
import { createCharts } from './charts.ts';
import { byId, clockTime, h } from './dom.ts';
import { renderLatency } from './latency.ts';
import { renderHeadline, renderProcesses, renderTraffic } from './render.ts';
import { renderAnomalies, renderAudit, renderDay, renderLate, renderQueues } from './sections.ts';
import { renderStops, setUpStopDialog } from './stops.ts';

const POLL_MS = 2_000;
const TIMEOUT_MS = 5_000;
const STALE_MS = 6_000;
const KEPT_MS = 15 * 60_000;

const charts = createCharts();
let points: Point[] = [];
let toldAtMs = Date.now();
let timer = 0;
let isAsking = false;
let hasEnded = false;

const csrfToken = (): string => /(?:^|; )XSRF-TOKEN=([^;]*)/.exec(document.cookie)?.[1] ?? '';

async function ask(): Promise<void> {
  if (isAsking || hasEnded) return;
  isAsking = true;
  try {
    const answer = await fetch(`/api/overview?after=${points.at(-1)?.atMs ?? 0}`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { accept: 'application/json' },
    });
    if (answer.status === 401) endSession();
    if (answer.ok) render((await answer.json()) as Overview);
  } catch {
    // Nobody answers: what is shown grows old, and says so.
  } finally {
    isAsking = false;
    tellAge();
  }
}

function render(overview: Overview): void {
  toldAtMs = Date.now();
  points = [...points, ...overview.points].filter(({ atMs }) => atMs > overview.nowMs - KEPT_MS);
  renderHeadline(overview);
  renderProcesses(overview);
  renderTraffic(overview);
  renderLatency(overview);
  renderStops(overview, post, askNow);
  renderLate(overview);
  renderQueues(overview);
  renderDay(overview);
  renderAnomalies(overview);
  renderAudit(overview);
  charts.draw(points, overview.nowMs);
}

/** Numbers that are old must not look like numbers of now. */
function tellAge(): void {
  const isStale = Date.now() - toldAtMs > STALE_MS;
  document.body.classList.toggle('stale', isStale || hasEnded);
  byId('freshness').textContent = isStale || hasEnded ? `as of ${clockTime(toldAtMs)}` : `live ${clockTime(toldAtMs)}`;
  if (hasEnded) return;
  const notice = byId('notice');
  notice.hidden = !isStale;
  if (isStale)
    notice.textContent = `No answer from the jobs process: everything below is as of ${clockTime(toldAtMs)}.`;
}

function endSession(): void {
  hasEnded = true;
  clearInterval(timer);
  const notice = byId('notice');
  notice.hidden = false;
  notice.replaceChildren('Your session has ended. ', h('a', { href: '/login' }, 'Log in again'));
}

async function post(path: string, body: object): Promise<{ ok: true } | { ok: false; message: string }> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      signal: AbortSignal.timeout(10_000),
      headers: { 'content-type': 'application/json', 'x-xsrf-token': csrfToken() },
      body: JSON.stringify(body),
    });
    if (answer.ok) return { ok: true };
    if (answer.status === 401) endSession();
    const told = (await answer.json().catch(() => ({}))) as { message?: string };
    return { ok: false, message: told.message ?? `The dashboard answers ${answer.status}.` };
  } catch {
    return { ok: false, message: 'No answer: it may have happened or not. Look, then try again.' };
  }
}

const askNow = (): void => void ask();

/** A page that nobody sees asks nothing. */
function followVisibility(): void {
  clearInterval(timer);
  if (document.hidden || hasEnded) return;
  void ask();
  timer = setInterval(askNow, POLL_MS);
}

byId('logout').addEventListener('submit', () => {
  const field = byId('logout').querySelector('input');
  if (field !== null) field.value = csrfToken();
});
setUpStopDialog(post, askNow);
document.addEventListener('visibilitychange', followVisibility);
followVisibility();
