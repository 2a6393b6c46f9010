import { expect, test } from 'vitest';
import { findDatabaseProgram } from '../../scripts/lib/programs.ts';
import { createTestDatabase } from '../harness/database.ts';
import { killDatabases } from './database-kills.ts';
import { cutLines } from './line-cuts.ts';
import { killWallets } from './wallet-kills.ts';

/** `npm run campaign:crash -- --kills 30` kills more often. */

const PATIENT = { timeout: 300_000 };

test('a wallet that is killed under load loses nothing and does nothing twice', PATIENT, async () => {
  await using database = await createTestDatabase();
  const { wrong, counts } = await killWallets(database.url, { kills: 3, settledBetween: 300 });
  expect(wrong).toEqual([]);
  // The kills must have hit work that was under way.
  expect(counts.unknown).toBeGreaterThan(0);
});

test(
  'a connection that is lost between a COMMIT and its answer: what it did is found out, and not done again',
  PATIENT,
  async () => {
    await using database = await createTestDatabase();
    const { wrong, counts } = await cutLines(database.url, { kills: 6, settledBetween: 50 });
    expect(wrong).toEqual([]);
    expect(counts.replayed).toBeGreaterThan(0);
    expect(counts.unknown).toBeGreaterThan(0);
  },
);

/** A server that belongs to others can't be killed: where the tests run on one, a private one is killed, if the machine has any. */
const canKill = findDatabaseProgram(process.env) !== null;

test.runIf(canKill).each(['grpc', 'http'] as const)(
  'a database that is killed under load loses nothing, over %s: faults say so, and it recovers by itself',
  PATIENT,
  async (protocol) => {
    const { wrong, counts } = await killDatabases(protocol, { kills: 2, settledBetween: 300 });
    expect(wrong).toEqual([]);
    expect(counts.unknown + counts.nothingDone).toBeGreaterThan(0);
  },
);
