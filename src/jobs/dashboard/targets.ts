/** A process whose inner port is watched. */
export type Target = {
  /** adapter, wallet, jobs: several processes share one. */
  name: string;
  /** host:port, which tells them apart. */
  instance: string;
  /** Without a slash at its end. */
  url: string;
};

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const TARGETS_MAX = 64;

/** Parses OPS_TARGETS: entries `name=url`. */
export function parseTargets(entries: readonly string[]): { targets: Target[]; mistakes: string[] } {
  const targets: Target[] = [];
  const mistakes: string[] = entries.length > TARGETS_MAX ? [`at most ${TARGETS_MAX} entries`] : [];
  for (const [index, entry] of entries.entries()) {
    const equals = entry.indexOf('=');
    const name = entry.slice(0, Math.max(equals, 0));
    const url = URL.parse(entry.slice(equals + 1));
    if (!NAME.test(name)) mistakes.push(`entry ${index + 1} must begin with a name, as adapter=http://127.0.0.1:8091`);
    else if (url === null || !/^https?:$/.test(url.protocol)) mistakes.push(`entry ${index + 1} must have an http URL`);
    else targets.push({ name, instance: url.host, url: url.href.replace(/\/+$/, '') });
  }
  return { targets, mistakes };
}
