import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { RequestHandler } from 'express';

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export type Assets<Page extends string> = {
  /** /assets/{name} */
  serve: RequestHandler<{ name: string }>;
  /** An HTML file with `{{name}}` replaced by `values.name`, escaped. */
  page: (name: Page, values: Record<string, string>) => string;
};

type Encoding = 'identity' | 'gzip' | 'br';
type Asset = { type: string; etag: string; bodies: Partial<Record<Encoding, Buffer>> & { identity: Buffer } };

/**
 * The files that a process's pages load, by name with the folder that each is in, and the pages themselves. Reads, and where asked
 * compresses, everything once; the client's TypeScript loses its types here, as Node's own does.
 */
export function loadAssets<Page extends string>(options: {
  files: Readonly<Record<string, string>>;
  pages: { dir: string; names: readonly Page[] };
  compressed: boolean;
}): Assets<Page> {
  const { dir, names } = options.pages;
  const files = new Map(
    Object.entries(options.files).map(([name, from]) => [name, loadFile(from, name, options.compressed)]),
  );
  const pages = new Map<string, string>(names.map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
  return {
    serve: (request, response) => {
      const file = files.get(request.params.name);
      if (file === undefined) {
        response.status(404).type('text/plain').send('not found\n');
        return;
      }
      // Asked for each time, sent when it changed.
      response.set({ 'Content-Type': file.type, 'Cache-Control': 'private, no-cache', ETag: file.etag });
      if (options.compressed) response.set('Vary', 'Accept-Encoding');
      if (request.headers['if-none-match'] === file.etag) {
        response.status(304).end();
        return;
      }
      const encoding = encodingFor(file, request.headers['accept-encoding']);
      if (encoding !== 'identity') response.set('Content-Encoding', encoding);
      response.end(file.bodies[encoding]);
    },
    page: (name, values) =>
      (pages.get(name) ?? '').replaceAll(/\{\{(\w+)\}\}/g, (_, key: string) => escapeHtml(values[key] ?? '')),
  };
}

function loadFile(dir: string, name: string, isCompressed: boolean): Asset {
  const text = readFileSync(join(dir, name), 'utf8');
  const identity = Buffer.from(extname(name) === '.ts' ? stripTypeScriptTypes(text) : text);
  const etag = `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`;
  const compressed = isCompressed ? { gzip: gzipSync(identity, { level: 9 }), br: brotliCompressSync(identity) } : {};
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', etag, bodies: { identity, ...compressed } };
}

/** Browsers that take either say so plainly; whoever weighs encodings gets the text as it is. */
function encodingFor({ bodies }: Asset, accepted: string | undefined): Encoding {
  const offered = (accepted ?? '').split(',').map((entry) => entry.trim());
  return (['br', 'gzip'] as const).find((name) => bodies[name] !== undefined && offered.includes(name)) ?? 'identity';
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
