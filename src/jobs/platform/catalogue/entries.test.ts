import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ListedGame } from '../../../adapter/platform/client/types.ts';
import { gamesOf, lobbiesOf } from './entries.ts';

const game = (changes: Partial<ListedGame> = {}): ListedGame => ({
  gameId: '1',
  title: 'Book of Keys',
  platform: 'desktop',
  type: 'slots',
  vendor: 'netent',
  enabled: true,
  funMode: true,
  campaigns: false,
  createdOn: '2024-05-10',
  pictureUrl: 'https://media.example.com/1.png',
  body: '{"id":1}',
  ...changes,
});

describe('gamesOf', () => {
  test('an ordinary entry is as it was listed', () => {
    const { gameId, body, ...fields } = game();
    const { entries, leftOut } = gamesOf([game()]);
    expect(entries.get(gameId)).toMatchObject({ fields, body, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(leftOut).toBe(0);
  });

  test('an entry that nothing can hold is left out, and of two with one id the first counts', () => {
    const listing = gamesOf([game(), game({ title: 'again' }), game({ gameId: 'a|b' }), game({ gameId: '' })]);
    expect([...listing.entries.keys()]).toEqual(['1']);
    expect(listing.entries.get('1')?.fields.title).toBe('Book of Keys');
    expect(listing.leftOut).toBe(3);
  });

  test('whatever is listed fits the tables and the wallet, and is the same when it comes back', () => {
    const odd = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: 'grapheme', maxLength: 400 }),
    );
    const lone = fc.constantFrom('\ud800', 'a\udfff', ` ${'😀'.repeat(300)}`, '|', '\u0000x');
    fc.assert(
      fc.property(fc.oneof(odd, lone), fc.oneof(odd, lone), (title, vendor) => {
        const fields = gamesOf([game({ title, vendor })]).entries.get('1')?.fields;
        for (const [value, length] of [
          [fields?.title ?? '', 255],
          [fields?.vendor ?? '', 64],
        ] as const) {
          expect([...value].length).toBeLessThanOrEqual(length);
          expect(value).toBe(value.trim());
          expect(value).not.toMatch(/[\p{Cc}|]/u);
          expect(Buffer.from(value).toString()).toBe(value);
        }
      }),
    );
  });

  test('a picture whose URL is too long is none', () => {
    const pictureUrl = `https://media.example.com/${'a'.repeat(500)}`;
    expect(gamesOf([game({ pictureUrl })]).entries.get('1')?.fields.pictureUrl).toBe('');
  });
});

test('a lobby whose id has space around it is left out: the database would take it for another', () => {
  const lobby = { vendor: 'evolution', pictureUrl: '', body: '{}' };
  const { entries, leftOut } = lobbiesOf([
    { ...lobby, lobbyId: 'evolution game shows' },
    { ...lobby, lobbyId: 'x ' },
    { ...lobby, lobbyId: ' x' },
  ]);
  expect([...entries.keys()]).toEqual(['evolution game shows']);
  expect(leftOut).toBe(2);
});
