// node scripts/make-env.mjs: writes .env from .env.example, with random secrets where that leaves them empty. In a .env that is there already
// nothing is changed; secrets that it lacks, because it was made by an earlier version, are added.
// Plain JavaScript without packages: it has to run where nothing else does yet.
import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(rootDir, '.env');
const example = readFileSync(join(rootDir, '.env.example'), 'utf8');
const withSecret = (name) => `${name}=${randomBytes(32).toString('hex')}`;
const filled = example.replaceAll(/^([A-Z_]+)=$/gm, (_, name) => withSecret(name));
try {
  writeFileSync(file, filled, { mode: 0o600, flag: 'wx' });
  console.log('.env is written');
} catch (error) {
  if (error.code === 'EEXIST') addMissing();
  else {
    console.error(error.message);
    process.exitCode = 1;
  }
}

function addMissing() {
  const present = readFileSync(file, 'utf8');
  const missing = [...example.matchAll(/^([A-Z_]+)=$/gm)]
    .map(([, name]) => name)
    .filter((name) => !new RegExp(`^\\s*(export\\s+)?${name}\\s*=`, 'm').test(present));
  if (missing.length === 0) {
    console.log('.env is there already: it stays as it is');
    return;
  }
  const lines = missing.map((name) => `${withSecret(name)}\n`).join('');
  appendFileSync(file, `${present === '' || present.endsWith('\n') ? '' : '\n'}${lines}`);
  console.log(`.env is there already; added: ${missing.join(', ')}`);
}
