import { type FileHandle, mkdir, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../common/log.ts';
import { lockFolder } from './folder-lock.ts';
import { parseSpool, type SpoolRecord } from './spool-lines.ts';

export type { OperationRecord, SpoolRecord, UnresolvedRecord } from './spool-lines.ts';

/** What is owed, on disk: survives this process, and needs neither Redis nor the wallet. */
export type Spool = {
  /** Takes the folder, for which it may have to wait some seconds, and gives what is still owed, in order of arrival. Throws where the folder is of no use. */
  open: () => Promise<SpoolRecord[]>;
  /**
   * Is on disk soon: what gathers while a write is on its way goes with the next one. A failed write is repeated until it works.
   * Takes the place of a record of the same id.
   */
  owe: (record: SpoolRecord) => void;
  done: (id: string) => void;
  /** Whether the last write failed, or hangs: what is owed now is in memory only. */
  isFailing: () => boolean;
  /** Resolves when all of it is on disk, or one more attempt has failed. */
  close: () => Promise<void>;
};

const FILE = 'owed.jsonl';
/** Above it, and with most of it done, the file is written anew. */
const REWRITE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 500;
const NOT_KEPT = 'not in the spool';
/** A write that takes longer may never end. */
const STUCK_MS = 2000;

export function createSpool(deps: {
  dir: string;
  log: Logger;
  /** A write has failed. */
  onFailure: () => void;
  rewriteBytes?: number;
}): Spool {
  const { dir, log } = deps;
  const path = join(dir, FILE);
  const rewriteBytes = deps.rewriteBytes ?? REWRITE_BYTES;
  /** By id: the line of what is owed. */
  const owed = new Map<string, string>();
  let owedBytes = 0;
  let file: FileHandle | null = null;
  let fileBytes = 0;
  let pending: string[] = [];
  let writing: Promise<void> | null = null;
  let writingSinceMs = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let isFailing = false;
  let isClosed = false;
  let release = async (): Promise<void> => {};

  /** All that is owed, in a new file that takes the old one's place: whatever the old one's state is. */
  const rewrite = async (): Promise<void> => {
    await file?.close().catch(() => {});
    file = null;
    await mkdir(dir, { recursive: true });
    const lines = [...owed.values()].join('');
    await writeDurably(`${path}.new`, lines);
    await rename(`${path}.new`, path);
    await syncFolder(dir);
    file = await open(path, 'a');
    fileBytes = Buffer.byteLength(lines);
  };

  const append = async (handle: FileHandle, batch: readonly string[]): Promise<void> => {
    const lines = batch.join('');
    await handle.writeFile(lines);
    await handle.datasync();
    // A file that was deleted can still be written to, and nobody will find it again.
    if ((await handle.stat()).nlink === 0) throw new Error('the file was deleted');
    fileBytes += Buffer.byteLength(lines);
  };

  const step = async (batch: readonly string[]): Promise<void> => {
    const isBloated = fileBytes > rewriteBytes && fileBytes > 2 * owedBytes;
    if (file === null || isFailing || isBloated) return rewrite();
    if (owed.size > 0) return append(file, batch);
    // Nothing is owed, and all that the batch says is just that.
    await file.truncate(0);
    fileBytes = 0;
  };

  const writeAll = async (): Promise<void> => {
    do {
      const batch = pending;
      pending = [];
      writingSinceMs = performance.now();
      try {
        await step(batch);
      } catch (error) {
        fail(error, [...batch, ...pending]);
        return;
      }
      if (isFailing) log.info({ dir, owed: owed.size }, 'the spool is written again');
      isFailing = false;
    } while (pending.length > 0);
  };

  /** The records themselves go to the log: from there somebody can do by hand what they ask for. */
  const fail = (error: unknown, lines: readonly string[]): void => {
    deps.onFailure();
    if (!isFailing)
      log.error({ err: error, dir }, "can't write the spool: what is owed is kept in memory, and in Redis");
    for (const line of lines) log.error({ line }, NOT_KEPT);
    pending = [];
    isFailing = true;
    retryTimer = setTimeout(write, RETRY_MS);
  };

  const write = (): void => {
    clearTimeout(retryTimer);
    writing ??= writeAll().finally(() => {
      writing = null;
      if (pending.length > 0 && !isFailing) write();
    });
  };

  const add = (line: string): void => {
    if (isClosed) {
      log.error({ line }, NOT_KEPT);
      return;
    }
    pending.push(line);
    // After a failure the timer writes: not each record that comes.
    if (writing === null && !isFailing) write();
  };

  const load = async (): Promise<SpoolRecord[]> => {
    const { records, corrupt, tornBytes } = parseSpool(await readIfThere(path));
    if (tornBytes > 0) log.warn({ path, bytes: tornBytes }, "the spool's last line was not written whole: left out");
    if (corrupt.length > 0) await setAside(dir, corrupt, log);
    for (const record of records) keep(record);
    await rewrite();
    return records;
  };

  /** Gives its line. */
  const keep = (record: SpoolRecord): string => {
    const line = `${JSON.stringify({ owe: record })}\n`;
    owedBytes += line.length - (owed.get(record.id)?.length ?? 0);
    owed.set(record.id, line);
    return line;
  };

  return {
    open: async () => {
      await mkdir(dir, { recursive: true });
      release = await lockFolder(join(dir, 'lock'), log);
      return load().catch(async (error: unknown) => {
        await release();
        throw error;
      });
    },
    owe: (record) => add(keep(record)),
    done: (id) => {
      const line = owed.get(id);
      if (line === undefined) return;
      owed.delete(id);
      owedBytes -= line.length;
      add(`${JSON.stringify({ done: id })}\n`);
    },
    isFailing: () => isFailing || (writing !== null && performance.now() - writingSinceMs > STUCK_MS),
    close: async () => {
      isClosed = true;
      while (writing !== null) await writing;
      if (isFailing) write();
      await writing;
      clearTimeout(retryTimer);
      await file?.close();
      file = null;
      await release();
    },
  };
}

/** Lines that nobody can read are kept beside the spool, for people. */
async function setAside(dir: string, lines: readonly string[], log: Logger): Promise<void> {
  const path = join(dir, `unreadable-${Date.now()}.txt`);
  await writeDurably(path, `${lines.join('\n')}\n`);
  log.error({ path, lines: lines.length }, 'the spool has lines that are unreadable: set aside, look what they were');
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

const writeDurably = (path: string, content: string): Promise<void> => writeFile(path, content, { flush: true });

/** A new name is on disk when its folder is. */
async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
