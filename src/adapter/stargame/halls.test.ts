import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type HallCredential, HallMode } from '../../gen/wallet/v1/halls_pb.ts';
import { createHalls, type Halls } from './halls.ts';

let halls: Halls | undefined;
afterEach(() => halls?.stop());

function credential(hallId: string, pathSecret: string, allowlist: string[] = []): HallCredential {
  return {
    $typeName: 'wallet.v1.HallCredential',
    hall: {
      $typeName: 'wallet.v1.Hall',
      hallId,
      operatorId: 'casino',
      allowlist,
      timeZone: 'UTC',
      createdAtMs: 0n,
      updatedAtMs: 0n,
      agentId: '',
      mode: HallMode.SEAMLESS,
    },
    secret: 'secret',
    pathSecret,
  };
}

function start(listCredentials: () => Promise<HallCredential[]>): Halls {
  halls = createHalls({ listCredentials, refreshMs: 60_000, log: pino({ level: 'silent' }) });
  return halls;
}

describe('halls', () => {
  it('let in with their own path secret only', async () => {
    const known = start(async () => [credential('1', 'notify'), credential('2', 'other'), credential('3', '')]);
    expect(await known.start()).toBe(true);
    expect(known.admit('1', 'notify')?.operatorId).toBe('casino');
    expect(known.admit('2', 'other')?.hallId).toBe('2');
    for (const pathSecret of ['other', 'notif', 'notify ', 'Notify', '']) {
      expect(known.admit('1', pathSecret)).toBeUndefined();
    }
    expect(known.admit('3', '')).toBeUndefined();
    expect(known.admit('4', 'notify')).toBeUndefined();
    expect(known.admit('__proto__', 'notify')).toBeUndefined();
  });

  it('start also where the wallet can tell of none, and come later', async () => {
    let isAway = true;
    const known = start(async () => {
      if (isAway) throw new Error('away');
      return [credential('1', 'notify')];
    });
    expect(await known.start()).toBe(false);
    isAway = false;
    await known.refresh();
    expect(known.admit('1', 'notify')?.hallId).toBe('1');
    isAway = true;
    await known.refresh();
    expect(known.admit('1', 'notify')?.hallId).toBe('1');
  });

  it('leave out one whose allowlist is not understood', async () => {
    const known = start(async () => [credential('1', 'notify', ['10.0.0.0/99']), credential('2', 'notify', ['::1'])]);
    await known.start();
    expect(known.admit('1', 'notify')).toBeUndefined();
    expect(known.admit('2', 'notify')?.allowlist.allows('::1')).toBe(true);
  });
});
