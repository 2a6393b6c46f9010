import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSecretBox, parseKey, SecretError } from './secrets.ts';

const KEY = randomBytes(32);
const OTHER_KEY = randomBytes(32);

describe('createSecretBox', () => {
  it('opens what it sealed, and seals differently each time', () => {
    const box = createSecretBox(KEY);
    const [first, second] = [box.seal('secret_key', 'a'), box.seal('secret_key', 'a')];
    expect(box.open(first, 'a')).toBe('secret_key');
    expect(box.open(second, 'a')).toBe('secret_key');
    expect(first.equals(second)).toBe(false);
    expect(first.includes('secret_key')).toBe(false);
  });

  it('refuses a secret of another owner', () => {
    const box = createSecretBox(KEY);
    expect(() => box.open(box.seal('secret_key', 'a'), 'b')).toThrow(SecretError);
  });

  it('refuses every altered byte, and what is cut', () => {
    const box = createSecretBox(KEY);
    const sealed = box.seal('secret_key', 'a');
    for (let index = 0; index < sealed.length; index += 1) {
      const altered = Buffer.from(sealed);
      altered.writeUInt8(altered.readUInt8(index) ^ 1, index);
      expect(() => box.open(altered, 'a'), `byte ${index}`).toThrow(SecretError);
    }
    expect(() => box.open(sealed.subarray(0, 20), 'a')).toThrow(SecretError);
    expect(() => box.open(sealed.subarray(0, -1), 'a')).toThrow(SecretError);
  });

  it('refuses what an unknown key sealed', () => {
    const sealed = createSecretBox(OTHER_KEY).seal('secret_key', 'a');
    expect(() => createSecretBox(KEY).open(sealed, 'a')).toThrow('a key that is not configured');
  });

  it('reads what the previous key sealed, and seals with the current one', () => {
    const before = createSecretBox(OTHER_KEY);
    const box = createSecretBox(KEY, OTHER_KEY);
    const old = before.seal('secret_key', 'a');
    expect(box.open(old, 'a')).toBe('secret_key');
    expect(box.isCurrent(old)).toBe(false);
    const sealed = box.seal('secret_key', 'a');
    expect(box.isCurrent(sealed)).toBe(true);
    expect(() => before.open(sealed, 'a')).toThrow(SecretError);
  });
});

describe('parseKey', () => {
  it('takes 32 bytes as base64 or hex', () => {
    expect(parseKey(KEY.toString('hex'))).toEqual(KEY);
    expect(parseKey(KEY.toString('hex').toUpperCase())).toEqual(KEY);
    expect(parseKey(KEY.toString('base64'))).toEqual(KEY);
  });

  it.each([
    ['nothing', ''],
    ['31 bytes', randomBytes(31).toString('base64')],
    ['33 bytes', randomBytes(33).toString('base64')],
    ['31 bytes as hex', randomBytes(31).toString('hex')],
    ['other characters', `${'!'.repeat(43)}=`],
  ])('refuses %s', (_, text) => {
    expect(parseKey(text)).toBeNull();
  });
});
