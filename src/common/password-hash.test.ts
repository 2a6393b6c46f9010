import { expect, test } from 'vitest';
import { hashPassword, parsePasswordHash, unmatchableHash, verifyPassword } from './password-hash.ts';

test('a password fits its own hash and no other does; the same password twice has two hashes', async () => {
  const text = await hashPassword('correct horse');
  const hash = parsePasswordHash(text);
  if (hash === null) throw new Error('not parsed');
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('correct horsf', hash)).toBe(false);
  expect(await hashPassword('correct horse')).not.toBe(text);
  expect(await verifyPassword('correct horse', unmatchableHash())).toBe(false);
});

test('one password may be typed in two ways that look the same', async () => {
  const hash = parsePasswordHash(await hashPassword('Z\u00fcrichsee-2026'));
  expect(hash !== null && (await verifyPassword('Zu\u0308richsee-2026', hash))).toBe(true);
});

const SALT_AND_HASH = `${'a'.repeat(22)}$${'b'.repeat(43)}`;

test.each([
  ['no hash', ''],
  ['another kind', `bcrypt$16384$8$1$${SALT_AND_HASH}`],
  ['N that is no power of two', `scrypt$16383$8$1$${SALT_AND_HASH}`],
  ['more memory than there should be', `scrypt$4194304$8$1$${SALT_AND_HASH}`],
  ['no salt', `scrypt$16384$8$1$$${'b'.repeat(43)}`],
  ['something behind it', `scrypt$16384$8$1$${SALT_AND_HASH}$x`],
])('%s is refused', (_, text) => {
  expect(parsePasswordHash(text)).toBeNull();
});
