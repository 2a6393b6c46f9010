import { describe, expect, it } from 'vitest';
import { Allowlist } from './allowlist.ts';

describe('Allowlist', () => {
  it('lets all in where it is empty', () => {
    expect(new Allowlist([]).isOpen).toBe(true);
    expect(new Allowlist([]).allows('203.0.113.9')).toBe(true);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.0.0/16', '10.1.255.255', true],
    ['10.1.0.0/16', '10.2.0.0', false],
    ['10.1.0.0/16', '::ffff:10.1.0.9', true],
    ['::ffff:10.1.0.9', '10.1.0.9', true],
    ['::ffff:10.1.0.0/112', '10.1.7.7', true],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/32', '2001:db9::5', false],
    ['::/0', '10.1.2.3', false],
    ['0.0.0.0/0', '10.1.2.3', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.1.2.3', '', false],
    ['10.1.2.3', '10.1.2.3, 10.9.9.9', false],
    ['10.1.2.3', 'unknown', false],
  ])('%s: %s → %s', (entry, address, allowed) => {
    const allowlist = new Allowlist([entry]);
    expect(allowlist.allows(address)).toBe(allowed);
    expect(allowlist.allows(address)).toBe(allowed);
  });

  it('lets in who is in any of its ranges', () => {
    const allowlist = new Allowlist(['10.1.2.3', '192.0.2.0/24']);
    expect(allowlist.allows('192.0.2.77')).toBe(true);
    expect(allowlist.allows('192.0.3.77')).toBe(false);
  });

  it.each(['example.com', '10.0.0.0/33', '10.0.0.0/8/8', ''])('refuses the entry %j', (entry) => {
    expect(() => new Allowlist([entry])).toThrow(RangeError);
  });
});
