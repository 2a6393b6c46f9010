import XMLBuilder from 'fast-xml-builder';
import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** Attributes are members whose names begin with `@_`. */
export type XmlFields = { [name: string]: XmlValue };
export type XmlValue = string | number | XmlFields | readonly XmlFields[];

/** A request: its fields, and its groups of fields (`settings`). */
export type Packet = {
  values: ReadonlyMap<string, string>;
  groups: ReadonlyMap<string, ReadonlyMap<string, string>>;
};

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: true, trimValues: true });
const builder = new XMLBuilder({
  format: true,
  indentBy: '\t',
  suppressEmptyNode: false,
  ignoreAttributes: false,
  attributeNamePrefix: '@_',
});

/** Null where `xml` is not a `<request>` of fields and groups of fields, or has a DTD. */
export function parsePacket(xml: string): Packet | null {
  if (/<!DOCTYPE|<!ENTITY/i.test(xml) || XMLValidator.validate(xml) !== true) return null;
  const root: unknown = parser.parse(xml);
  if (!isGroup(root)) return null;
  if (root.request === '') return { values: new Map(), groups: new Map() };
  return isGroup(root.request) ? readPacket(root.request) : null;
}

function readPacket(request: Record<string, unknown>): Packet | null {
  const values = new Map<string, string>();
  const groups = new Map<string, ReadonlyMap<string, string>>();
  for (const [name, value] of Object.entries(request)) {
    if (typeof value === 'string') {
      values.set(name, value);
      continue;
    }
    const group = readGroup(value);
    if (group === null) return null;
    groups.set(name, group);
  }
  return { values, groups };
}

function readGroup(value: unknown): ReadonlyMap<string, string> | null {
  if (!isGroup(value)) return null;
  const group = new Map<string, string>();
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== 'string') return null;
    group.set(name, member);
  }
  return group;
}

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Indented with tabs, as the document's samples. */
export const buildXml = (root: XmlFields): string => builder.build(root).trimEnd();
