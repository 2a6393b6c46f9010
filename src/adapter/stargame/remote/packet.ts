/** A packet as it came: the XML's very bytes, which the signature is made of, and their text. */
export type Packet = { bytes: Buffer; xml: string; signature: string | null };

/** What is no packet; the message never has its text. */
export class PacketError extends Error {
  /** What came, for whoever has to look: decoded as far as it could be, and else without base64, in which secrets can't be found. */
  readonly raw: string;

  constructor(message: string, raw: string) {
    super(message);
    this.name = 'PacketError';
    this.raw = raw;
  }
}

/** For text that nothing else is known of: what stands in base64 could be a whole packet. */
export const withoutBase64 = (text: string): string => text.replace(/[A-Za-z0-9+/]{24,}={0,2}/g, '[base64]');

/** StarGame, General API workflow, step 3: the body of a request, application/x-www-form-urlencoded. */
export function writePacket(xml: string, signature: string): string {
  return new URLSearchParams({ reg_xml: Buffer.from(xml).toString('base64'), reg_sign: signature }).toString();
}

/**
 * "A base64 format encoded XML packet and the packet signature": the document doesn't say how they come together. Read are form
 * fields reg_xml and reg_sign, a JSON object of the two, bare base64, and bare XML. Throws a PacketError.
 */
export function readPacket(body: Buffer): Packet {
  const text = utf8(body)
    .replace(/^\ufeff/, '')
    .trim();
  if (text === '') throw new PacketError('is empty', '');
  if (text.startsWith('<')) return { bytes: Buffer.from(text), xml: text, signature: null };
  if (text.startsWith('{')) return fromJson(text);
  if (/(^|&)reg_xml=/.test(text)) return fromForm(text);
  return fromBase64(text, null);
}

function fromJson(text: string): Packet {
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    throw new PacketError('is not JSON', withoutBase64(text));
  }
  if (typeof fields !== 'object' || fields === null || !('reg_xml' in fields) || typeof fields.reg_xml !== 'string') {
    throw new PacketError('has no reg_xml', withoutBase64(text));
  }
  const signature = 'reg_sign' in fields && typeof fields.reg_sign === 'string' ? fields.reg_sign : null;
  return fromBase64(fields.reg_xml, signature);
}

/** A form of a packet has two fields. URLSearchParams takes minutes for millions of them. */
const MAX_FORM_FIELDS = 16;

function fromForm(text: string): Packet {
  if (text.split('&', MAX_FORM_FIELDS + 1).length > MAX_FORM_FIELDS) {
    throw new PacketError('has too many fields', withoutBase64(text));
  }
  const fields = new URLSearchParams(text);
  // A "+" of base64 that was not encoded has become a blank.
  const plus = (value: string): string => value.replaceAll(' ', '+');
  const signature = fields.get('reg_sign');
  return fromBase64(plus(fields.get('reg_xml') ?? ''), signature === null ? null : plus(signature));
}

function fromBase64(text: string, signature: string | null): Packet {
  const base64 = text.replace(/\s+/g, '');
  if (base64 === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    throw new PacketError('is not base64', withoutBase64(text));
  const bytes = Buffer.from(base64, 'base64');
  return { bytes, xml: utf8(bytes), signature: signature?.trim() || null };
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PacketError('is not UTF-8', bytes.toString('latin1'));
  }
}
