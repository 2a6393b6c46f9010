import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rootDir } from '../../scripts/lib/paths.ts';
import { until } from '../jobs/until.ts';
import { type Croupier, startCroupier } from './croupier-start.ts';

let dir: string;
let croupier: Croupier;
let greeting: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croupier-start-'));
  // Rounds are played by the printed line, and a busy machine may take its time.
  const quiet = { SIMULATOR_SPINS_PER_MINUTE: '0', SIMULATOR_NOTIFY_TIMEOUT_MS: '10000' };
  croupier = await startCroupier(dir, { CROUPIER_SIMULATORS: '1', ...quiet });
  greeting = await croupier.said('Ctrl-C stops everything.');
});

afterAll(async () => {
  await croupier?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Runs a line as a shell in the checkout does; what it prints. */
async function paste(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', line], { cwd: rootDir, timeout: 60_000 });
  return stdout;
}

/** The line printed below this title. */
function lineOf(title: string): string {
  const lines = greeting.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`# ${title}`));
  const line = lines[at + 1];
  if (at < 0 || line === undefined) throw new Error(`no line "${title}" in:\n${greeting}`);
  return line;
}

test('the printed lines lead from a launch to a discrepancy', async () => {
  expect(await paste(lineOf('open a game'))).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/stargame\/showgame\?gameid=206&/);
  expect(JSON.parse(await paste(lineOf('any operation by hand')))).toMatchObject({ user_id: '117' });
  await paste(lineOf('once, the game server takes a bet'));
  expect(JSON.parse(await paste(lineOf('three rounds')))).toMatchObject({ played: 2, skipped: 1 });
  // The newest logs are left for later, and a spin is matched some seconds after it was played.
  await until('the logs are read', async () => {
    expect(await paste(lineOf('read the game logs now'))).toMatch(/1 of 1 terminals, 0 failed/);
    return (await paste(lineOf('the game logs,'))).trim().split('\n').length > 2;
  });
  await until('the discrepancy is found', async () => {
    expect(await paste(lineOf('match them with the ledger now'))).toMatch(/1 of 1 terminals, 0 failed/);
    return (await paste(lineOf('what differs'))).includes('spin_not_played');
  });
  expect(await paste(lineOf('how far it is'))).toMatch(/open +1\n/);
}, 120_000);

test('the printed lines lead from a catalogue through a lobby to a report that differs', async () => {
  await until('the catalogue is read', async () => (await paste(lineOf("PLATFORM's games"))).includes('Golden Lynx'));
  const game = (await paste(lineOf('a game at PLATFORM for real money'))).trim();
  expect(game).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+\/platform\/launch\/\?operator_id=examplecasino&mode=real&game_id=200&/,
  );
  expect(await (await fetch(game)).text()).toContain('id="spin"');
  expect(await (await fetch((await paste(lineOf('a game at PLATFORM for play credits'))).trim())).text()).toContain(
    '1000.00',
  );
  const lobby = await fetch((await paste(lineOf('the lobby, as that player'))).trim());
  expect([lobby.status, lobby.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);

  await paste(lineOf('once, PLATFORM leaves a bet out'));
  expect(JSON.parse(await paste(lineOf('PLATFORM plays three rounds')))).toMatchObject({ played: 3, lost: 0 });
  await until("today's report is beside our books", async () =>
    (await paste(lineOf("today's report"))).includes('netent'),
  );
  await until('limits are read', async () => (await paste(lineOf('what PLATFORM lets'))).includes('USD'));
}, 120_000);

test('a simulator that is killed comes back by itself', async () => {
  const { pid } = JSON.parse(await readFile(join(dir, 'pids', 'simulator'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await croupier.said('simulator is back');
  expect(JSON.parse(await paste(lineOf('any operation by hand')))).toMatchObject({ user_id: '117' });
});

test('it is one of the processes that are stopped', async () => {
  expect(await readdir(join(dir, 'pids'))).toContain('simulator');
  expect(await croupier.stop(60_000)).toMatchObject({ code: 0 });
  expect(await readdir(join(dir, 'pids'))).toEqual([]);
});
