import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Logger } from '../../common/log.ts';

/** A folder that another process uses. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

const TOUCH_MS = 1000;
/** A lock that was not touched for so long is nobody's any more. */
const STALE_MS = 5000;
const LOOK_MS = 100;

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  /** By the system's clock ticks: another program may get the same pid. Empty where the system doesn't tell. */
  startedAt: z.string(),
  host: z.string(),
  /** Boot and pid namespace: where both are ours, a pid means the same process here. In containers each process is number 1. */
  machine: z.string(),
  /** No two locks have the same content. */
  token: z.string(),
});

type Owner = z.output<typeof ownerSchema>;

/**
 * Takes a folder for this process, by a file in it that names the process and is touched every second. One that is provably of a dead
 * process is taken over at once, one of somewhere else once it is stale: then this waits, some seconds. Gives what releases it.
 * Throws a FolderInUseError.
 */
export async function lockFolder(path: string, log: Logger, staleMs = STALE_MS): Promise<() => Promise<void>> {
  const own = `${JSON.stringify(ownerOf(process.pid))}\n`;
  let file = await create(path, own);
  if (file === null) {
    await waitUntilFree(path, log, staleMs);
    file = await create(path, own);
  }
  if (file === null) throw new FolderInUseError(`another process has just taken it (${path})`);
  const stopTouching = keepTouched(file, path, log);
  return async () => {
    await stopTouching();
    if ((await read(path)) === own) await unlink(path).catch(() => {});
  };
}

/** Null: there is one already. */
async function create(path: string, content: string): Promise<FileHandle | null> {
  const file = await open(path, 'wx').catch((error: unknown) => {
    if (isErrno(error, 'EEXIST')) return null;
    throw error;
  });
  await file?.writeFile(content);
  return file;
}

/** Resolves once there is no lock, of a process that is gone. */
async function waitUntilFree(path: string, log: Logger, staleMs: number): Promise<void> {
  const content = await read(path);
  const owner = parse(content);
  const inUse = (): FolderInUseError => new FolderInUseError(`in use by ${describe(owner)} (${path})`);
  const state = stateOf(owner);
  if (state === 'alive') throw inUse();
  if (state === 'unknown') {
    const touchedAtMs = await touchedMs(path);
    // The clocks of two machines may differ: so it is watched, and not only read.
    const staleAtMs = performance.now() + Math.min(staleMs, touchedAtMs + staleMs - Date.now());
    if (performance.now() < staleAtMs)
      log.warn({ path, owner: describe(owner) }, 'the folder is locked: waiting for the lock to go stale');
    while (performance.now() < staleAtMs) {
      await sleep(LOOK_MS);
      const nowMs = await touchedMs(path);
      if (nowMs === 0) return;
      if (nowMs > touchedAtMs) throw inUse();
    }
  }
  await takeAway(path, content, inUse);
}

/** By a rename, which only one of several can do to the same file. */
async function takeAway(path: string, content: string, inUse: () => FolderInUseError): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  if ((await read(aside)) !== content) {
    // Somebody else was faster, and this is theirs.
    await rename(aside, path);
    throw inUse();
  }
  await unlink(aside);
}

/** The file itself, whatever has its name by now. Gives what stops it. */
function keepTouched(file: FileHandle, path: string, log: Logger): () => Promise<void> {
  let touching: Promise<void> | null = null;
  let wasLost = false;
  const touch = async (): Promise<void> => {
    const now = new Date();
    await file.utimes(now, now);
    if (wasLost || (await file.stat()).nlink > 0) return;
    wasLost = true;
    log.error({ path }, 'the lock is gone: another process may use the same folder');
  };
  const timer = setInterval(() => {
    touching ??= touch()
      .catch((error: unknown) => log.warn({ err: error, path }, "can't touch the lock"))
      .finally(() => {
        touching = null;
      });
  }, TOUCH_MS).unref();
  return async () => {
    clearInterval(timer);
    await touching;
    await file.close();
  };
}

/** When it was touched last; 0: it is not there any more. */
async function touchedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

function parse(content: string): Owner | null {
  try {
    return ownerSchema.parse(JSON.parse(content));
  } catch {
    return null;
  }
}

const describe = (owner: Owner | null): string =>
  owner === null ? 'another process' : `process ${owner.pid} of ${owner.host}`;

/** What its pid says: nothing, where it is of another machine, another boot or another container. */
function stateOf(owner: Owner | null): 'alive' | 'dead' | 'unknown' {
  if (owner === null || owner.machine === '') return 'unknown';
  if (owner.host !== hostname() || owner.machine !== machineOf()) return 'unknown';
  if (!exists(owner.pid)) return 'dead';
  const startedAt = startOf(owner.pid);
  if (startedAt === '') return 'unknown';
  return startedAt === owner.startedAt ? 'alive' : 'dead';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one too.
    return isErrno(error, 'EPERM');
  }
}

function ownerOf(pid: number): Owner {
  return { pid, startedAt: startOf(pid), host: hostname(), machine: machineOf(), token: randomUUID() };
}

/** Empty where the system doesn't tell; `-`: dead, but not yet buried. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the state is the 3rd field, the start the 22nd.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '-' : (fields[18] ?? '');
  } catch {
    return '';
  }
}

/** Empty where the system doesn't tell. */
function machineOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
