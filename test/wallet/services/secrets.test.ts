import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startWallet } from '../../harness/processes.ts';
import { addOperator, addPlayer, type Call, OPERATOR, startInProcess } from './fixture.ts';

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

const AGENT = { agentId: '1334', password: 'of the agent' };
const TERMINAL_PASSWORD = 'of the terminal';

async function addSecrets(call: Call): Promise<void> {
  await addOperator(call);
  await call(HallService.method.createHall, HALL);
  await call(HallService.method.setAgent, AGENT);
  await addPlayer(call, 'anna');
  const { hallId, operatorId } = HALL;
  for (const password of [TERMINAL_PASSWORD, '']) {
    const uid = password === '' ? '118' : '117';
    await call(HallService.method.linkTerminal, { hallId, uid, operatorId, userId: 'anna', password });
  }
}

const expectSecrets = async (call: Call): Promise<void> => {
  const { secret, pathSecret } = HALL;
  expect((await call(HallService.method.listHallCredentials, {})).credentials).toMatchObject([{ secret, pathSecret }]);
  expect((await call(HallService.method.listAgentCredentials, {})).credentials).toMatchObject([AGENT]);
  const uids = { hallId: HALL.hallId, uids: ['117', '118'] };
  expect((await call(HallService.method.listTerminalCredentials, uids)).credentials).toMatchObject([
    { uid: '117', password: TERMINAL_PASSWORD },
  ]);
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
  await expect(started).rejects.toThrow(
    "can't read the secrets of: operator casino, agent 1334, hall 1890, hall path 1890, terminal 1890/117",
  );
});

it('no key is a mistake that says how to make one, and shows nothing', async () => {
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: 'too-short-to-be-a-key' } });
  const message = await started.then(String, (error: Error) => error.message);
  expect(message).toContain('openssl rand -base64 32');
  expect(message).toContain('exit code 1');
  expect(message).not.toContain('too-short-to-be-a-key');
});

it('many terminals: all are sealed again, those without a password are passed over, and not all are named', async () => {
  const hallIds = ['1890', '1891'];
  const count = 1_500;
  await withKeys({ SECRETS_KEY: OLD_KEY }, async (call) => {
    await addSecrets(call);
    await call(HallService.method.createHall, { ...HALL, hallId: '1891' });
    const connection = await mysql.createConnection(database.url);
    await connection.query(
      `INSERT INTO terminals (hall_id, uid, player_id, created_at_ms, updated_at_ms)
         SELECT h.hall_id, 1000 + s.seq, p.player_id, 1, 1 FROM players p JOIN halls h
         JOIN (${Array.from({ length: count }, (_, seq) => `SELECT ${seq} AS seq`).join(' UNION ALL ')}) s`,
    );
    await connection.end();
    for (const hallId of hallIds) {
      for (const half of [0, 1]) {
        const uids = Array.from({ length: count / 2 }, (_, index) => String(1_000 + (half * count) / 2 + index));
        const passwords = uids.map((uid) => ({ uid, password: `of ${hallId}/${uid}` }));
        await call(HallService.method.setTerminalPasswords, { hallId, passwords });
      }
    }
  });
  await withKeys({ SECRETS_KEY: NEW_KEY, SECRETS_KEY_PREVIOUS: OLD_KEY }, async () => undefined);
  await withKeys({ SECRETS_KEY: NEW_KEY }, async (call) => {
    const uids = Array.from({ length: 1_000 }, (_, index) => String(1_500 + index));
    for (const hallId of hallIds) {
      const { credentials } = await call(HallService.method.listTerminalCredentials, { hallId, uids });
      expect(credentials).toHaveLength(count - 500);
      expect(credentials.every(({ uid, password }) => password === `of ${hallId}/${uid}`)).toBe(true);
    }
  });
  const started = startWallet({ env: { DATABASE_URL: database.url, SECRETS_KEY: OLD_KEY } });
  const message = await started.then(String, (error: Error) => error.message);
  // Of 1 operator, 1 agent, 2 secrets of each of 2 halls, and 3001 terminals.
  expect(message).toMatch(/hall path 1891, terminal 1890\/1000, .* and 2987 more/);
});
