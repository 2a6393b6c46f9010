import { expect, test } from 'vitest';
import { pictureUrl } from './picture.ts';

const URL_OF = 'https://media.example/a.png';
const thumbnails = (value: unknown) => ({ details: { thumbnails: value } });

test.each<[string, Record<string, unknown>, string]>([
  ['the only one', thumbnails({ '300x300': URL_OF }), URL_OF],
  ['the largest', thumbnails({ '90x90': `${URL_OF}?1`, '300X300': URL_OF, '100x100': `${URL_OF}?2` }), URL_OF],
  ['the largest that can be used', thumbnails({ '900x900': 'http://media.example/b.png', '9x9': URL_OF }), URL_OF],
  ['one of no size', thumbnails({ small: URL_OF }), URL_OF],
  ['a list', thumbnails([URL_OF]), ''],
  ['one alone', thumbnails(URL_OF), URL_OF],
  ['another name', { details: { thumbnail: URL_OF } }, URL_OF],
  ['another name beside the details', { image: URL_OF }, URL_OF],
  ['an icon', { details: { icon: URL_OF } }, URL_OF],
  ['on this machine', thumbnails({ a: 'http://127.0.0.1:8070/a.png' }), 'http://127.0.0.1:8070/a.png'],
  ['in plain text', thumbnails({ a: 'http://media.example/a.png' }), ''],
  ['a script', thumbnails({ a: 'javascript:alert(1)' }), ''],
  ['data', thumbnails({ a: 'data:image/png;base64,AAAA' }), ''],
  ['with credentials', thumbnails({ a: 'https://user:password@media.example/a.png' }), ''],
  ['relative', thumbnails({ a: '/a.png' }), ''],
  ['a blank in the host', thumbnails({ a: 'https://mediaapihost.com /359/a.png' }), ''],
  ['too long', thumbnails({ a: `https://media.example/${'a'.repeat(480)}` }), ''],
  ['too long once it is encoded', thumbnails({ a: `https://media.example/${'я'.repeat(100)}` }), ''],
  ['of another type', thumbnails({ a: 5, b: null, c: {} }), ''],
  ['no details', {}, ''],
  ['details of another type', { details: 'none' }, ''],
])('a picture: %s', (_, entry, expected) => {
  expect(pictureUrl(entry)).toBe(expected);
});

test('no character of a URL leaves its attribute', () => {
  expect(pictureUrl(thumbnails({ a: 'https://media.example/"><script>' }))).toBe(
    'https://media.example/%22%3E%3Cscript%3E',
  );
});
