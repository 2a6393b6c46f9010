import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { FONTS_CONF, type ProgramKind, unpackedDir } from './unpacked.ts';

/** In Debian's and Ubuntu's words; releases differ, so the first that a release has is taken. */
const PACKAGES: Record<ProgramKind, readonly (readonly string[])[]> = {
  database: [
    ['mariadb-server-core', 'mariadb-client-core'],
    ['mariadb-server-core-10.6', 'mariadb-client-core-10.6'],
    ['mysql-server-core'],
    ['mysql-server-core-8.0'],
  ],
  redis: [['redis-server'], ['valkey-server']],
  // With a font: without any a page has no text. Ubuntu's own chromium is a wrapper around something else and is not taken.
  browser: [
    ['chromium-headless-shell', 'fonts-dejavu-core'],
    ['chromium', 'fonts-dejavu-core'],
  ],
  php: [['php-cli']],
};

const COMMAND_TIMEOUT_MS = 300_000;

export function canFetchServers(env: NodeJS.ProcessEnv): boolean {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/bin'];
  return ['apt-get', 'dpkg'].every((name) => folders.some((folder) => folder !== '' && existsSync(join(folder, name))));
}

/**
 * Has apt fetch the machine's own release of a program, with the libraries that the machine lacks, and unpacks them into
 * .data/servers. apt checks signatures as always, but nothing is installed: so it needs no root, asks nobody, leaves no
 * service running, and removing .data undoes it.
 */
export async function fetchServer(kind: ProgramKind, env: NodeJS.ProcessEnv): Promise<void> {
  const dir = unpackedDir(kind);
  const workDir = `${dir}.${process.pid}`;
  for (const folder of ['lists/partial', 'cache/archives/partial', 'root']) {
    mkdirSync(join(workDir, folder), { recursive: true });
  }
  const options = aptOptions(workDir);
  try {
    // One of several sources may be down or foreign: what counts is whether the packages can be had.
    const update = await run('apt-get', [...options, 'update'], env);
    const failure = await download(PACKAGES[kind], options, env);
    if (failure !== null) throw new Error(lastLines(`${update.code === 0 ? '' : update.output}\n${failure}`));
    await unpack(join(workDir, 'cache', 'archives'), join(workDir, 'root'), env);
    if (kind === 'browser') writeFileSync(join(workDir, 'root', FONTS_CONF), fontsConf(dir));
    await rm(dir, { recursive: true, force: true });
    renameSync(join(workDir, 'root'), dir);
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** fontconfig's file: its own would lead to /usr/share/fonts and /etc/fonts, where a bare machine has nothing. */
const fontsConf = (dir: string): string => `<?xml version="1.0"?>
<fontconfig>
  <dir>${join(dir, 'usr/share/fonts')}</dir>
  <cachedir>${join(dir, 'fonts-cache')}</cachedir>
</fontconfig>
`;

/** Lists, cache and locks of our own; packages and their sources are the machine's. */
function aptOptions(workDir: string): string[] {
  return [
    `Dir::State::lists=${join(workDir, 'lists')}`,
    `Dir::Cache=${join(workDir, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::Retries=3',
    'Debug::NoLocking=1',
    // Root's downloads go through the user _apt, who may not enter a checkout.
    ...(process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []),
  ].flatMap((option) => ['-o', option]);
}

/** Null when one of the choices was downloaded, else apt's answer to the first. */
async function download(
  choices: readonly (readonly string[])[],
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | null> {
  let firstOutput: string | null = null;
  for (const packages of choices) {
    const { code, output } = await run(
      'apt-get',
      [...options, '--yes', '--no-install-recommends', '--reinstall', '--download-only', 'install', ...packages],
      env,
    );
    if (code === 0) return null;
    firstOutput ??= output;
  }
  return firstOutput;
}

async function unpack(archivesDir: string, rootDir: string, env: NodeJS.ProcessEnv): Promise<void> {
  for (const name of readdirSync(archivesDir).filter((file) => file.endsWith('.deb'))) {
    const { code, output } = await run('dpkg', ['-x', join(archivesDir, name), rootDir], env);
    if (code !== 0) throw new Error(output);
  }
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-10).join('\n');
}
