import { describe, expect, it } from 'vitest';
import { newPlayerId, newSessionToken } from './ids.ts';

describe('newPlayerId', () => {
  it('is positive, fits a BIGINT and is in order of time', () => {
    const now = newPlayerId(Date.UTC(2026, 0, 1));
    const next = newPlayerId(Date.UTC(2026, 0, 1) + 1);
    const last = newPlayerId(Date.UTC(2248, 0, 1));
    expect(now).toBeGreaterThan(0n);
    expect(next).toBeGreaterThan(now);
    expect(last).toBeLessThan(2n ** 63n);
  });

  it('differs within a millisecond', () => {
    expect(new Set(Array.from({ length: 50 }, () => newPlayerId(0))).size).toBeGreaterThan(1);
  });
});

describe('newSessionToken', () => {
  it('is 32 of all the characters that PLATFORM allows', () => {
    const tokens = Array.from({ length: 500 }, newSessionToken);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(new Set(tokens).size).toBe(500);
    expect(new Set(tokens.join('')).size).toBe(62);
  });
});
