import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callUnary } from '../../../src/common/grpc.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createPlatformClient, type PlatformAnswer, type PlatformClient } from '../../harness/platform.ts';
import { type PrivateServer, startPrivateDatabase } from '../../harness/private-servers.ts';
import { startAdapter, startWallet, type TestProcess } from '../../harness/processes.ts';
import { bet, PLAYER, status, TOKEN, win } from './case.ts';
import { CALL, SECRET } from './chain.ts';
import { createState, type State } from './state.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

const OPERATOR = 'faults';

let database: PrivateServer;
let wallet: TestProcess;
let adapter: TestProcess;
let platform: PlatformClient;
let grpc: Client;
let state: State;

/** The same port each time, so that the adapter finds the wallet again. */
const startWalletAgain = (port: number): Promise<TestProcess> =>
  startWallet({ env: { DATABASE_URL: database.url, WALLET_PORT: String(port) } });

beforeAll(async () => {
  database = await startPrivateDatabase();
  wallet = await startWalletAgain(0);
  adapter = await startAdapter({ env: { WALLET_URLS: wallet.address, PLATFORM_DEADLINE_MS: '500' } });
  grpc = new Client(wallet.address, credentials.createInsecure());
  const operator = { operatorId: OPERATOR, secret: SECRET, currencies: ['EUR'] };
  await callUnary(grpc, OperatorService.method.createOperator, operator, CALL);
  platform = createPlatformClient({ url: adapter.url, operatorId: OPERATOR, secret: SECRET });
  state = createState(grpc, OPERATOR, 1);
  for (const given of PLAYER) await state.apply(given);
});

afterAll(async () => {
  platform.close();
  grpc.close();
  await adapter.stop();
  await wallet.stop();
  await database.stop();
});

const sendBet = (transactionId: string): Promise<PlatformAnswer> =>
  platform.send(
    'changebalance',
    bet({ transaction_id: transactionId, amount: '1' }).replace(TOKEN, state.tokenFor(TOKEN)),
  );

const outcomeOf = ({ status: http, isSigned, response }: PlatformAnswer): unknown => {
  expect({ http, isSigned }).toEqual({ http: 200, isSigned: true });
  return response?.data.error_code ?? response?.status;
};

/** As the platform does on OP_47 and OP_50: the same request until there is a definite answer. */
async function retried(transactionId: string): Promise<PlatformAnswer> {
  let answer = await sendBet(transactionId);
  while (['OP_47', 'OP_50'].includes(String(outcomeOf(answer)))) answer = await sendBet(transactionId);
  return answer;
}

describe('PLATFORM v2.49, OP_47 and OP_50; what we settled, 1: the envelope', () => {
  it('a wallet that does not answer in time: the outcome is unknown, and a retry finds out', async () => {
    expect(outcomeOf(await sendBet('1'))).toBe('OK');
    await wallet.kill('SIGSTOP');
    expect(outcomeOf(await sendBet('2'))).toBe('OP_47');
    expect(outcomeOf(await platform.send('status', status({ transaction_id: '2' })))).toBe('OP_47');
    await wallet.kill('SIGCONT');
    expect(outcomeOf(await retried('2'))).toBe('OK');
    expect(await state.countRows('611')).toBe(2);
    expect(await state.balanceUnits('611')).toBe(9_800n);
  });

  it('a wallet that is gone: nothing was sent, so it is our fault and may be retried', async () => {
    const { port } = wallet;
    await wallet.kill();
    await adapter.waitForLog(({ msg }) => msg === 'wallet stream broke');
    expect(outcomeOf(await sendBet('3'))).toBe('OP_50');
    expect((await fetch(`${adapter.opsUrl}/readyz`)).status).toBe(503);
    wallet = await startWalletAgain(port);
    expect(outcomeOf(await retried('3'))).toBe('OK');
    expect(await state.countRows('611')).toBe(3);
  });

  it('a database that is gone: OP_47 or OP_50, never wrong, and it recovers by itself', async () => {
    await database.kill();
    expect(outcomeOf(await sendBet('4'))).toMatch(/^OP_(47|50)$/);
    expect(outcomeOf(await sendBet('4'))).toMatch(/^OP_(47|50)$/);
    await database.restart();
    expect(outcomeOf(await retried('4'))).toBe('OK');
    expect(await state.countRows('611')).toBe(4);
    expect(await state.balanceUnits('611')).toBe(9_600n);
  });
});

describe('several wallet processes', () => {
  it('one that is stopped hands its players over, and no answer is lost', async () => {
    await using second = await startWalletAgain(0);
    await using spread = await startAdapter({ env: { WALLET_URLS: `${wallet.address},${second.address}` } });
    const client = createPlatformClient({ url: spread.url, operatorId: OPERATOR, secret: SECRET });
    const users = Array.from({ length: 16 }, (_, index) => `spread-${index}`);
    for (const user of users) await state.apply({ player: user });

    let isStopped = false;
    let sent = 0;
    /** One win after another until the second wallet is gone, and some more after that. */
    const play = async (user: string): Promise<string[]> => {
      const outcomes: string[] = [];
      for (let after = 0; after < 20; after += isStopped ? 1 : 0) {
        const data = win({ user_id: JSON.stringify(user), transaction_id: String(1_000_000 + sent++), amount: '1' });
        outcomes.push(String(outcomeOf(await client.send('changebalance', data))));
      }
      return outcomes;
    };
    const played = Promise.all(users.map(play));
    await expect.poll(() => sent, PATIENCE).toBeGreaterThan(200);
    await second.stop();
    isStopped = true;
    for (const [index, outcomes] of (await played).entries()) {
      expect(new Set(outcomes)).toEqual(new Set(['OK']));
      expect(await state.balanceUnits(users[index] ?? '')).toBe(BigInt(outcomes.length) * 100n);
    }
    client.close();
  });
});
