import { readFileSync } from 'node:fs';
import { readFile, unlink, writeFile } from 'node:fs/promises';

/** A folder that another process of this machine uses. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Takes a folder for this process, by a file in it that names the process. One that a dead process left behind is taken over, and so is
 * one of our own pid: in containers each process is number 1. Gives what releases it. Throws a FolderInUseError.
 */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  const own = describe(process.pid);
  if (!(await create(path, own))) {
    const owner = await readFile(path, 'utf8').catch(() => '');
    if (isAlive(owner)) throw new FolderInUseError(`in use by process ${pidOf(owner)} (${path})`);
    await unlink(path).catch(() => {});
    // Where another process has found the same leftover and was faster, the folder is its.
    if (!(await create(path, own))) throw new FolderInUseError(`another process has just taken it (${path})`);
  }
  return () => unlink(path).catch(() => {});
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

const pidOf = (content: string): number => Number.parseInt(content, 10);

function isAlive(content: string): boolean {
  const pid = pidOf(content);
  if (!Number.isSafeInteger(pid) || pid < 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is alive too.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return content === describe(pid);
}

/** The pid and, where the system tells, when it started: after a restart of the machine another program may have the same pid. */
function describe(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the start is the 22nd field, the 20th after it.
    return `${pid} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}\n`;
  } catch {
    return `${pid}\n`;
  }
}
