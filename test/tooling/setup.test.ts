import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { readable } from '../../scripts/lib/log-view.ts';
import { missingServersMessage } from '../../scripts/lib/missing-servers.ts';
import { freePort, isPortFree } from '../../scripts/lib/ports.ts';
import { type Running, running } from '../../scripts/lib/processes.ts';
import { keepRunning } from '../../scripts/lib/supervisor.ts';

test('a machine without servers gets one message that says what to run', () => {
  const message = missingServersMessage(['database', 'redis'], 'npm start', null);
  expect(message).toContain(
    'sudo apt-get install --no-install-recommends mariadb-server-core mariadb-client-core redis-server',
  );
  expect(message).toContain(
    'DATABASE_URL=mysql://user:password@host:3306/croupier REDIS_URL=redis://host:6379 npm start',
  );
  expect(message).toContain('docker compose up');
});

test('a machine that lacks only Redis is told of Redis only', () => {
  const message = missingServersMessage(['redis'], 'npm test', 'E: no network');
  expect(message).toContain('install --no-install-recommends redis-server');
  expect(message).toContain('E: no network');
  expect(message).not.toContain('mariadb');
});

test('a machine without a browser is told how to get one for the tests', () => {
  const message = missingServersMessage(['browser'], 'npm test', null);
  expect(message).toContain('sudo apt-get install --no-install-recommends chromium');
  expect(message).toContain('CHROMIUM=/path/to/chromium npm test');
});

test('a machine without PHP is told how to get it for the tests', () => {
  const message = missingServersMessage(['php'], 'npm test', null);
  expect(message).toContain('sudo apt-get install --no-install-recommends php-cli');
  expect(message).toContain('PHP=/path/to/php npm test');
});

test('a port is taken while somebody listens on it', async () => {
  const port = await freePort();
  expect(await isPortFree(port, '127.0.0.1')).toBe(true);
  const child = await start(`require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('up'))`);
  await child.said;
  expect(await isPortFree(port, '127.0.0.1')).toBe(false);
  await child.stop();
});

test('what dies is started again, and what is stopped stays gone', async () => {
  const said: string[] = [];
  const first = await start('setInterval(() => {}, 1000)');
  const { promise: revived, resolve } = Promise.withResolvers<Running>();
  const kept = keepRunning({
    name: 'thing',
    running: first,
    start: async () => {
      const again = await start('setInterval(() => {}, 1000)');
      resolve(again);
      return again;
    },
    say: (line) => said.push(line),
    giveUp: (reason) => said.push(reason),
  });
  first.kill('SIGKILL');
  const second = await revived;
  await kept.stop();
  expect(second.isRunning()).toBe(false);
  expect(said).toEqual(['thing died (killed by SIGKILL); starting it again', 'thing is back']);
});

test('what dies again and again is given up', async () => {
  const { promise: givenUp, resolve } = Promise.withResolvers<string>();
  let starts = 0;
  keepRunning({
    name: 'thing',
    running: await start('process.exit(3)'),
    start: () => {
      starts += 1;
      return Promise.reject(new Error('no'));
    },
    say: () => {},
    giveUp: resolve,
    maxPauseMs: 1,
  });
  expect(await givenUp).toBe('thing died 8 times in a row');
  expect(starts).toBe(8);
});

test('a log line is shown with what matters, an error with its message, a routine call not at all', () => {
  const line = {
    level: 30,
    time: '2026-11-20T09:24:20.473Z',
    pid: 1,
    hostname: 'h',
    name: 'adapter',
    player: '611',
    outcome: 'OK',
  };
  expect(readable('adapter', JSON.stringify(line))).toBe('09:24:20 adapter   player=611 outcome=OK');
  const error = { ...line, level: 50, msg: 'request failed', err: { message: 'gone', stack: 'long' } };
  expect(readable('adapter', JSON.stringify(error))).toBe(
    '09:24:20 adapter   ERROR request failed gone player=611 outcome=OK',
  );
  expect(readable('wallet', JSON.stringify({ ...line, msg: 'call' }))).toBeNull();
  const job = { ...line, msg: 'job', jobId: 'repeat:transfers:1', outcome: 'completed' };
  expect(readable('jobs', JSON.stringify(job))).toBeNull();
  expect(readable('jobs', JSON.stringify({ ...job, outcome: 'failed' }))).toContain('outcome=failed');
  expect(readable('wallet', 'no JSON')).toBe('         wallet    no JSON');
});

/** A process that runs `code`; `said` resolves with its first output. */
async function start(code: string): Promise<Running & { said: Promise<void> }> {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  return { ...(await running(child)), said };
}
