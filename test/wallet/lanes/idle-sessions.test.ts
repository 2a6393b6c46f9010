import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../../../src/common/db.ts';
import { Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import { createSessionTouches, type SessionTouches } from '../../../src/wallet/lanes/session-touches.ts';
import { createFixture, type Fixture, until } from './fixture.ts';
import { authenticate, balance, bet, win } from './operations.ts';

const TOKEN = 'session-token-of-player-1';
const IDLE_MS = 80_000;
/** The clock is the test's: nothing here depends on how long anything takes. */
const START_MS = 1_700_000_000_000;

let fixture: Fixture;
let nowMs = START_MS;

beforeEach(async () => {
  nowMs = START_MS;
  fixture = await createFixture({ players: 2 });
  await fixture.sql.query('UPDATE sessions SET idle_timeout_ms = ?, used_at_ms = ? WHERE token = ?', [
    IDLE_MS,
    START_MS,
    TOKEN,
  ]);
});
afterEach(() => fixture.end());

const engineOfTest = (): Engine => fixture.engine({ now: () => nowMs });

const MAKERS = { bet, win, balance, authenticate };

async function play(engine: Engine, what: keyof typeof MAKERS): Promise<Reason> {
  const { reason } = await engine.perform(MAKERS[what](1, { sessionToken: TOKEN }));
  return reason;
}

async function usedAtMs(): Promise<number> {
  const [rows] = await fixture.sql.query('SELECT used_at_ms FROM sessions WHERE token = ?', [TOKEN]);
  return Number((rows as { used_at_ms: string }[])[0]?.used_at_ms);
}

const touchesOn = (pool: Pool, registry = new Registry()): SessionTouches =>
  createSessionTouches({ pool, log: pino({ level: 'silent' }), registry });

const untilUsed = (atMs: number) => until(`the use at ${atMs} is written`, async () => (await usedAtMs()) === atMs);

describe('a session with an idle time-out', () => {
  it.each([
    ['a bet', 'bet'],
    ['a balance', 'balance'],
    ['authenticate', 'authenticate'],
  ] as const)('is kept open by %s now and then, and ends without', async (_, kind) => {
    const engine = engineOfTest();
    // Past the time-out several times over, and not waiting for what is written.
    for (let turn = 0; turn < 5; turn += 1) {
      nowMs += IDLE_MS - 1;
      expect(await play(engine, kind)).toBe(Reason.UNSPECIFIED);
    }
    await untilUsed(nowMs);
    nowMs += IDLE_MS;
    expect(await play(engine, kind)).toBe(Reason.SESSION_INVALID);
    // Ended is ended.
    expect(await play(engine, 'balance')).toBe(Reason.SESSION_INVALID);
    expect(await play(engine, 'bet')).toBe(Reason.SESSION_INVALID);
    expect(await play(engine, 'win')).toBe(Reason.UNSPECIFIED);
  });

  it('is known to be used by another wallet once that is written, and by a new one after a stop', async () => {
    const first = engineOfTest();
    nowMs += IDLE_MS - 1;
    expect(await play(first, 'bet')).toBe(Reason.UNSPECIFIED);
    await untilUsed(nowMs);
    nowMs += IDLE_MS - 1;
    const second = engineOfTest();
    expect(await play(second, 'bet')).toBe(Reason.UNSPECIFIED);
    await untilUsed(nowMs);
    nowMs += IDLE_MS;
    expect(await play(first, 'bet')).toBe(Reason.SESSION_INVALID);
    expect(await play(second, 'bet')).toBe(Reason.SESSION_INVALID);
  });

  it.each([
    ['was used again meanwhile', `used_at_ms = ${START_MS + IDLE_MS}`, START_MS + IDLE_MS],
    ['had become idle by then', `used_at_ms = ${START_MS - IDLE_MS}`, START_MS - IDLE_MS],
    ['was closed', `closed_at_ms = ${START_MS}`, START_MS],
  ])('that %s is not changed by a use that is written late', async (_, meanwhile, expectedMs) => {
    const touches = touchesOn(fixture.pool);
    const engine = fixture.engine({ now: () => nowMs, touches });
    await fixture.sql.query('START TRANSACTION');
    await fixture.sql.query(`UPDATE sessions SET ${meanwhile} WHERE token = ?`, [TOKEN]);
    nowMs += IDLE_MS - 1;
    // Not committed yet: the bet sees the session as it was, and doesn't wait for it.
    expect(await play(engine, 'bet')).toBe(Reason.UNSPECIFIED);
    await fixture.sql.query('COMMIT');
    await touches.close();
    expect(await usedAtMs()).toBe(expectedMs);
  });

  it('is kept open by a wallet that can not write its use, and that says so', async () => {
    const registry = new Registry();
    const nowhere = createPool('mysql://nobody@127.0.0.1:1/nothing', { connectionLimit: 1 });
    const touches = touchesOn(nowhere, registry);
    const engine = fixture.engine({ now: () => nowMs, touches });
    for (let turn = 0; turn < 3; turn += 1) {
      nowMs += IDLE_MS - 1;
      expect(await play(engine, 'bet')).toBe(Reason.UNSPECIFIED);
    }
    await until('a failed write is counted', async () =>
      /session_uses_failed_total [1-9]/.test(await registry.metrics()),
    );
    await touches.close();
    await nowhere.end();
    expect(await usedAtMs()).toBe(START_MS);
  });

  it('is written at the stop', async () => {
    const touches = touchesOn(fixture.pool);
    const engine = fixture.engine({ now: () => nowMs, touches });
    nowMs += IDLE_MS - 1;
    expect(await play(engine, 'bet')).toBe(Reason.UNSPECIFIED);
    await touches.close();
    expect(await usedAtMs()).toBe(nowMs);
  });

  it('is none where the time-out is 0: nothing is written of it', async () => {
    await fixture.sql.query('UPDATE sessions SET idle_timeout_ms = 0 WHERE token = ?', [TOKEN]);
    const touches = touchesOn(fixture.pool);
    const engine = fixture.engine({ now: () => nowMs, touches });
    nowMs += 10 * IDLE_MS;
    expect(await play(engine, 'bet')).toBe(Reason.UNSPECIFIED);
    await touches.close();
    expect(await usedAtMs()).toBe(START_MS);
  });
});
