import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startWallet } from '../../harness/processes.ts';
import { addOperator, type Call, OPERATOR, startInProcess } from './fixture.ts';

const OLD_KEY = randomBytes(32).toString('base64');
const NEW_KEY = randomBytes(32).toString('hex');

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

async function withKeys(keys: Record<string, string>, run: (call: Call) => Promise<void>): Promise<void> {
  const wallet = await startInProcess(database.url, keys);
  await run(wallet.call);
  await wallet.stop();
}

const HALL = { hallId: '1890', operatorId: OPERATOR.operatorId, secret: 'of the hall', pathSecret: 'of-the-path' };

async function addSecrets(call: Call): Promise<void> {
  await addOperator(call);
  await call(HallService.method.createHall, HALL);
}

const expectSecrets = async (call: Call): Promise<void> => {
  const { secret, pathSecret } = HALL;
  expect((await call(HallService.method.listHallCredentials, {})).credentials).toMatchObject([{ secret, pathSecret }]);
  const { credentials } = await call(OperatorService.method.listCredentials, {});
  expect(credentials).toMatchObject([{ operatorId: OPERATOR.operatorId, secret: OPERATOR.secret }]);
};

it('a change of keys: the previous key is read, then not needed any more', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY }, addSecrets);
  await withKeys({ SECRETS_KEY: OLD_KEY, SECRETS_KEY_PREVIOUS: NEW_KEY }, expectSecrets);
  await withKeys({ SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY }, expectSecrets);
  await withKeys({ SECRETS_KEY: NEW_KEY }, expectSecrets);
});

it('while keys change, wallets with either current key read what the other wrote', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY, SECRETS_KEY_PREVIOUS: NEW_KEY }, async (onOld) => {
    await addSecrets(onOld);
    await withKeys({ SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY }, async (onNew) => {
      await expectSecrets(onNew);
      await expectSecrets(onOld);
      await onNew(OperatorService.method.updateOperator, { operatorId: OPERATOR.operatorId, secret: OPERATOR.secret });
      await onNew(HallService.method.updateHall, { hallId: HALL.hallId, secret: HALL.secret });
      await expectSecrets(onOld);
    });
  });
});

it('a wrong key is noticed at start, with the operators and halls that it locks out', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY }, addSecrets);
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: NEW_KEY } });
  await expect(started).rejects.toThrow("can't read the secrets of: operator casino, hall 1890, hall path 1890");
});

it('no key is a mistake that says how to make one, and shows nothing', async () => {
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: 'too-short-to-be-a-key' } });
  const message = await started.then(String, (error: Error) => error.message);
  expect(message).toContain('openssl rand -base64 32');
  expect(message).toContain('exit code 1');
  expect(message).not.toContain('too-short-to-be-a-key');
});
