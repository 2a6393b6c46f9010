import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from './paths.ts';

/** What croupier itself needs. */
export type ServerKind = 'database' | 'redis';
/** The browser and PHP are for tests alone. */
export type ProgramKind = ServerKind | 'browser' | 'php';

/** Where a program lives that was fetched for this checkout alone, as Debian packages unpacked and not installed. */
export function unpackedDir(kind: ProgramKind): string {
  return join(dataDir, 'servers', kind);
}

/** Says where the fonts lie that were unpacked with the browser; in its folder. */
export const FONTS_CONF = 'fonts.conf';

/** The environment in which an unpacked program finds the libraries and programs that were unpacked with it. */
export function unpackedEnv(kind: ProgramKind, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => libraryFolders(join(unpackedDir(kind), folder)));
  const programs = ['usr/bin', 'usr/sbin'].map((folder) => join(unpackedDir(kind), folder));
  return {
    ...env,
    LD_LIBRARY_PATH: [...libraries, env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
    PATH: [...programs, env.PATH].filter(Boolean).join(':'),
  };
}

/** Debian's libraries lie in a folder named after the machine, such as usr/lib/x86_64-linux-gnu. */
function libraryFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const machines = readdirSync(folder).filter((name) => name.endsWith('-linux-gnu') || name.includes('-linux-gnueabi'));
  // libpulse, which Chromium needs, keeps half of itself in a folder below.
  return [...machines.flatMap((name) => [join(folder, name), join(folder, name, 'pulseaudio')]), folder];
}
