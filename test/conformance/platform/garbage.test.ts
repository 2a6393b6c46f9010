import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PlatformAnswer, type PlatformClient, requestBody, sha1 } from '../../harness/platform.ts';
import { bet, cancel, finishround, win } from './case.ts';
import { type Chain, SECRET, startChain } from './chain.ts';
import { createState, type State } from './state.ts';

const OPERATOR = 'garbage';
const TIME = '2020-12-01 13:44:54';
const COMMANDS = ['authenticate', 'balance', 'changebalance', 'status', 'cancel', 'finishround'];

let chain: Chain;
let platform: PlatformClient;
let state: State;

beforeAll(async () => {
  chain = await startChain();
  platform = await chain.addOperator(OPERATOR);
  state = createState(chain.grpc, OPERATOR, 1);
  await state.apply({ player: '611', balance: '100.00' });
});

afterAll(() => chain.stop());

/** Whatever came, nothing of it moved or was stored, and nothing broke. */
async function expectUnharmed(): Promise<void> {
  expect(await state.countRows('611')).toBe(0);
  expect(await state.balanceUnits('611')).toBe(10_000n);
  expect((await platform.get('/platform/ping')).text).toBe('PONG');
  const faults = [...chain.adapter.logs(), ...chain.wallet.logs()].filter(({ level }) => Number(level) >= 50);
  expect(faults).toEqual([]);
}

function post(command: string, body: string | Buffer): Promise<PlatformAnswer> {
  const headers = { 'x-operator-id': OPERATOR, 'x-authorization': sha1(command + SECRET) };
  return platform.post(`/platform/${command}`, body, headers);
}

type Refusal = { status: string; response_timestamp: string; hash: string; data: Record<string, string> };

/** Read from behind the echo, which nests deeper than a careless reader can follow. */
function refusalOf(answer: PlatformAnswer): Refusal {
  const tail = answer.text.slice(answer.text.lastIndexOf('"response":{'));
  return (JSON.parse(`{${tail}`) as { response: Refusal }).response;
}

/** A signed refusal, or one of the two statuses that are not 200. */
function expectRefusal(answer: PlatformAnswer): void {
  if (answer.status === 403 || answer.status === 413) return;
  expect(answer.status).toBe(200);
  const refusal = refusalOf(answer);
  expect(refusal.status).toBe('ERROR');
  expect(refusal.hash).toBe(sha1(`ERROR${refusal.response_timestamp}${SECRET}`));
  expect(refusal.data.error_code).toMatch(/^OP_(20|21|34|41|49|50)$/);
}

const signed = (command: string, data: string): string =>
  requestBody(command, TIME, sha1(command + TIME + SECRET), data);

const BUILDERS = { changebalance: win, cancel, finishround };

const command = fc.constantFrom(...COMMANDS);

/** JSON text that no field takes; described by little, so that a failure can be read. */
const weird = fc.oneof(
  fc.jsonValue().map((value) => ({ text: JSON.stringify([value]), times: 1 })),
  fc.record({
    text: fc.constantFrom('1e999', '-1e999', '-0', '1e-999', '18446744073709551616.5', '"\\u0000"', '"|"', '"\\ud800"'),
    times: fc.constant(1),
  }),
  fc.record({ text: fc.constantFrom('[', '{', '"', '9'), times: fc.integer({ min: 80, max: 10_000 }) }),
  fc.constant({ text: '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}', times: 1 }),
);

function weirdJson({ text, times }: { text: string; times: number }): string {
  if (text === '[') return '['.repeat(times) + ']'.repeat(times);
  if (text === '{') return `${'{"a":'.repeat(times)}1${'}'.repeat(times)}`;
  if (text === '"') return JSON.stringify('x'.repeat(times));
  return text.repeat(times);
}

describe('PLATFORM: garbage', () => {
  it('of any bytes is refused', async () => {
    const anyBytes = fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes));
    const anyText = fc.string({ unit: 'binary', maxLength: 2_000 }).map((text) => Buffer.from(text));
    const anyJson = fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value)));
    const tooMuch = fc.integer({ min: 60_000, max: 200_000 }).map((length) => Buffer.alloc(length, '['));
    const body = fc.oneof(anyBytes, anyText, anyJson, tooMuch);
    await fc.assert(
      fc.asyncProperty(command, body, async (name, bytes) => expectRefusal(await post(name, bytes))),
      { numRuns: 300 },
    );
    await expectUnharmed();
  });

  it('in any field of a signed request is refused, by name', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('changebalance', 'cancel', 'finishround'),
        fc.nat(),
        weird,
        async (name, index, value) => {
          const data = BUILDERS[name];
          const fields = Object.keys(JSON.parse(data())).filter((field) => field !== 'context');
          const field = fields[index % fields.length] ?? '';
          const answer = await post(name, signed(name, data({ [field]: weirdJson(value) })));
          expectRefusal(answer);
          expect(refusalOf(answer).data).toMatchObject({
            error_code: 'OP_49',
            error_message: expect.stringContaining(field),
          });
        },
      ),
      { numRuns: 500 },
    );
    await expectUnharmed();
  });

  it('beside the fields, and members that occur twice, break nothing', async () => {
    const name = fc.oneof(
      fc.constantFrom('__proto__', 'constructor', 'toString', 'hash', 'data', ''),
      fc.string({ unit: 'binary' }),
    );
    // A bet's data are a valid cancel's too, and that would leave a tombstone.
    const notCancel = fc.constantFrom(...COMMANDS.filter((one) => one !== 'cancel'));
    await fc.assert(
      fc.asyncProperty(notCancel, name, weird, fc.boolean(), async (commandName, member, value, atTop) => {
        const extra = `${JSON.stringify(member)}:${weirdJson(value)}`;
        // The session is not open, so that none of these can be a valid bet.
        const data = atTop ? bet() : bet().replace('{', `{${extra},`);
        const body = signed(commandName, data);
        expectRefusal(await post(commandName, atTop ? body.replace('{', `{${extra},`) : body));
      }),
      { numRuns: 300 },
    );
    await expectUnharmed();
  });

  it('made of a good request by changing some of its bytes is refused or means no harm', async () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'insert', 'delete'), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        const bytes = [...Buffer.from(signed('changebalance', bet()))];
        for (const [at, edit, byte] of edits) {
          const index = at % bytes.length;
          if (edit === 'set') bytes[index] = byte;
          else if (edit === 'insert') bytes.splice(index, 0, byte);
          else bytes.splice(index, 1);
        }
        expectRefusal(await post('changebalance', Buffer.from(bytes)));
      }),
      { numRuns: 500 },
    );
    await expectUnharmed();
  });

  it('in the headers gets 403, or no answer that is worse', async () => {
    const value = fc.oneof(
      fc.string({
        unit: fc.constantFrom(...Array.from({ length: 94 }, (_, code) => String.fromCharCode(code + 33))),
        maxLength: 300,
      }),
      fc.constantFrom('__proto__', 'constructor', OPERATOR, sha1(`balance${SECRET}`)),
    );
    await fc.assert(
      fc.asyncProperty(value, value, value, value, async (operator, authorization, forwarded, requestId) => {
        const answer = await platform.post('/platform/balance', signed('balance', '{}'), {
          'x-operator-id': operator,
          'x-authorization': authorization,
          'x-forwarded-for': forwarded,
          'x-req-id': requestId,
        });
        expectRefusal(answer);
      }),
      // Each unknown operator id waits for the operators to be read anew.
      { numRuns: 20 },
    );
    await expectUnharmed();
  });
});
