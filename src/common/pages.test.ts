import { describe, expect, it } from 'vitest';
import { cutPage, keyNumber, pageKey, pageToken } from './pages.ts';

describe('page tokens', () => {
  it('carry a key there and back', () => {
    expect(pageKey(pageToken(['a|b', 'Jürgen']), 2)).toEqual(['a|b', 'Jürgen']);
    expect(pageKey('', 2)).toBeNull();
  });

  it.each([
    'x',
    pageToken(['one']),
    Buffer.from('{"length":2}').toString('base64url'),
    Buffer.from('[1,2]').toString('base64url'),
  ])('that are not of this list are refused: %s', (token) => {
    expect(() => pageKey(token, 2)).toThrow('page_token: ');
  });

  it('hold numbers as digits only', () => {
    expect(keyNumber('1700000000000')).toBe(1_700_000_000_000n);
    for (const part of ['', '-1', '1.5', '1e3', '9'.repeat(19), undefined]) {
      expect(() => keyNumber(part)).toThrow('page_token: ');
    }
  });
});

describe('cutPage', () => {
  const keyOf = (row: string): string[] => [row];

  it('gives a token where there is more', () => {
    const { page, nextPageToken } = cutPage(['a', 'b', 'c'], 2, keyOf);
    expect(page).toEqual(['a', 'b']);
    expect(pageKey(nextPageToken, 1)).toEqual(['b']);
  });

  it.each([[['a', 'b']], [['a']], [[]]])('gives none on the last page: %j', (rows) => {
    expect(cutPage(rows, 2, keyOf)).toEqual({ page: rows, nextPageToken: '' });
  });
});
