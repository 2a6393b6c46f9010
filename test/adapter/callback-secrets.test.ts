import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCallbackSecrets } from '../../src/adapter/stargame/callback-secrets.ts';
import type { PendingCall } from '../../src/adapter/stargame/remote/callbacks.ts';
import { createWalletCalls } from '../../src/adapter/wallet-calls.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, startFixture } from '../wallet/services/fixture.ts';

const { method } = HallService;
const { operatorId } = OPERATOR;
const ADAPTER_TOKEN = 'token-of-the-adapter';
const TEST_TOKEN = 'token-of-the-test';
const HALL = { hallId: '1890', operatorId, secret: 'of the hall', pathSecret: 'path' };

let fixture: Fixture;
let close: () => void;
let secretFor: (pending: PendingCall) => Promise<string | null>;

beforeAll(async () => {
  // The adapter's own role is enough.
  const services = `adapter:provider:${ADAPTER_TOKEN},test:admin+read+money:${TEST_TOKEN}`;
  fixture = await startFixture({ WALLET_SERVICES: services, WALLET_TOKEN: TEST_TOKEN });
  const settings = { WALLET_TLS_CA: '', WALLET_TLS_CERT: '', WALLET_TLS_KEY: '' };
  const channels = (token: string) =>
    walletChannels({ WALLET_URLS: [fixture.wallet.address], WALLET_TOKEN: token, ...settings });
  const [adapters, tests] = [channels(ADAPTER_TOKEN), channels(TEST_TOKEN)];
  close = () => {
    for (const channel of [...adapters, ...tests]) channel.close();
  };
  secretFor = createCallbackSecrets(createWalletCalls(adapters, 20_000));
  const { call } = createWalletCalls(tests, 20_000);
  await addOperator(call);
  await addPlayer(call, 'anna');
  await call(method.createHall, HALL);
  await call(method.setAgent, { agentId: '1334', password: 'of the agent' });
  const terminal = { hallId: '1890', operatorId, userId: 'anna' };
  await call(method.linkTerminal, { ...terminal, uid: '117', password: 'of the terminal' });
  await call(method.linkTerminal, { ...terminal, uid: '118' });
});
afterAll(async () => {
  close();
  await fixture.stop();
});

test.each<[string | null, PendingCall]>([
  ['of the hall', { operation: 'api_get_balance', hall_id: '1890', user_id: '117' }],
  ['of the agent', { operation: 'api_create_hall', agent_id: '1334' }],
  ['of the agent', { operation: 'api_hall_operation_balance', agent_id: '1334', hall_id: '1890' }],
  ['of the terminal', { operation: 'remotecab_session', hall_id: '1890', user_id: '117' }],
  [null, { operation: 'api_get_balance', hall_id: '7', user_id: '117' }],
  [null, { operation: 'api_get_balance' }],
  [null, { operation: 'api_create_hall', agent_id: '1' }],
  [null, { operation: 'api_create_hall', hall_id: '1890' }],
  [null, { operation: 'remotecab_session', hall_id: '1890', user_id: '118' }],
  [null, { operation: 'remotecab_session', hall_id: '1890', user_id: '119' }],
  [null, { operation: 'remotecab_session', user_id: '117' }],
])('%s signs %j', async (secret, pending) => {
  expect(await secretFor(pending)).toBe(secret);
});
