import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { FONTS_CONF, type ProgramKind, unpackedDir, unpackedEnv } from './unpacked.ts';

/** The oldest servers that know SKIP LOCKED and the index syntax that the schema uses. */
const OLDEST = { mariadb: [10, 6], mysql: [8, 0] } as const;

export type DatabaseProgram = {
  vendor: 'mariadb' | 'mysql';
  version: string;
  path: string;
  /** MariaDB's script that makes a data folder; MySQL's server does that itself. */
  installDb: string | null;
  /** Where the server's own files (messages, system tables) lie, for one that isn't installed where it expects to be. */
  baseDir: string | null;
  env: NodeJS.ProcessEnv;
};

export type RedisProgram = { path: string; version: string; env: NodeJS.ProcessEnv };

export type PhpProgram = { path: string; version: string; env: NodeJS.ProcessEnv };

export type BrowserProgram = { path: string; version: string; env: NodeJS.ProcessEnv };

const BROWSERS = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'chrome-headless-shell'];

export function findDatabaseProgram(env: NodeJS.ProcessEnv): DatabaseProgram | null {
  for (const place of places('database', env)) {
    for (const name of ['mariadbd', 'mysqld']) {
      const path = findIn(place.folders, name);
      const program = path === null ? null : databaseProgram(path, place);
      if (program !== null) return program;
    }
  }
  return null;
}

export function findRedisProgram(env: NodeJS.ProcessEnv): RedisProgram | null {
  for (const place of places('redis', env)) {
    for (const name of ['redis-server', 'valkey-server']) {
      const path = findIn(place.folders, name);
      const version = path === null ? null : versionOf(path, place.env, /v=(\S+)/);
      if (path !== null && version !== null) return { path, version, env: place.env };
    }
  }
  return null;
}

/** PHP for the command line; Debian's program has its version in its name. `PHP` names one that lies elsewhere. */
export function findPhpProgram(env: NodeJS.ProcessEnv): PhpProgram | null {
  const named = env.PHP ? [{ path: env.PHP, env: { ...env } }] : [];
  const found = places('php', env).flatMap((place) =>
    place.folders.flatMap((folder) =>
      phpNames(folder).map((name) => ({ path: findIn([folder], name), env: place.env })),
    ),
  );
  for (const { path, env: itsEnv } of [...named, ...found]) {
    const version = path === null ? null : versionOf(path, itsEnv, /^PHP (\S+) \(cli\)/);
    if (path !== null && version !== null) return { path, version, env: itsEnv };
  }
  return null;
}

const phpNames = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => /^php(\d+\.\d+)?$/.test(name)) : [];

/** A Chromium that runs without a screen. `CHROMIUM` names one that lies elsewhere. */
export function findBrowserProgram(env: NodeJS.ProcessEnv): BrowserProgram | null {
  const named = env.CHROMIUM ? [{ path: env.CHROMIUM, env: { ...env } }] : [];
  const found = places('browser', env).flatMap((place) =>
    BROWSERS.map((name) => ({ path: findIn(place.folders, name), env: place.env })),
  );
  for (const { path, env: itsEnv } of [...named, ...found]) {
    const version = path === null ? null : versionOf(path, itsEnv, /(\d+(?:\.\d+){3})/);
    if (path !== null && version !== null) return { path, version, env: withFonts(itsEnv) };
  }
  return null;
}

/** The fonts that were unpacked, where some were; else the machine's. */
function withFonts(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = join(unpackedDir('browser'), FONTS_CONF);
  return existsSync(file) ? { ...env, FONTCONFIG_FILE: file } : env;
}

type Place = { folders: readonly string[]; env: NodeJS.ProcessEnv; baseDir: string | null };

/** The machine's own servers first, then what an earlier run unpacked. */
function places(kind: ProgramKind, env: NodeJS.ProcessEnv): Place[] {
  const onPath = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const unpacked = unpackedDir(kind);
  return [
    {
      // Debian keeps servers in /usr/sbin, which is not on every user's PATH.
      folders: [...onPath, '/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/opt/homebrew/bin', '/usr/local/bin'],
      env: { ...env },
      baseDir: null,
    },
    {
      // Chromium's program in usr/bin is a script that starts the one in /usr/lib.
      folders: ['usr/lib/chromium', 'usr/sbin', 'usr/bin'].map((folder) => join(unpacked, folder)),
      env: unpackedEnv(kind, env),
      baseDir: join(unpacked, 'usr'),
    },
  ];
}

function databaseProgram(path: string, place: Place): DatabaseProgram | null {
  const output = run(path, place.env);
  const version = output === null ? null : (/Ver (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? null);
  if (output === null || version === null) return null;
  const vendor = output.includes('MariaDB') ? 'mariadb' : 'mysql';
  if (!isAtLeast(version, OLDEST[vendor])) return null;
  const beside = [dirname(path), join(dirname(dirname(path)), 'bin'), ...place.folders];
  const installDb =
    vendor === 'mariadb' ? (findIn(beside, 'mariadb-install-db') ?? findIn(beside, 'mysql_install_db')) : null;
  if (vendor === 'mariadb' && installDb === null) return null;
  return { vendor, version, path, installDb, baseDir: place.baseDir, env: place.env };
}

function isAtLeast(version: string, oldest: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

function versionOf(path: string, env: NodeJS.ProcessEnv, pattern: RegExp): string | null {
  const output = run(path, env);
  return output === null ? null : (pattern.exec(output)?.[1] ?? null);
}

function run(path: string, env: NodeJS.ProcessEnv): string | null {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', env, timeout: 20_000 });
  return status === 0 ? stdout : null;
}

function findIn(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here: look in the next folder
    }
  }
  return null;
}
