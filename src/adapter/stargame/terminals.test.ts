import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Terminal as WalletTerminal } from '../../gen/wallet/v1/halls_pb.ts';
import { createTerminals, type Terminals } from './terminals.ts';

const NOW_MS = 1_000_000_000;

let terminals: Terminals | undefined;
afterEach(() => terminals?.stop());

function terminal(uid: string, overrides: Partial<WalletTerminal> = {}): WalletTerminal {
  return {
    $typeName: 'wallet.v1.Terminal',
    hallId: '1890',
    uid,
    operatorId: 'casino',
    userId: `player-${uid}`,
    currencyCode: 'RUB',
    language: 'en',
    linked: true,
    createdAtMs: 0n,
    updatedAtMs: 0n,
    hasPassword: false,
    ...overrides,
  };
}

/** What the wallet has; a test changes it. */
function start(options: { maxCached?: number; known?: WalletTerminal[] } = {}) {
  const wallet = new Map((options.known ?? []).map((one) => [one.uid, one]));
  const world = {
    wallet,
    /** Terminals that a listing gives, in pages of one. */
    changed: [] as WalletTerminal[],
    asked: [] as string[],
    sinceMs: [] as bigint[],
    nowMs: NOW_MS,
    isAway: false,
    warnings: [] as string[],
  };
  const log = pino({ level: 'warn' }, { write: (line: string) => void world.warnings.push(line) });
  terminals = createTerminals({
    getTerminal: async (_hallId, uid) => {
      world.asked.push(uid);
      if (world.isAway) throw new Error('away');
      return world.wallet.get(uid) ?? null;
    },
    listTerminals: async (updatedSinceMs, pageToken) => {
      if (world.isAway) throw new Error('away');
      if (pageToken === '') world.sinceMs.push(updatedSinceMs);
      const index = Number(pageToken);
      const next = index + 1 < world.changed.length ? String(index + 1) : '';
      return { terminals: world.changed.slice(index, index + 1), nextPageToken: next };
    },
    refreshMs: 60_000,
    maxCached: options.maxCached ?? 10,
    log,
    now: () => world.nowMs,
  });
  return { world, terminals };
}

describe('terminals', () => {
  it('are asked for once, by all who want the same, and then known', async () => {
    const { world, terminals } = start({ known: [terminal('117')] });
    expect(terminals.find('1890', '117')).toBeUndefined();
    const loaded = await Promise.all(Array.from({ length: 50 }, () => terminals.load('1890', '117')));
    expect(world.asked).toEqual(['117']);
    expect(new Set(loaded)).toEqual(new Set([terminals.find('1890', '117')]));
    expect(terminals.find('1890', '117')).toMatchObject({
      operatorId: 'casino',
      userId: 'player-117',
      context: '{"hall":"1890","terminal":"117"}',
    });
  });

  it("that are not linked are known as such: they stay their players'", async () => {
    const { terminals } = start({ known: [terminal('2', { linked: false })] });
    expect(await terminals.load('1890', '2')).toMatchObject({ userId: 'player-2', isLinked: false });
  });

  it('that are not there are believed absent for a second', async () => {
    const { world, terminals } = start({ known: [] });
    for (const uid of ['1', '1']) expect(await terminals.load('1890', uid)).toBeNull();
    expect(world.asked).toEqual(['1']);
    world.wallet.set('1', terminal('1'));
    world.nowMs += 1_000;
    expect(await terminals.load('1890', '1')).not.toBeNull();
  });

  it('can not be asked for while the wallet is away, and can again after that', async () => {
    const { world, terminals } = start({ known: [terminal('1')] });
    world.isAway = true;
    await expect(terminals.load('1890', '1')).rejects.toThrow('away');
    world.isAway = false;
    expect(await terminals.load('1890', '1')).not.toBeNull();
  });

  it('are forgotten where there are too many: those first that nobody used', async () => {
    const { world, terminals } = start({ maxCached: 2, known: ['1', '2', '3'].map((uid) => terminal(uid)) });
    await terminals.load('1890', '1');
    await terminals.load('1890', '2');
    terminals.find('1890', '1');
    await terminals.load('1890', '3');
    expect(['1', '2', '3'].map((uid) => terminals.find('1890', uid) !== undefined)).toEqual([true, false, true]);
    expect(world.asked).toEqual(['1', '2', '3']);
  });

  it('are taken in as they change, as far as there is room', async () => {
    const { world, terminals } = start({ maxCached: 2 });
    world.changed = ['1', '2', '3'].map((uid) => terminal(uid));
    expect(await terminals.refresh()).toBe(true);
    expect(['1', '2', '3'].map((uid) => terminals.find('1890', uid) !== undefined)).toEqual([true, true, false]);

    world.changed = [terminal('1', { language: 'ru' }), terminal('2', { linked: false })];
    await terminals.refresh();
    expect(terminals.find('1890', '1')?.answerTail).toContain('"language":"RUS"');
    expect(terminals.find('1890', '2')?.isLinked).toBe(false);
    expect(world.asked).toEqual([]);
  });

  it('that were just linked are no longer believed absent', async () => {
    const { world, terminals } = start({ maxCached: 1, known: [terminal('1')] });
    await terminals.load('1890', '1');
    expect(await terminals.load('1890', '2')).toBeNull();
    world.wallet.set('2', terminal('2'));
    world.changed = [terminal('2')];
    await terminals.refresh();
    expect(await terminals.load('1890', '2')).not.toBeNull();
  });

  it('are read from a minute before the last reading on, whatever failed in between', async () => {
    const { world, terminals } = start();
    await terminals.refresh();
    world.isAway = true;
    world.nowMs += 500_000;
    expect(await terminals.refresh()).toBe(false);
    world.isAway = false;
    await terminals.refresh();
    await terminals.refresh();
    expect(world.sinceMs).toEqual([0n, BigInt(NOW_MS - 60_000), BigInt(NOW_MS + 440_000)]);
  });

  it('in a currency without a number are told of once', async () => {
    const { world, terminals } = start();
    world.changed = ['1', '2'].map((uid) => terminal(uid, { currencyCode: 'PTS' }));
    await terminals.refresh();
    expect(terminals.find('1890', '2')?.answerTail).toContain('"currencyname":"PTS","currencyiso":""');
    expect(world.warnings.filter((line) => line.includes('PTS'))).toHaveLength(1);
  });
});
