// What `npm start`, `npm test` and the other npm scripts run first: `node scripts/bootstrap.mjs SCRIPT.ts ARG…`
// makes sure of Node 24 and of the npm packages, and hands over to SCRIPT.ts. Plain JavaScript for any Node from 20.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchNode24, findNode24, PINNED_NODE } from './node24.mjs';
import { runNpm } from './npm.mjs';
import { step } from './terminal.mjs';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);

try {
  const node =
    findNode24() ??
    (await step(
      `Node ${PINNED_NODE}, because this machine's is ${process.versions.node}: into .data/node, once`,
      fetchNode24,
    ));
  if (!packagesAreCurrent()) await step('npm packages from package-lock.json', () => installPackages(node));
  linkCommand();
  handOver(node);
} catch (error) {
  console.error(`\n${error.message}`);
  process.exit(1);
}

/**
 * npm keeps what it installed in node_modules/.package-lock.json, written last. Packages are current where that is what
 * package-lock.json asks for, less what is optional (other machines' binaries).
 */
function packagesAreCurrent() {
  const installedFile = join(rootDir, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = JSON.parse(readFileSync(join(rootDir, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedFile, 'utf8')).packages;
  const isSame = (path) => installed[path]?.version === wanted[path]?.version;
  return (
    Object.keys(wanted).every((path) => path === '' || isSame(path) || (wanted[path].optional && !installed[path])) &&
    Object.keys(installed).every(isSame)
  );
}

/** No package's install script is needed: what they fetch or build has a ready-made copy or a fallback. */
async function installPackages(node) {
  const { code, output } = await runNpm(
    ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: rootDir, node },
  );
  if (code !== 0) throw new Error(`npm ci failed:\n${output}`);
}

/** npm links the commands of packages, not the project's own: this makes `npx croupier` find it. */
function linkCommand() {
  const link = join(rootDir, 'node_modules', '.bin', 'croupier');
  if (existsSync(link)) return;
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'bin', 'croupier.mjs'), link);
}

/** Signals are passed on; the script decides what they mean, and its exit code is ours. */
function handOver(node) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(rootDir, script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
