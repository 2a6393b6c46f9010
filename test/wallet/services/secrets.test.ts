import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

const expectSecret = async (call: Call): Promise<void> => {
  const { credentials } = await call(OperatorService.method.listCredentials, {});
  expect(credentials).toMatchObject([{ operatorId: OPERATOR.operatorId, secret: OPERATOR.secret }]);
};

it('a change of keys: the previous key is read, then not needed any more', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY }, addOperator);
  await withKeys({ SECRETS_KEY: OLD_KEY, SECRETS_KEY_PREVIOUS: NEW_KEY }, expectSecret);
  await withKeys({ SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY }, expectSecret);
  await withKeys({ SECRETS_KEY: NEW_KEY }, expectSecret);
});

it('while keys change, wallets with either current key read what the other wrote', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY, SECRETS_KEY_PREVIOUS: NEW_KEY }, async (onOld) => {
    await addOperator(onOld);
    await withKeys({ SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY }, async (onNew) => {
      await expectSecret(onNew);
      await expectSecret(onOld);
      await onNew(OperatorService.method.updateOperator, { operatorId: OPERATOR.operatorId, secret: OPERATOR.secret });
      await expectSecret(onOld);
    });
  });
});

it('a wrong key is noticed at start, with the operators that it locks out', async () => {
  await withKeys({ SECRETS_KEY: OLD_KEY }, addOperator);
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: NEW_KEY } });
  await expect(started).rejects.toThrow("can't read the secrets of: casino");
});

it('no key is a mistake that says how to make one, and shows nothing', async () => {
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: 'too-short-to-be-a-key' } });
  const message = await started.then(String, (error: Error) => error.message);
  expect(message).toContain('openssl rand -base64 32');
  expect(message).toContain('exit code 1');
  expect(message).not.toContain('too-short-to-be-a-key');
});
