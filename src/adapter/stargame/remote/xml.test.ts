import { expect, test } from 'vitest';
import { readXml, writeXml, XmlError } from './xml.ts';

const refusal = (text: string, options = {}): string => {
  try {
    readXml(text, options);
  } catch (error) {
    if (error instanceof XmlError) return error.message;
    throw error;
  }
  return 'taken';
};

test('values are text, whatever they look like', () => {
  const xml = '<a><n>007</n><big>9007199254740993</big><f>1.0</f><b>true</b><e></e><s/><t> x </t></a>';
  expect(readXml(xml).value).toEqual({
    n: '007',
    big: '9007199254740993',
    f: '1.0',
    b: 'true',
    e: '',
    s: '',
    t: ' x ',
  });
});

test('elements of the same name are an array, attributes are dropped unless they are asked for', () => {
  const xml = '<a x="1"><b id="7">1</b>\n<b>2</b><c/></a>';
  expect(readXml(xml)).toEqual({ root: 'a', value: { b: ['1', '2'], c: '' } });
  expect(readXml(xml, { attributes: true }).value).toEqual({
    '@x': '1',
    b: [{ '@id': '7', '#text': '1' }, '2'],
    c: '',
  });
});

test('the five names and numbers are the only references', () => {
  expect(readXml('<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&amp;lt;</a>').value).toBe('<>&"\'AB&lt;');
  expect(readXml('<a><![CDATA[1 < 2 &amp; ]]>&lt;</a>').value).toBe('1 < 2 &amp; <');
  for (const reference of ['&copy;', '&x', '&#0;', '&#xD800;', '&#x110000;', '&#12345678;', '&constructor;']) {
    expect(refusal(`<a><b>${reference}</b></a>`), reference).toMatch(/reference|well-formed/);
  }
});

test('a bare & is itself where it is said so, and nowhere else', () => {
  const xml = '<a><url>http://x/?gameid=1&x=2&amp;y=3</url></a>';
  expect(refusal(xml)).not.toBe('taken');
  expect(readXml(xml, { bareAmpersands: true }).value).toEqual({ url: 'http://x/?gameid=1&x=2&y=3' });
});

const laughs = `<!DOCTYPE lolz [<!ENTITY lol "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i || ''};`.repeat(10)}">`).join('')}]><lolz>&lol9;</lolz>`;

test.each([
  ['a billion laughs', laughs],
  ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['an external DTD', '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>'],
  ['a DTD in small letters', '<!doctype a [<!entity x "y">]><a>&x;</a>'],
  ['a DTD inside', '<a><!DOCTYPE b><b/></a>'],
  ['an entity alone', '<a><!ENTITY x "y"></a>'],
])('%s is refused before it is parsed', (_, xml) => {
  expect(refusal(xml)).toBe('has a DTD or something else that is not allowed');
});

test.each([
  ['nested too deep', `${'<a>'.repeat(200_000)}`],
  ['closed, but nested too deep', `${'<a>'.repeat(30)}${'</a>'.repeat(30)}`],
  ['cut', '<a><b>1</b>'],
  ['crossed', '<a><b></a></b>'],
  ['mistyped as in a sample', '<request><birthDay>02</birtDay></request>'],
  ['of two roots', '<a/><b/>'],
  ['not alone', '<a/>x'],
  ['mixed', '<a>x<b/></a>'],
  ['with a section that does not end', '<a><![CDATA[x</a>'],
  ['empty', ''],
  ['no XML', 'hello'],
  ['a name that is not allowed', '<a><1>x</1></a>'],
])('what is %s is refused', (_, xml) => {
  expect(refusal(xml)).not.toBe('taken');
});

test('too many elements are refused', () => {
  expect(refusal(`<a>${'<b/>'.repeat(2_000_001)}</a>`)).toBe('has too many elements');
});

test('too many references are refused', () => {
  expect(refusal(`<a>${'&amp;'.repeat(100_000)}</a>`)).toBe('taken');
  expect(refusal(`<a>${'&amp;'.repeat(200_001)}</a>`)).toBe('has too many references');
  expect(refusal(`<a>${'&'.repeat(200_001)}</a>`, { bareAmpersands: true })).toBe('has too many references');
  expect(refusal(`<a><![CDATA[${'&'.repeat(200_001)}]]></a>`)).toBe('has too many references');
});

test('no name of an element reaches the prototype', () => {
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    refusal(`<a><${name}><x>1</x></${name}><b>2</b></a>`);
    refusal(`<a><b ${name}="1"/></a>`, { attributes: true });
  }
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

test('a refusal does not quote the document', () => {
  expect(refusal('<a><password>hunter2</passwort></a>')).not.toContain('hunter2');
});

test('fields are written in their order, escaped, and left out where they are undefined', () => {
  expect(writeXml('request', { b: 1, a: 2n, gone: undefined, c: { d: `<&>"'`, e: '' } })).toBe(
    '<request><b>1</b><a>2</a><c><d>&lt;&amp;&gt;&quot;&apos;</d><e></e></c></request>',
  );
});
