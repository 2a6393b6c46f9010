import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RemoteError } from '../../src/adapter/outbound/remote-error.ts';
import { readEnvelope, readResult } from '../../src/adapter/stargame/remote/answer.ts';
import { readGameList } from '../../src/adapter/stargame/remote/games.ts';
import type { Operation } from '../../src/adapter/stargame/remote/operation.ts';
import { OPERATIONS, type OperationName } from '../../src/adapter/stargame/remote/operations/index.ts';
import { packet } from './counterparty.ts';
import { ANSWERS } from './golden-answers.ts';

const operations: Record<string, Operation> = OPERATIONS;
const SECRETS = ['sdf55yhh', '31003sdfds', 'fxa445', '4454599', 'somecode'];

/** Reads an answer as a call does; what comes of it, or the RemoteError. Anything else that is thrown is a fault. */
function read(name: string, body: Buffer): unknown {
  const operation = operations[name];
  if (operation === undefined) throw new Error(name);
  const asked = { request: {}, secret: 'secret', secrets: SECRETS };
  try {
    return readResult(operation, asked, readEnvelope(operation, asked, body, 'warn'), 'warn').result;
  } catch (error) {
    if (error instanceof RemoteError && error.kind === 'malformed') return error;
    throw error;
  }
}

const files = (Object.keys(ANSWERS) as OperationName[]).flatMap((name) =>
  Object.keys(ANSWERS[name]).map((file) => [name, file] as const),
);

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '<',
    '>',
    '&',
    '/',
    '"',
    "'",
    ']]>',
    '<![CDATA[',
    '<!--',
    '-->',
    '<?x?>',
    '<!DOCTYPE a>',
    '&lt;',
    '&#65;',
    '&x;',
    '<__proto__>',
    '</__proto__>',
    '<constructor/>',
    '<password>',
    '\u0000',
    '\ufeff',
    '%',
    '+',
    '{',
    '}',
    '[',
  ),
);

test.each(files)(
  '%s, %s: however it is damaged, it is an answer or a malformed one, and no secret shows',
  async (name, file) => {
    const whole = await readFile(join(import.meta.dirname, 'golden', name, `${file}.xml`), 'utf8');
    const damage = fc.record({ at: fc.nat(whole.length), cut: fc.nat(40), put: piece, wrapped: fc.boolean() });
    fc.assert(
      fc.property(damage, ({ at, cut, put, wrapped }) => {
        const damaged = whole.slice(0, at) + put + whole.slice(at + cut);
        const result = read(name, Buffer.from(wrapped ? packet(damaged) : damaged));
        if (!(result instanceof RemoteError)) return;
        for (const secret of SECRETS) {
          expect(result.message).not.toContain(secret);
          expect(result.raw).not.toContain(secret);
        }
      }),
      { numRuns: 150 },
    );
  },
);

test('bytes of any kind are a malformed answer, and no list of games', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(read('api_get_balance', Buffer.from(bytes))).toBeInstanceOf(RemoteError);
      expect(() => readGameList('remote_games_list', Buffer.from(bytes))).toThrow(RemoteError);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['JSON', '['.repeat(1_000_000)],
  ['JSON objects', '{"a":'.repeat(200_000)],
  ['XML', '<a>'.repeat(1_000_000)],
  ['a form', `reg_xml=PD4=${'&a'.repeat(2_000_000)}`],
  ['XML in base64', Buffer.from('<a>'.repeat(100_000)).toString('base64')],
])('%s nested without end is refused', (_, text) => {
  expect(read('api_get_balance', Buffer.from(text))).toBeInstanceOf(RemoteError);
  expect(() => readGameList('remote_games_list', Buffer.from(text))).toThrow(RemoteError);
});
