import type { ProgramKind } from './unpacked.ts';

const NAMES: Record<ProgramKind, string> = {
  database: 'a database (MariaDB from 10.6 or MySQL from 8.0)',
  redis: 'Redis (or Valkey)',
  browser: 'Chromium for the tests of the dashboard',
  php: 'PHP for the tests of the remote client',
};
const APT: Record<ProgramKind, string> = {
  database: 'mariadb-server-core mariadb-client-core',
  redis: 'redis-server',
  browser: 'chromium',
  php: 'php-cli',
};
const DNF: Record<ProgramKind, string> = {
  database: 'mariadb-server',
  redis: 'valkey',
  browser: 'chromium-headless',
  php: 'php-cli',
};
const BREW: Record<ProgramKind, string> = {
  database: 'mariadb',
  redis: 'redis',
  browser: 'chromium',
  php: 'php',
};
const VARIABLES: Record<ProgramKind, string> = {
  database: 'DATABASE_URL=mysql://user:password@host:3306/croupier',
  redis: 'REDIS_URL=redis://host:6379',
  browser: 'CHROMIUM=/path/to/chromium',
  php: 'PHP=/path/to/php',
};

/** The one message for a machine on which a server was neither found nor could be fetched. `command` is what was typed. */
export function missingServersMessage(kinds: readonly ProgramKind[], command: string, reason: string | null): string {
  const all = (texts: Record<ProgramKind, string>, separator = ' ') => kinds.map((kind) => texts[kind]).join(separator);
  return [
    `croupier needs ${all(NAMES, ' and ')}, which this machine does not have${reason === null ? '.' : ', and fetching it with apt-get failed:'}`,
    ...(reason === null ? [] : [indent(reason)]),
    '',
    `Run one of these, then again: ${command}`,
    `  Debian, Ubuntu    sudo apt-get update && sudo apt-get install --no-install-recommends ${all(APT)}`,
    `  Fedora            sudo dnf install ${all(DNF)}`,
    `  macOS             brew install ${all(BREW)}`,
    `Or use servers that you have:   ${all(VARIABLES)} ${command}`,
    'Or run all of it in containers: node scripts/make-env.mjs && docker compose up',
  ].join('\n');
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  | ${line}`)
    .join('\n');
}
