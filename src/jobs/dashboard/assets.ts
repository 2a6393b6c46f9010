import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { loadAssets as load, type Assets as SharedAssets } from '../../common/assets.ts';

const PUBLIC = join(import.meta.dirname, 'public');
const UPLOT = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');

/** Everything the pages load, by the name under /assets. All of it comes from here: nothing is asked of any other host. */
const FILES = {
  'style.css': PUBLIC,
  'overview.css': PUBLIC,
  'panels.css': PUBLIC,
  'reconciliation.css': PUBLIC,
  'page.ts': PUBLIC,
  'live.ts': PUBLIC,
  'reconciliation.ts': PUBLIC,
  'discrepancy.ts': PUBLIC,
  'reports.css': PUBLIC,
  'reports.ts': PUBLIC,
  'report-detail.ts': PUBLIC,
  'report-chart.ts': PUBLIC,
  'render.ts': PUBLIC,
  'sections.ts': PUBLIC,
  'dom.ts': PUBLIC,
  'charts.ts': PUBLIC,
  'latency.ts': PUBLIC,
  'stops.ts': PUBLIC,
  'favicon.svg': PUBLIC,
  'uPlot.iife.min.js': UPLOT,
  'uPlot.min.css': UPLOT,
} as const;

const PAGES = ['login.html', 'overview.html', 'reconciliation.html', 'reports.html'] as const;

export type Assets = SharedAssets<(typeof PAGES)[number]>;

export function loadAssets(): Assets {
  return load({ files: FILES, pages: { dir: PUBLIC, names: PAGES }, compressed: false });
}
