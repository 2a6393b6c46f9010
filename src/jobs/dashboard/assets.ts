import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { RequestHandler } from 'express';

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

const PAGES = ['login.html', 'overview.html', 'reconciliation.html'] as const;
type PageName = (typeof PAGES)[number];

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export type Assets = {
  /** /assets/{name} */
  serve: RequestHandler<{ name: string }>;
  /** An HTML file with `{{name}}` replaced by `values.name`, escaped. */
  page: (name: PageName, values: Record<string, string>) => string;
};

/** Reads everything once; the client's TypeScript loses its types here, as Node's own does. */
export function loadAssets(): Assets {
  const files = new Map(Object.entries(FILES).map(([name, dir]) => [name, loadFile(dir, name)]));
  const pages = new Map(PAGES.map((name) => [name, readFileSync(join(PUBLIC, name), 'utf8')]));
  return {
    serve: (request, response) => {
      const file = files.get(request.params.name);
      if (file === undefined) {
        response.status(404).type('text/plain').send('not found\n');
        return;
      }
      // Asked for each time, sent when it changed.
      response.set({ 'Content-Type': file.type, 'Cache-Control': 'private, no-cache', ETag: file.etag });
      if (request.headers['if-none-match'] === file.etag) response.status(304).end();
      else response.end(file.body);
    },
    page: (name, values) =>
      (pages.get(name) ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => escapeHtml(values[key] ?? '')),
  };
}

function loadFile(dir: string, name: string): { body: Buffer; type: string; etag: string } {
  const text = readFileSync(join(dir, name), 'utf8');
  const body = Buffer.from(extname(name) === '.ts' ? stripTypeScriptTypes(text) : text);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, type: TYPES[extname(name)] ?? 'application/octet-stream', etag };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
