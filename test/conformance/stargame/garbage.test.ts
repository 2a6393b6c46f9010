import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addHall, type Chain, operatorOf, PATH_SECRET, startChain } from './chain.ts';
import { createState, type State } from './state.ts';

const HALL = '6001';
const PATH = `/stargame/${HALL}/${PATH_SECRET}`;

let chain: Chain;
let state: State;

beforeAll(async () => {
  chain = await startChain({}, async (grpc) => {
    await addHall(grpc, HALL);
    state = createState(grpc, operatorOf(HALL), HALL);
    await state.apply({ player: '117', balance: 10_000 });
  });
});

afterAll(() => chain.stop());

/** Whatever came, nothing of it moved or was stored, and nothing broke. */
async function expectUnharmed(): Promise<void> {
  expect(await state.rows('117')).toEqual([]);
  expect(await state.balanceUnits('117')).toBe(10_000n);
  const faults = [...chain.adapter.logs(), ...chain.wallet.logs()].filter(({ level }) => Number(level) >= 50);
  expect(faults).toEqual([]);
}

/** As a browser would escape it, so that it can be sent at all. */
const escaped = (text: string): string => encodeURIComponent(text.toWellFormed());

const weird = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }).map(escaped),
  fc.constantFrom(
    '-1',
    '1e3',
    '0x1',
    '1.5',
    '%',
    '%zz',
    '%00',
    '%ff%fe',
    '__proto__',
    '1;1',
    '1#2',
    '18446744073709551616',
  ),
  fc.integer({ min: 19, max: 2_000 }).map((length) => '9'.repeat(length)),
);

const isFail = (text: string): boolean => (JSON.parse(text) as { status: unknown }).status === 'fail';

describe('StarGame: garbage', () => {
  it('in a parameter that counts is answered with fail', async () => {
    const good = { cmd: 'writeBet', uid: '117', bet: '1', win: '0' };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('cmd', 'uid', 'bet', 'win'), weird, async (name, value) => {
        const isAmount = /^[0-9]{1,18}$/.test(decodeURIComponentSafely(value));
        fc.pre(!(isAmount && (name === 'bet' || name === 'win')));
        const query = Object.entries({ ...good, [name]: value }).map((pair) => pair.join('='));
        const { status, text } = await chain.get(`${PATH}?${query.join('&')}`);
        expect(status).toBe(200);
        expect(isFail(text)).toBe(true);
      }),
      { numRuns: 300 },
    );
    await expectUnharmed();
  });

  it('beside them is ignored', async () => {
    await fc.assert(
      fc.asyncProperty(weird, weird, async (name, value) => {
        fc.pre(!['cmd', 'uid', 'bet', 'win'].includes(decodeURIComponentSafely(name)) && !/[#&]/.test(name + value));
        const { text } = await chain.get(`${PATH}?${name}=${value}&cmd=getBalance&uid=117&${name}`);
        expect(text).toContain('"cash":10000,');
      }),
      { numRuns: 200 },
    );
    await expectUnharmed();
  });

  it('in the path gets 403 or 404', async () => {
    const part = fc.oneof(weird, fc.constantFrom(HALL, '..', '.', ''));
    await fc.assert(
      fc.asyncProperty(part, part, async (hallId, pathSecret) => {
        const path = `/stargame/${hallId}/${pathSecret}`.replaceAll('#', '');
        const { status, text } = await chain.get(`${path}?cmd=writeBet&uid=117&bet=1&win=0`);
        expect([403, 404]).toContain(status);
        expect(text).toBe('');
      }),
      // Each waits for the halls to be read anew.
      { numRuns: 30 },
    );
    await expectUnharmed();
  });

  it('of any bytes breaks nothing', async () => {
    const line = `GET ${PATH}?cmd=getBalance&uid=117 HTTP/1.1\r\nHost: x\r\n\r\n`;
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const bytes = Buffer.from(line);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        await exchange(Buffer.concat([bytes, Buffer.from('\r\n\r\n')]));
      }),
      { numRuns: 200 },
    );
    await expectUnharmed();
    expect((await chain.get(`${PATH}?cmd=getBalance&uid=117`)).text).toContain('"cash":10000,');
  });
});

/** Sends bytes and the end of the connection; resolves when the adapter has closed its side. */
function exchange(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(chain.adapter.port, '127.0.0.1');
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.end(bytes);
  });
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
