import { expect, test } from 'vitest';
import { callUnary } from '../../src/common/grpc.ts';
import { SessionService } from '../../src/gen/wallet/v1/sessions_pb.ts';
import { createTestDatabase } from '../harness/database.ts';
import { createPlatformClient } from '../harness/platform.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { checkMoney } from '../stargame/check-money.ts';
import { CALL, type Hall, OPERATOR_ID, SECRET, startHall } from '../stargame/hall.ts';

test('one of two wallets hangs: its players play on with the other, and return', { timeout: 120_000 }, async () => {
  await using database = await createTestDatabase();
  let other: TestProcess | undefined;
  await using hall = await startHall({
    databaseUrl: database.url,
    terminals: 12,
    adapterEnv: { PLATFORM_DEADLINE_MS: '1000' },
    toWallet: async (address) => {
      other = await startWallet({ env: { DATABASE_URL: database.url } });
      return `${address},${other.address}`;
    },
  });
  if (other === undefined) throw new Error('no other wallet');
  await using hanging = other;
  await hall.adapter.waitForLog(({ msg, wallet }) => msg === 'wallet stream is up' && wallet === hanging.address);
  const platform = await openSessions(hall);
  const everybodyPlays = async (): Promise<void> => {
    await Promise.all(hall.uids.map((uid) => untilServed(hall, platform, uid)));
  };
  await everybodyPlays();

  await hanging.kill('SIGSTOP');
  try {
    await everybodyPlays();
    // Some of them were at home in it.
    await hall.adapter.waitForLog(({ msg, wallet }) => msg === 'wallet is silent' && wallet === hanging.address);
  } finally {
    await hanging.kill('SIGCONT');
  }
  await hall.adapter.waitForLog(({ msg, wallet }) => msg === 'wallet answers again' && wallet === hanging.address);
  await everybodyPlays();
  platform.close();
  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
});

async function openSessions(hall: Hall): Promise<ReturnType<typeof createPlatformClient>> {
  for (const uid of hall.uids) {
    const session = { operatorId: OPERATOR_ID, userId: `player-${uid}`, gameId: '200', token: tokenOf(uid) };
    await callUnary(hall.grpc, SessionService.method.openSession, { ...session, ttlSeconds: 3600 }, CALL);
  }
  return createPlatformClient({ url: hall.adapter.url, operatorId: OPERATOR_ID, secret: SECRET });
}

const tokenOf = (uid: string): string => `session${uid}`.padEnd(24, 'x');

/** Both providers' requests of the terminal's player are served, however often they have to ask. */
async function untilServed(hall: Hall, platform: ReturnType<typeof createPlatformClient>, uid: string): Promise<void> {
  await until(`StarGame plays at terminal ${uid}`, async () => {
    const units = BigInt(10_000 + hall.game.sent.length);
    return (await hall.game.writeBet(uid, units, 0n)).answer === 'success';
  });
  await until(`PLATFORM hears of player-${uid}'s balance`, async () => {
    const data = `{"token":"${tokenOf(uid)}","user_id":"player-${uid}","game_id":200,"currency_code":"RUB"}`;
    return (await platform.send('balance', data)).response?.status === 'OK';
  });
}
