import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lockFolder } from './folder-lock.ts';

const PATIENCE = { timeout: 20_000 };
const STALE_MS = 500;

let dir: string;
let path: string;
let logged: Record<string, unknown>[];
const releases: (() => Promise<void>)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croupier-lock-'));
  path = join(dir, 'lock');
  logged = [];
});

afterEach(async () => {
  for (const release of releases.splice(0)) await release();
  await rm(dir, { recursive: true, force: true });
});

const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });

async function lock(): Promise<() => Promise<void>> {
  const release = await lockFolder(path, log, STALE_MS);
  releases.push(release);
  return release;
}

type Owner = Record<string, unknown>;

const read = async (): Promise<Owner> => JSON.parse(await readFile(path, 'utf8'));

/** What a process of this machine writes, with what is different of another. */
async function leave(changes: Owner): Promise<void> {
  const release = await lock();
  const owner = await read();
  await release();
  await writeFile(path, JSON.stringify({ ...owner, token: 'other', ...changes }));
}

async function startOf(pid: number | undefined): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Whose it is now. */
const isOurs = async (): Promise<boolean> => {
  const { pid, token } = await read();
  return pid === process.pid && token !== 'other';
};

test('one at a time; nothing is left of a lock that was released', async () => {
  const release = await lock();
  await expect(lock()).rejects.toThrow(`in use by process ${process.pid} of `);
  await release();
  expect(await readdir(dir)).toEqual([]);
  await lock();
});

test('on the same machine the pid decides, at once', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await once(other, 'spawn');
  const { pid } = other;
  const startedAt = await startOf(pid);

  await leave({ pid, startedAt });
  // However long ago it was touched: it may be stopped.
  await utimes(path, 0, 0);
  await expect(lock()).rejects.toThrow(`in use by process ${pid} of `);
  expect((await read()).pid).toBe(pid);
  await rm(path);

  // The same number, but started at another time: that process is gone, and this one has nothing to do with us.
  await leave({ pid, startedAt: '1' });
  await lock();
  expect(await isOurs()).toBe(true);
  await releases.pop()?.();

  await leave({ pid, startedAt });
  other.kill('SIGKILL');
  await once(other, 'exit');
  await lock();
  expect(await isOurs()).toBe(true);
  expect(logged).toEqual([]);
});

test.each([
  ['of another host', { host: 'elsewhere' }],
  ['of another boot or container', { machine: 'another' }],
  ['of a process that could not tell', { machine: '' }],
])('one %s is waited for until it is stale, whatever its pid', async (_, changes) => {
  // No such process here: it says nothing.
  await leave({ ...changes, pid: 2 ** 22 + 1 });
  await lock();
  expect(await isOurs()).toBe(true);
  expect(logged).toMatchObject([{ level: 40, msg: 'the folder is locked: waiting for the lock to go stale' }]);
  expect(await readdir(dir)).toEqual(['lock']);
});

test('one that is unreadable, or of a time to come, is waited for as long and no longer', async () => {
  await writeFile(path, '');
  await lock();
  await releases.pop()?.();
  await leave({ host: 'elsewhere' });
  const tomorrow = Date.now() / 1000 + 86_400;
  await utimes(path, tomorrow, tomorrow);
  await lock();
  expect(await isOurs()).toBe(true);
});

test('one of elsewhere that is stale is taken at once', async () => {
  await leave({ host: 'elsewhere' });
  const longAgo = Date.now() / 1000 - 60;
  await utimes(path, longAgo, longAgo);
  await lock();
  expect(await isOurs()).toBe(true);
  expect(logged).toEqual([]);
});

test('one of elsewhere that goes on being touched is in use', async () => {
  await leave({ host: 'elsewhere', pid: 1 });
  const touching = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now);
  }, 20);
  await expect(lock()).rejects.toThrow('in use by process 1 of elsewhere');
  clearInterval(touching);
  expect((await read()).host).toBe('elsewhere');
});

test('several find the same leftover: one gets it', async () => {
  await leave({ host: 'elsewhere' });
  await utimes(path, 0, 0);
  const results = await Promise.allSettled(Array.from({ length: 10 }, lock));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await isOurs()).toBe(true);
});

test('it is touched while it is held', async () => {
  await lock();
  const { mtimeMs } = await stat(path);
  await vi.waitUntil(async () => (await stat(path)).mtimeMs > mtimeMs, PATIENCE);
});

test("another's is not removed, and not kept alive: it is told", async () => {
  const release = await lock();
  await rm(path);
  await writeFile(path, 'theirs');
  await vi.waitUntil(() => logged.length > 0, PATIENCE);
  expect(logged).toMatchObject([{ level: 50, msg: 'the lock is gone: another process may use the same folder' }]);
  await release();
  expect(await readFile(path, 'utf8')).toBe('theirs');
});
