// The overview: shows what it is told every two seconds.
import type { Overview, Point } from '../overview.ts';
import { createCharts } from './charts.ts';
import { renderLatency } from './latency.ts';
import { startLive } from './live.ts';
import { renderHeadline, renderProcesses, renderTraffic } from './render.ts';
import { renderAnomalies, renderAudit, renderDay, renderLate, renderQueues } from './sections.ts';
import { renderStops, setUpStopDialog } from './stops.ts';

const KEPT_MS = 15 * 60_000;

const charts = createCharts();
let points: Point[] = [];

const live = startLive<Overview>({ path: () => `/api/overview?after=${points.at(-1)?.atMs ?? 0}`, render });
setUpStopDialog(live.post, live.ask);

function render(overview: Overview): void {
  points = [...points, ...overview.points].filter(({ atMs }) => atMs > overview.nowMs - KEPT_MS);
  renderHeadline(overview);
  renderProcesses(overview);
  renderTraffic(overview);
  renderLatency(overview);
  renderStops(overview, live.post, live.ask);
  renderLate(overview);
  renderQueues(overview);
  renderDay(overview);
  renderAnomalies(overview);
  renderAudit(overview);
  charts.draw(points, overview.nowMs);
}
