#!/usr/bin/env node
// The command line is TypeScript for Node 24; this launcher runs on any Node from 20 and finds one that can run it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode24 } from '../scripts/node24.mjs';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const node = findNode24();
if (node === null || !existsSync(join(rootDir, 'node_modules', '.package-lock.json'))) {
  console.error(
    node === null
      ? `croupier needs Node 24 or later; this is ${process.versions.node}. Run \`npm start\` once: it fetches one.`
      : 'npm packages are missing. Run `npm start` once, or `npm ci`.',
  );
  process.exit(1);
}

// What a running `npm start` wrote down (where its wallet listens) comes after the user's own settings.
loadEnv('.env');
loadEnv(join(process.env.CROUPIER_DATA_DIR || '.data', 'env'));

const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', join(rootDir, 'src', 'cli', 'main.ts'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

function loadEnv(file) {
  const path = resolve(rootDir, file);
  if (existsSync(path)) process.loadEnvFile(path);
}
