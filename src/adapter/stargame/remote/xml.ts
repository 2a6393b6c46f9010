import XMLBuilder from 'fast-xml-builder';
import { XMLParser } from 'fast-xml-parser';
import type { WireFields, WireValue } from './operation.ts';

/** What an element holds: its text, or its children by name; children of the same name are an array. */
export type XmlValue = string | XmlElement | readonly XmlValue[];
export type XmlElement = { [name: string]: XmlValue };

/** A document that is refused; the message never has its text. */
export class XmlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'XmlError';
  }
}

export type XmlOptions = {
  /** Keeps attributes as children named `@name`; else they are dropped. */
  attributes?: boolean;
  /** Takes an `&` that begins no reference as itself: the document's game lists have such URLs. */
  bareAmpersands?: boolean;
};

const MAX_DEPTH = 16;
const MAX_TAGS = 2_000_000;
/** Reading them takes far more memory than they do: a hundred times in a text that has nothing else. */
const MAX_REFERENCES = 200_000;

const TEXT = '#text';
const ATTRIBUTE = '@';

const common = {
  textNodeName: TEXT,
  attributeNamePrefix: ATTRIBUTE,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // References are read below: five names and numbers, whatever the library makes of others.
  processEntities: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: MAX_DEPTH,
  // Paths as text, which nobody asks for, cost a third of the time.
  jPath: false,
};
const plainParser = new XMLParser({ ...common, ignoreAttributes: true });
const attributeParser = new XMLParser({ ...common, ignoreAttributes: false });

/**
 * The root element of a document, every value as the text that it is. No DTD, no references but to the five predefined names and
 * to characters by number; depth, tags and references are bounded, the size is what the caller has let in. Throws an XmlError.
 */
export function readXml(text: string, options: XmlOptions = {}): { root: string; value: XmlValue } {
  let xml = text.replace(/^\ufeff/, '').trim();
  if (!xml.startsWith('<') || !xml.endsWith('>')) throw new XmlError('is not XML');
  xml = withoutCdata(xml);
  if (/<!(?!--)/.test(xml)) throw new XmlError('has a DTD or something else that is not allowed');
  if (countOf('<', xml, MAX_TAGS) > MAX_TAGS) throw new XmlError('has too many elements');
  if (countOf('&', xml, MAX_REFERENCES) > MAX_REFERENCES) throw new XmlError('has too many references');
  if (options.bareAmpersands) xml = xml.replace(/&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)/g, '&amp;');
  const [[root, node] = [], ...rest] = Object.entries(parse(xml, options.attributes === true));
  if (root === undefined || rest.length > 0) throw new XmlError('has not one root element');
  return { root, value: readNode(node) };
}

function parse(xml: string, attributes: boolean): object {
  try {
    const parsed: unknown = (attributes ? attributeParser : plainParser).parse(xml, true);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // The library's message quotes the document, which may have a password in it.
  }
  throw new XmlError('is not well-formed XML, or nested too deep');
}

/** Sections become text as any other, so that what follows has one kind of it. */
function withoutCdata(xml: string): string {
  const [head = '', ...parts] = xml.split('<![CDATA[');
  // No regular expression: over sections that don't end it would take time that grows with the square of the size.
  const texts = parts.map((part) => {
    const end = part.indexOf(']]>');
    if (end === -1) throw new XmlError('is not well-formed XML');
    const text = part.slice(0, end).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    return text + part.slice(end + 3);
  });
  return head + texts.join('');
}

/** Not further than just above `max`. */
function countOf(character: string, xml: string, max: number): number {
  let count = 0;
  for (let at = xml.indexOf(character); at !== -1 && count <= max; at = xml.indexOf(character, at + 1)) count += 1;
  return count;
}

function readNode(node: unknown): XmlValue {
  if (typeof node === 'string') return withReferences(node);
  if (Array.isArray(node)) return node.map(readNode);
  if (typeof node !== 'object' || node === null) throw new XmlError('is not well-formed XML');
  const element: XmlElement = {};
  let text = '';
  for (const [name, child] of Object.entries(node)) {
    if (name === TEXT) text = String(child);
    else element[name] = readNode(child);
  }
  if (Object.keys(element).length === 0) return withReferences(text);
  // Between elements only blanks; beside attributes text is kept.
  if (Object.keys(element).every((name) => name.startsWith(ATTRIBUTE)))
    return { ...element, [TEXT]: withReferences(text) };
  if (text.trim() !== '') throw new XmlError('has text between elements');
  return element;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

function withReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(#\d{1,7}|#x[0-9a-fA-F]{1,6}|[^;&]*)(;?)/g, (_, name: string, end: string) => {
    const character = name.startsWith('#') ? characterOf(name) : NAMED.get(name);
    if (character === undefined || end === '') throw new XmlError('has a reference that is not allowed');
    return character;
  });
}

function characterOf(name: string): string | undefined {
  const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  const isCharacter =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x1_0000 && code <= 0x10_ffff);
  return isCharacter ? String.fromCodePoint(code) : undefined;
}

const builder = new XMLBuilder({ format: false, processEntities: true, suppressEmptyNode: false });

/** `<root>…</root>` in the order of `fields`, in one line; what is undefined is left out. */
export function writeXml(root: string, fields: WireFields): string {
  return builder.build({ [root]: texts(fields) });
}

function texts(fields: WireFields): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, textOf(value)]),
  );
}

const textOf = (value: WireValue): string | object => (typeof value === 'object' ? texts(value) : String(value));
