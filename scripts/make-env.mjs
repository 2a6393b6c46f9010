// node scripts/make-env.mjs: writes .env from .env.example, with random secrets where that leaves them empty.
// Plain JavaScript without packages: it has to run where nothing else does yet.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rootDir = dirname(dirname(fileURLToPath(import.meta.url)));
const example = readFileSync(join(rootDir, '.env.example'), 'utf8');
const filled = example.replaceAll(/^([A-Z_]+)=$/gm, (_, name) => `${name}=${randomBytes(32).toString('hex')}`);
try {
  writeFileSync(join(rootDir, '.env'), filled, { mode: 0o600, flag: 'wx' });
  console.log('.env is written');
} catch (error) {
  console.error(error.code === 'EEXIST' ? '.env is there already: it stays as it is' : error.message);
  process.exitCode = error.code === 'EEXIST' ? 0 : 1;
}
