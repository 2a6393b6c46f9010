import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parsePasswordHash, verifyPassword } from '../../src/common/password-hash.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const hashPassword = ['ops', 'hash-password'];

test.each([
  ['as it is', 'correct horse battery', 'correct horse battery'],
  ['with the end of its line', 'correct horse battery\n', 'correct horse battery'],
  ['with spaces that are its own', ' correct horse \r\n', ' correct horse '],
])('a password is read from stdin %s', async (_, input, password) => {
  const line = execFileSync(process.execPath, [MAIN, ...hashPassword, '--user', 'jane'], { input, encoding: 'utf8' });
  const [name, text = ''] = line.trimEnd().split(':');
  expect(name).toBe('jane');
  expect(line).not.toContain('horse');
  const hash = parsePasswordHash(text);
  expect(hash !== null && (await verifyPassword(password, hash))).toBe(true);
});

test.each([
  ['too short', [], 'elevenchars', 1, 'at least 12 characters'],
  ['no name', ['--user', 'jane:doe'], 'correct horse battery', 2, '--user'],
])('%s is refused', (_, args, input, code, message) => {
  const run = spawnSync(process.execPath, [MAIN, ...hashPassword, ...args], { input, encoding: 'utf8' });
  expect(run).toMatchObject({ status: code, stdout: '', stderr: expect.stringContaining(message) });
});
