import { Client, credentials } from '@grpc/grpc-js';
import { createConnection } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openServerStream } from '../../../src/common/grpc.ts';
import { HallMode, HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { type Call, type InProcess, refusal, startInProcess } from './fixture.ts';

const operatorId = 'examplecasino';
const TOKEN = 'eqkB1WoKQCvjrvV6taJRN';
const TERMINAL = { hallId: '1890', uid: '117' };
const HALL_1890 = { hallId: '1890', operatorId, allowlist: [], timeZone: 'UTC', mode: HallMode.SEAMLESS };
const MY_HALL = { hallId: '1', operatorId, secret: 'my own', pathSecret: 'my-own' };

/** What came with StarGame's remote API: an earlier version left a database like this. */
const WITHOUT_AGENT =
  "DELETE FROM agents; UPDATE halls SET agent_id = ''; UPDATE terminals SET password_ciphertext = NULL";
const WITHOUT_HALL = 'DELETE FROM terminals; DELETE FROM halls; DELETE FROM agents';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const start = (env: Record<string, string> = {}): Promise<InProcess> =>
  startInProcess(database.url, { CROUPIER_DEMO: '1', ...env });

async function withWallet(run: (wallet: InProcess) => Promise<void>, env: Record<string, string> = {}): Promise<void> {
  const wallet = await start(env);
  await run(wallet);
  await wallet.stop();
}

/** All of the demo data is there, once. */
async function expectDemo({ call, address }: InProcess): Promise<void> {
  expect((await call(OperatorService.method.listCredentials, {})).credentials).toMatchObject([
    { operatorId, secret: 'secret_key', currencies: ['EUR', 'RUB'], allowlist: [] },
  ]);
  const { players } = await call(PlayerService.method.listPlayers, { operatorId });
  expect(players.map((player) => [player.userId, player.currencyCode, player.balanceUnits])).toEqual([
    ['117', 'RUB', 295_071n],
    ['17', 'EUR', 10_000n],
    ['398', 'EUR', 5_000n],
    ['611', 'EUR', 42_076n],
  ]);
  expect(players.at(-1)).toMatchObject({ userName: 'john_doe', displayName: 'John Doe', country: 'Germany' });
  await expectHall({ call });
  const session = await call(SessionService.method.getSession, { token: TOKEN });
  expect(session).toMatchObject({ operatorId, userId: '611', closedAtMs: 0n });
  expect(session.expiresAtMs).toBeGreaterThan(BigInt(Date.now()));
  for (const { userId, balanceUnits } of players) {
    const { transactions } = await call(MoneyService.method.listTransactions, { operatorId, userId });
    expect(transactions.map((one) => [one.kind, one.amountUnits])).toEqual([['deposit', balanceUnits]]);
  }
  const client = new Client(address, credentials.createInsecure());
  for await (const { event } of openServerStream(client, MoneyService.method.verify, {}, { deadlineMs: 20_000 })) {
    expect(event).toMatchObject({ case: 'summary', value: { players: 4n, findings: 0n } });
  }
  client.close();
}

async function expectHall({ call }: Pick<InProcess, 'call'>): Promise<void> {
  expect((await call(HallService.method.listHallCredentials, {})).credentials).toMatchObject([
    { hall: { ...HALL_1890, agentId: '1334' }, secret: 'secret', pathSecret: 'notify' },
  ]);
  const agents = await call(HallService.method.listAgentCredentials, {});
  expect(agents.credentials).toMatchObject([{ agentId: '1334', password: 'agentpassword' }]);
  const { hallId, uid } = TERMINAL;
  const terminals = await call(HallService.method.listTerminalCredentials, { hallId, uids: [uid] });
  expect(terminals.credentials).toMatchObject([{ uid, password: 'terminal117' }]);
  expect((await call(HallService.method.listTerminals, {})).terminals).toMatchObject([
    { hallId: '1890', uid: '117', operatorId, userId: '117', currencyCode: 'RUB', language: 'en', linked: true },
  ]);
}

describe('demo data', () => {
  it('is made in an empty database, with a ledger that is right, and only once', async () => {
    await withWallet(expectDemo);
    const made = await rows('SELECT * FROM transactions');
    await withWallet(expectDemo);
    expect(await rows('SELECT * FROM transactions')).toEqual(made);
  });

  it('is made once by wallets that start at once', async () => {
    const wallets = await Promise.all([start(), start(), start()]);
    for (const wallet of wallets) {
      await expectDemo(wallet);
      await wallet.stop();
    }
  });

  it.each([
    ['the first player', `DELETE FROM sessions; ${WITHOUT_HALL}; DELETE FROM players WHERE user_id <> '611'`],
    ['the operator', `DELETE FROM sessions; DELETE FROM players; ${WITHOUT_HALL}`],
    ['the session, as an earlier version ended', WITHOUT_HALL],
    ['the hall', `${WITHOUT_AGENT}; DELETE FROM terminals`],
    ['the terminal, as an earlier version ended', WITHOUT_AGENT],
    ["the terminal's password", 'DELETE FROM agents'],
  ])('is finished by the next start when a seeding died after %s', async (_, undo) => {
    await withWallet(expectDemo);
    await rows(undo);
    await rows('DELETE a FROM accounts a LEFT JOIN players p ON p.player_id = a.player_id WHERE p.player_id IS NULL');
    await rows(
      'DELETE t FROM transactions t LEFT JOIN players p ON p.player_id = t.player_id WHERE p.player_id IS NULL',
    );
    await withWallet(expectDemo);
  });

  it('stays as people changed it', async () => {
    await withWallet(async ({ call }) => {
      await call(MoneyService.method.deposit, { operatorId, userId: '17', transactionId: 'mine', amountUnits: 1n });
      await call(SessionService.method.closeSession, { token: TOKEN });
      await call(HallService.method.unlinkTerminal, TERMINAL);
      await call(HallService.method.updateHall, { hallId: '1890', agentId: '' });
      await call(HallService.method.setAgent, { agentId: '1334', password: 'mine' });
    });
    await withWallet(async ({ call }) => {
      expect((await call(PlayerService.method.getPlayer, { operatorId, userId: '17' })).balanceUnits).toBe(10_001n);
      expect((await call(SessionService.method.getSession, { token: TOKEN })).closedAtMs).toBeGreaterThan(0n);
      expect((await call(HallService.method.getTerminal, TERMINAL)).linked).toBe(false);
      expect((await call(HallService.method.listHalls, {})).halls).toMatchObject([{ agentId: '' }]);
      const { credentials } = await call(HallService.method.listAgentCredentials, {});
      expect(credentials).toMatchObject([{ password: 'mine' }]);
    });
  });

  it("gives a terminal that people unlinked its password, and doesn't link it again", async () => {
    await withWallet(async ({ call }) => void (await call(HallService.method.unlinkTerminal, TERMINAL)));
    await rows(WITHOUT_AGENT);
    await withWallet(async ({ call }) => {
      const terminal = await call(HallService.method.getTerminal, TERMINAL);
      expect(terminal).toMatchObject({ linked: false, hasPassword: true });
    });
  });

  it.each<[string, (call: Call) => Promise<unknown>]>([
    ['its hall was changed', (call) => call(HallService.method.updateHall, { hallId: '1890', secret: 'mine' })],
    ['its hall has another agent', (call) => call(HallService.method.updateHall, { hallId: '1890', agentId: '5' })],
    ['there is another hall', (call) => call(HallService.method.createHall, MY_HALL)],
    ['there is an agent', (call) => call(HallService.method.setAgent, { agentId: '5', password: 'mine' })],
  ])('an earlier version seeded gets no agent where %s', async (_, change) => {
    await withWallet(expectDemo);
    await rows(WITHOUT_AGENT);
    let before: unknown;
    const agentsAndHalls = async (call: Call) => [
      await call(HallService.method.listAgents, {}),
      await call(HallService.method.listHalls, {}),
      await call(HallService.method.listTerminals, {}),
    ];
    await withWallet(
      async ({ call }) => {
        await change(call);
        before = await agentsAndHalls(call);
      },
      { CROUPIER_DEMO: '0' },
    );
    await withWallet(async ({ call }) => expect(await agentsAndHalls(call)).toEqual(before));
  });

  it.each<[string, (call: Call) => Promise<unknown>]>([
    ['its operator was changed', (call) => call(OperatorService.method.updateOperator, { operatorId, secret: 'mine' })],
    [
      'its operator has other currencies',
      (call) => call(OperatorService.method.updateOperator, { operatorId, currencies: { values: ['RUB', 'EUR'] } }),
    ],
    [
      'there is another operator',
      (call) => call(OperatorService.method.createOperator, { operatorId: 'mine', secret: 's', currencies: ['EUR'] }),
    ],
    ['there is a hall of that number', (call) => call(HallService.method.createHall, { ...MY_HALL, hallId: '1890' })],
    ['there is another hall', (call) => call(HallService.method.createHall, MY_HALL)],
  ])('an earlier version seeded gets no hall where %s', async (_, change) => {
    await withWallet(expectDemo);
    await rows(WITHOUT_HALL);
    let halls: unknown;
    await withWallet(
      async ({ call }) => {
        await change(call);
        halls = await call(HallService.method.listHalls, {});
      },
      { CROUPIER_DEMO: '0' },
    );
    await withWallet(async ({ call }) => {
      expect(await call(HallService.method.listHalls, {})).toEqual(halls);
      expect((await call(HallService.method.listTerminals, {})).terminals).toEqual([]);
    });
  });

  it.each([
    ['CROUPIER_DEMO is 0', { CROUPIER_DEMO: '0' }],
    [
      'in production',
      {
        NODE_ENV: 'production',
        WALLET_SERVICES: 'reader:read:token-of-the-reader',
        WALLET_TOKEN: 'token-of-the-reader',
      },
    ],
  ])('is not made where %s', async (_, env) => {
    const wallet = await start(env);
    expect((await wallet.call(OperatorService.method.listOperators, {})).operators).toEqual([]);
    await wallet.stop();
  });

  it('is not made where there is an operator, even one of that name', async () => {
    const mine = { operatorId, secret: 'my own', currencies: ['EUR'] };
    await withWallet(async ({ call }) => void (await call(OperatorService.method.createOperator, mine)), {
      CROUPIER_DEMO: '0',
    });
    await withWallet(async ({ call }) => {
      expect((await call(PlayerService.method.listPlayers, { operatorId })).players).toEqual([]);
      expect((await refusal(call(SessionService.method.getSession, { token: TOKEN }))).code).toBe('NOT_FOUND');
    });
  });
});

async function rows(sql: string): Promise<unknown> {
  const connection = await createConnection({ uri: database.url, multipleStatements: true });
  try {
    const [found] = await connection.query(sql);
    return found;
  } finally {
    await connection.end();
  }
}
