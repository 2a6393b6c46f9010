import fc from 'fast-check';
import { unserialize } from 'php-serialize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPacket, writePacket } from '../../src/adapter/stargame/remote/packet.ts';
import { encodeSchedule } from '../../src/adapter/stargame/remote/schedule.ts';
import { logDigest, sign, verify } from '../../src/adapter/stargame/remote/signature.ts';
import { readXml, writeXml } from '../../src/adapter/stargame/remote/xml.ts';
import { type Php, startPhp } from './php.ts';

let php: Php;

beforeAll(async () => {
  php = await startPhp();
});

afterAll(async () => {
  await php[Symbol.asyncDispose]();
});

const RUNS = { numRuns: 200 };

/** What XML can carry, and a parser gives back as it was: a lone CR becomes LF in some. */
const xmlText = fc
  .string({ unit: 'binary', maxLength: 60 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't carry
  .map((text) => text.replace(/[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]/gu, ''));

const day = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

test('signatures of hall and user are what PHP makes of them', async () => {
  await fc.assert(
    fc.asyncProperty(xmlText, xmlText, async (secret, xml) => {
      const expected = await php.call('md5', secret + xml + secret);
      expect(sign('hall', secret, xml)).toBe(expected);
      expect(sign('user', secret, Buffer.from(xml))).toBe(expected);
    }),
    RUNS,
  );
});

test('the signature of an agent is what PHP makes of it', async () => {
  await fc.assert(
    fc.asyncProperty(xmlText, async (password) => {
      expect(sign('agent', password, 'whatever')).toBe(await php.call('base64_encode', password));
    }),
    RUNS,
  );
});

test('no other packet and no other secret has the same signature', () => {
  const type = fc.constantFrom('hall' as const, 'user' as const);
  fc.assert(
    fc.property(type, xmlText, xmlText, xmlText, (kind, secret, xml, other) => {
      const signature = sign(kind, secret, xml);
      expect(verify(kind, secret, xml, signature)).toBe(true);
      expect(verify(kind, secret, xml, signature.toUpperCase())).toBe(true);
      expect(verify(kind, `${secret}x`, xml, signature)).toBe(false);
      expect(verify(kind, secret, xml, signature.slice(1))).toBe(false);
      if (other !== xml) expect(verify(kind, secret, other, signature)).toBe(false);
    }),
  );
});

test('the digest of a game log is what PHP makes of the formula', async () => {
  expect(logDigest('1DF12b3', 1470312323n, '12044')).toBe(await php.call('md5', '1DF12b3147031232312044' + '1DF12b3'));
});

test('a request is what PHP reads it as', async () => {
  await fc.assert(
    fc.asyncProperty(xmlText, async (text) => {
      const xml = writeXml('request', { text });
      const form = new URLSearchParams(writePacket(xml, 'signature'));
      const decoded = await php.call('base64_decode', form.get('reg_xml'));
      expect(decoded).toBe(xml);
      const inner = String(decoded).slice('<request><text>'.length, -'</text></request>'.length);
      expect(inner).not.toMatch(/[<>"']/);
      // ENT_QUOTES | ENT_XML1
      expect(await php.call('html_entity_decode', inner, 3 | 16, 'UTF-8')).toBe(text);
    }),
    RUNS,
  );
});

test('what PHP writes is read as it was', async () => {
  await fc.assert(
    fc.asyncProperty(xmlText, async (text) => {
      const escaped = await php.call('htmlspecialchars', text, 3 | 16, 'UTF-8');
      const xml = `<request><a>${escaped}</a></request>`;
      const packet = readPacket(Buffer.from(String(await php.call('base64_encode', xml))));
      expect(readXml(packet.xml).value).toEqual({ a: text });
    }),
    RUNS,
  );
});

test('XML goes there and back', () => {
  // Without what XML takes for a number of elements of that name, or none.
  const name = fc
    .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
    .filter((text) => !['constructor', 'prototype'].includes(text));
  const fields = fc.dictionary(name, fc.oneof(xmlText, fc.dictionary(name, xmlText, { minKeys: 1, maxKeys: 4 })), {
    minKeys: 1,
    maxKeys: 6,
  });
  fc.assert(
    fc.property(fields, (given) => {
      expect(readXml(writeXml('request', given))).toEqual({ root: 'request', value: { ...given } });
    }),
  );
});

test('a schedule is what PHP serializes, types and order included', async () => {
  const interval = fc.constantFrom(10, 30, 60, 120, 180, 360, 1140, 2880);
  const once = fc.record({
    dateFrom: day,
    hours: fc.integer({ min: 0, max: 24 }),
    minutes: fc.integer({ min: 0, max: 59 }),
    interval,
  });
  const regular = fc.record({ dateFrom: day, dateTo: day, interval });
  await fc.assert(
    fc.asyncProperty(fc.oneof(once, regular), async (schedule) => {
      const inPhp =
        'dateTo' in schedule
          ? { dateFrom: schedule.dateFrom, dateTo: schedule.dateTo, interval: schedule.interval }
          : {
              dateFrom: schedule.dateFrom,
              hours: String(schedule.hours),
              minutes: String(schedule.minutes),
              interval: schedule.interval,
            };
      const encoded = encodeSchedule(schedule);
      expect(encoded).toBe(await php.call('base64_encode', await php.call('serialize', inPhp)));
      const text = Buffer.from(encoded, 'base64').toString('utf8');
      expect(await php.call('unserialize', text)).toEqual(inPhp);
      expect(unserialize(text)).toEqual(inPhp);
    }),
    { numRuns: 100 },
  );
});
