import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createSpool, type Spool, type SpoolRecord } from './spool.ts';

const PATIENCE = { timeout: 20_000 };

let dir: string;
let logged: Record<string, unknown>[];
let failures: number;
const spools: Spool[] = [];

beforeEach(async () => {
  dir = join(await mkdtemp(join(tmpdir(), 'croupier-spool-')), 'spool');
  logged = [];
  failures = 0;
});

afterEach(async () => {
  for (const spool of spools.splice(0)) await spool.close();
  await rm(join(dir, '..'), { recursive: true, force: true });
});

function create(rewriteBytes?: number): Spool {
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const spool = createSpool({
    dir,
    log,
    onFailure: () => void failures++,
    ...(rewriteBytes === undefined ? {} : { rewriteBytes }),
  });
  spools.push(spool);
  return spool;
}

const record = (id: string): SpoolRecord => ({
  id,
  kind: 'void',
  payload: {
    operatorId: 'casino',
    userId: '117',
    provider: 'stargame',
    transactionId: id,
    amountUnits: '1000',
    winUnits: '0',
    context: '{"hall":"1890","terminal":"117"}',
    requestId: `request-${id}`,
    why: 'late',
    answeredAtMs: 1_700_000_000_000,
  },
});

const unresolved = (id: string): SpoolRecord => ({
  id,
  kind: 'unresolved',
  payload: {
    hallId: '1890',
    uid: '117',
    winUnits: '500',
    transactionId: id,
    requestId: `request-${id}`,
    why: 'nobody to ask',
    answeredAtMs: 1_700_000_000_000,
  },
});

const owedFile = () => join(dir, 'owed.jsonl');
const lines = async (): Promise<string[]> =>
  (await readFile(owedFile(), 'utf8')).split('\n').filter((line) => line !== '');
const warnings = (): unknown[] => logged.filter((line) => Number(line.level) >= 40).map((line) => line.msg);

/** What the next process finds. */
async function reopened(): Promise<string[]> {
  return (await create().open()).map(({ id }) => id);
}

test('what is owed and not done comes back, in order', async () => {
  const spool = create();
  expect(await spool.open()).toEqual([]);
  for (const id of ['a', 'b', 'c', 'd']) spool.owe(record(id));
  spool.done('b');
  spool.done('never owed');
  await spool.close();
  expect(await create().open()).toEqual([record('a'), record('c'), record('d')]);
});

test('a process that dies leaves all that was written; a write takes all that gathered while the one before was on its way', async () => {
  const spool = create();
  await spool.open();
  const ids = Array.from({ length: 500 }, (_, index) => `t${index}`);
  for (const id of ids) spool.owe(record(id));
  await vi.waitUntil(async () => (await lines()).length === 500, PATIENCE);
  expect((await lines()).map((line) => JSON.parse(line).owe.id)).toEqual(ids);
  // As another process sees it, without the lock that this one still holds.
  const copy = await readFile(owedFile());
  await spool.close();
  await writeFile(owedFile(), copy);
  expect(await reopened()).toEqual(ids);
});

test('with nothing owed the file is empty', async () => {
  const spool = create();
  await spool.open();
  spool.owe(record('a'));
  await vi.waitUntil(async () => (await lines()).length === 1, PATIENCE);
  spool.done('a');
  await vi.waitUntil(async () => (await stat(owedFile())).size === 0, PATIENCE);
  spool.owe(record('b'));
  await spool.close();
  expect((await lines()).map((line) => JSON.parse(line).owe.id)).toEqual(['b']);
});

test('above a size the file is written anew, with what is still owed', async () => {
  const spool = create(10_000);
  await spool.open();
  const ids = Array.from({ length: 100 }, (_, index) => `t${index}`);
  for (const id of ['first', ...ids]) spool.owe(record(id));
  await vi.waitUntil(async () => (await lines()).length === 101, PATIENCE);
  for (const id of ids) spool.done(id);
  await vi.waitUntil(async () => (await lines()).length === 1, PATIENCE);
  spool.owe(record('last'));
  await spool.close();
  expect(await reopened()).toEqual(['first', 'last']);
});

test('a line that was not written whole is left out and told; what stands before it and comes after it is kept', async () => {
  const spool = create();
  await spool.open();
  spool.owe(record('a'));
  spool.owe(record('b'));
  await spool.close();
  const whole = await readFile(owedFile(), 'utf8');
  await writeFile(owedFile(), whole.slice(0, -20));

  const next = create();
  expect((await next.open()).map(({ id }) => id)).toEqual(['a']);
  expect(warnings()).toEqual(["the spool's last line was not written whole: left out"]);
  next.owe(record('c'));
  await next.close();
  expect(await reopened()).toEqual(['a', 'c']);
});

test('unreadable lines are set aside and told, and harm no others', async () => {
  const spool = create();
  await spool.open();
  for (const id of ['a', 'b', 'c']) spool.owe(record(id));
  await spool.close();
  const [a, , c] = await lines();
  const foreign = [a?.slice(0, 50), '{"owe":{"id":"x","kind":"void","payload":{}}}', '\0\0\0', c];
  await writeFile(owedFile(), `${foreign.join('\n')}\n`);

  expect(await reopened()).toEqual(['c']);
  expect(warnings()).toHaveLength(1);
  const aside = (await readdir(dir)).find((name) => name.startsWith('unreadable-'));
  expect(await readFile(join(dir, aside ?? ''), 'utf8')).toBe(`${foreign.slice(0, 3).join('\n')}\n`);
});

test('a folder that can not be written to: told with the record, repeated until it works', async () => {
  const before = create();
  await before.open();
  before.owe(record('a'));
  await before.close();
  const spool = create();
  await spool.open();
  await rename(dir, `${dir}.away`);
  await rm(`${dir}.away`, { recursive: true });
  await writeFile(dir, 'a file in the place of the folder');
  spool.owe(record('b'));
  await vi.waitUntil(() => spool.isFailing() && failures > 1, PATIENCE);
  spool.owe(record('c'));
  const entries = () =>
    logged.filter((line) => line.msg === 'not in the spool').map((line) => JSON.parse(String(line.line)));
  await vi.waitUntil(() => entries().length === 2, PATIENCE);
  expect(entries()).toEqual([{ owe: record('b') }, { owe: record('c') }]);

  await rm(dir);
  await vi.waitUntil(() => !spool.isFailing(), PATIENCE);
  expect((await lines()).map((line) => JSON.parse(line).owe.id)).toEqual(['a', 'b', 'c']);
  await spool.close();
});

test('a spool that can not be written to at the end is closed all the same', async () => {
  const spool = create();
  await spool.open();
  await rm(dir, { recursive: true });
  await writeFile(dir, '');
  spool.owe(record('a'));
  await spool.close();
  expect(failures).toBeGreaterThan(0);
  spool.owe(record('b'));
  const told = logged.filter((line) => line.msg === 'not in the spool');
  expect(told.map((line) => JSON.parse(String(line.line)))).toEqual([{ owe: record('a') }, { owe: record('b') }]);
});

test('a record takes the place of one of the same id', async () => {
  const spool = create();
  await spool.open();
  spool.owe(unresolved('a'));
  spool.owe(unresolved('b'));
  spool.owe(record('a'));
  await spool.close();
  expect(await create().open()).toEqual([record('a'), unresolved('b')]);
});

test('a folder has one spool at a time', async () => {
  const spool = create();
  await spool.open();
  await expect(create().open()).rejects.toThrow(`in use by process ${process.pid} of `);
  await spool.close();
  expect(await reopened()).toEqual([]);
});
