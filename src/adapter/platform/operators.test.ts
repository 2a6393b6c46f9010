import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../gen/wallet/v1/operators_pb.ts';
import { createOperators, type Operators } from './operators.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

let operators: Operators | undefined;
afterEach(() => operators?.stop());

function credential(operatorId: string, secret: string, allowlist: string[] = []): Credential {
  return { $typeName: 'wallet.v1.Credential', operatorId, secret, currencies: ['EUR'], allowlist };
}

/** What the wallet has; a test changes it. */
function start(listCredentials: () => Promise<Credential[]>, refreshMs = 60_000): Operators {
  operators = createOperators({ listCredentials, refreshMs, log: pino({ level: 'silent' }) });
  return operators;
}

describe('operators', () => {
  it('start once the wallet has told them, however often it has to be asked', async () => {
    let calls = 0;
    const known = start(async () => {
      calls++;
      if (calls < 3) throw new Error('away');
      return [credential('a', 's')];
    });
    await known.start();
    expect(calls).toBe(3);
    expect(known.find('a')?.operatorId).toBe('a');
    expect(known.find('b')).toBeUndefined();
    expect(known.find('__proto__')).toBeUndefined();
  });

  it('are read anew, and what did not change is kept', async () => {
    const credentials = [credential('a', 's'), credential('b', 's')];
    const known = start(async () => credentials, 10);
    await known.start();
    const before = { a: known.find('a'), b: known.find('b') };
    credentials[1] = credential('b', 'another');
    credentials.push(credential('c', 's'));
    await expect.poll(() => known.find('c')?.operatorId, PATIENCE).toBe('c');
    expect(known.find('a')).toBe(before.a);
    expect(known.find('b')).not.toBe(before.b);
  });

  it('are the last known ones while the wallet is away', async () => {
    let isAway = false;
    const known = start(async () => {
      if (isAway) throw new Error('away');
      return [credential('a', 's')];
    });
    await known.start();
    isAway = true;
    await known.refresh();
    expect(known.find('a')?.operatorId).toBe('a');
  });

  it('are read once for all who wait', async () => {
    let calls = 0;
    const known = start(async () => {
      calls++;
      return [];
    });
    await known.start();
    await Promise.all(Array.from({ length: 100 }, () => known.refresh()));
    expect(calls).toBe(2);
  });

  it('leave out an operator whose allowlist is not understood', async () => {
    const known = start(async () => [credential('a', 's', ['10.0.0.0/99']), credential('b', 's', ['10.0.0.0/8'])]);
    await known.start();
    expect(known.find('a')).toBeUndefined();
    expect(known.find('b')?.allowlist.allows('10.1.1.1')).toBe(true);
  });
});
