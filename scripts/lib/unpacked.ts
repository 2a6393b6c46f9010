import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dataDir } from './paths.ts';

export type ServerKind = 'database' | 'redis';

/** Where a server lives that was fetched for this checkout alone, as Debian packages unpacked and not installed. */
export function unpackedDir(kind: ServerKind): string {
  return join(dataDir, 'servers', kind);
}

/** The environment in which an unpacked server finds the libraries and programs that were unpacked with it. */
export function unpackedEnv(kind: ServerKind, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
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
  return [...machines.map((name) => join(folder, name)), folder];
}
