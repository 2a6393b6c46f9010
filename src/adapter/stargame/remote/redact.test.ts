import { expect, test } from 'vitest';
import { redact } from './redact.ts';

test.each([
  ['<password>hunter2</password><a>1</a>', '<password>[redacted]</password><a>1</a>'],
  ['<user_password><![CDATA[hunter2]]></user_password>', '<user_password>[redacted]</user_password>'],
  ['<Password x="y">hunter2</Password>', '<Password x="y">[redacted]</Password>'],
  ['<hall_secret>hunter2', '<hall_secret>[redacted]'],
  ['{"password": "hunt\\"er2", "a": 1}', '{"password": "[redacted]", "a": 1}'],
  ['{"reg_xml":"hunter2', '{"reg_xml":"[redacted]"'],
  ['a=1&reg_xml=hunter2&reg_sign=hunter2', 'a=1&reg_xml=[redacted]&reg_sign=[redacted]'],
  ['<a href="x?upass=hunter2">', '<a href="x?upass=[redacted]">'],
  ['said: geheim', 'said: [redacted]'],
  [`said: ${Buffer.from('geheim').toString('base64')}`, 'said: [redacted]'],
  ['<user password="hunter2" uid="1"/>', '<user password="[redacted]" uid="1"/>'],
  ["<user password='hunter2'/>", "<user password='[redacted]'/>"],
  ['<s:password>hunter2</s:password>', '<s:password>[redacted]</s:password>'],
  ['<password><![CDATA[hun</x>ter2]]></password>', '<password>[redacted]</password>'],
  ['&lt;password&gt;hunter2&lt;/password&gt;', '&lt;password&gt;[redacted]&lt;/password&gt;'],
  ['{"password":12345,"a":1}', '{"password":"[redacted]","a":1}'],
  ['[user_password] => hunter2\n[reg_sign] => hunter2', '[user_password] => [redacted]\n[reg_sign] => [redacted]'],
])('%s', (text, expected) => {
  expect(redact(text, ['geheim', ''])).toBe(expected);
});

test('a secret is found in XML as well', () => {
  expect(redact('<a>ge&amp;im</a>', ['ge&im'])).toBe('<a>[redacted]</a>');
});

test('what is left is bounded', () => {
  expect(redact('x'.repeat(1_000_000)).length).toBeLessThan(100_000);
});
