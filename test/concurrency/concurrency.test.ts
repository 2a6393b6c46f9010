import { afterAll, beforeAll, expect, test } from 'vitest';
import { Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { requestOf } from '../crash/ask.ts';
import { initOf, reasonName } from '../model/driver.ts';
import { createPlayer, operationOf } from '../model/fixture.ts';
import type { Operation } from '../model/types.ts';
import { type Reply, WalletClient } from '../model/wallet-client.ts';
import { type Chain, startChain } from './chain.ts';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain?.stop());

const TIMES = 100;
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const walletAt = (i: number): WalletClient => chain.clients[i % 2 === 0 ? 0 : 1];
const send = (i: number, operation: Operation): Promise<Reply> => walletAt(i).operate(initOf(operation));

test('over HTTP: one id sent 100 times at once is applied once and answered 100 times alike', async () => {
  await createPlayer(chain.clients[0], '11', 10_000n);
  const bet = operationOf({ kind: 'bet', userId: '11', transactionId: '11000000000000000001', amountUnits: 300n });
  const [command, data] = requestOf(bet);
  const answers = await Promise.all(times(TIMES, () => chain.platform.send(command, data)));
  for (const answer of answers) {
    expect(answer.isSigned).toBe(true);
    expect(answer.response).toMatchObject({ status: 'OK', data: { balance: '97.00' } });
  }
  expect(await chain.ledger('11')).toHaveLength(2);
});

test('at two wallets: one id sent 100 times at once is applied once and answered 100 times alike', async () => {
  await createPlayer(chain.clients[0], '12', 10_000n);
  const bet = operationOf({ kind: 'bet', userId: '12', transactionId: '12', amountUnits: 300n });
  const replies = await Promise.all(times(TIMES, (i) => send(i, bet)));
  expect(new Set(replies.map(({ reason }) => reasonName(reason)))).toEqual(new Set(['']));
  expect(new Set(replies.map(({ balanceUnits }) => balanceUnits))).toEqual(new Set([9_700n]));
  expect(replies.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await chain.ledger('12')).toHaveLength(2);
});

test('at two wallets: a refusal that is asked for 100 times at once is stored once', async () => {
  await createPlayer(chain.clients[0], '13', 100n);
  const bet = operationOf({ kind: 'bet', userId: '13', transactionId: '13', amountUnits: 101n });
  const replies = await Promise.all(times(TIMES, (i) => send(i, bet)));
  expect(new Set(replies.map(({ reason }) => reasonName(reason)))).toEqual(new Set(['INSUFFICIENT_FUNDS']));
  expect(replies.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect((await chain.ledger('13')).map(({ status }) => status)).toEqual(['OK', 'ERROR']);
});

test('at two wallets: one id sent for two players at once belongs to one of them', async () => {
  await createPlayer(chain.clients[0], '14', 10_000n);
  await createPlayer(chain.clients[0], '15', 10_000n);
  for (const transactionId of times(50, (i) => `14${i}`)) {
    const bet = (userId: string) => operationOf({ kind: 'bet', userId, transactionId, amountUnits: 10n });
    const replies = await Promise.all([send(0, bet('14')), send(1, bet('15'))]);
    const reasons = replies.map(({ reason }) => reasonName(reason)).sort();
    expect(reasons).toEqual(['', 'DUPLICATE_TRANSACTION']);
  }
  expect((await chain.ledger('14')).length + (await chain.ledger('15')).length).toBe(2 + 50);
});

test('64 clients at two wallets never overdraw a player and never lose a unit', async () => {
  await createPlayer(chain.clients[0], '16', 30_000n);
  const clients = times(64, (i) => new WalletClient(chain.wallets[i % 2 === 0 ? 0 : 1].port));
  const run = async (client: WalletClient, i: number): Promise<Reply[]> => {
    const replies: Reply[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const transactionId = `16${String(i).padStart(2, '0')}${turn}`;
      const bet = operationOf({ kind: 'bet', userId: '16', transactionId, amountUnits: 100n });
      replies.push(await client.operate(initOf(bet)));
    }
    return replies;
  };
  const replies = (await Promise.all(clients.map(run))).flat();
  for (const client of clients) client.close();
  const accepted = replies.filter(({ reason }) => reasonName(reason) === '');
  expect(accepted.map(({ balanceUnits }) => balanceUnits).sort(descending)).toEqual(
    times(300, (i) => BigInt(29_900 - i * 100)),
  );
  expect(replies.filter(({ reason }) => reasonName(reason) === 'INSUFFICIENT_FUNDS')).toHaveLength(340);
  expect(await chain.balanceUnits('16')).toBe(0n);
});

test('64 HTTP clients who bet and win on one player never overdraw them and never lose a unit', async () => {
  await createPlayer(chain.clients[0], '17', 5_000n);
  const run = async (i: number): Promise<bigint> => {
    let movedUnits = 0n;
    for (let turn = 0; turn < 8; turn += 1) {
      const kind = turn % 4 === 3 ? 'win' : 'bet';
      const transactionId = String(17_000 + i * 10 + turn);
      const amountUnits = BigInt(100 + turn);
      const [command, data] = requestOf(operationOf({ kind, userId: '17', transactionId, amountUnits }));
      const { response } = await chain.platform.send(command, data);
      if (response?.status === 'OK') movedUnits += kind === 'win' ? amountUnits : -amountUnits;
      else expect(response?.data.error_code).toBe('OP_31');
    }
    return movedUnits;
  };
  const moved = await Promise.all(times(64, run));
  const expectedUnits = moved.reduce((sum, units) => sum + units, 5_000n);
  expect(await chain.balanceUnits('17')).toBe(expectedUnits);
  const rows = await chain.ledger('17');
  expect(rows.every(({ balanceAfterUnits }) => balanceAfterUnits >= 0n)).toBe(true);
  expect(rows).toHaveLength(1 + 64 * 8);
});

test('a cancel that races its bet either undoes it or comes first: never half of each', async () => {
  await createPlayer(chain.clients[0], '18', 100_000n);
  const race = async (i: number): Promise<void> => {
    const bet = operationOf({ kind: 'bet', userId: '18', transactionId: `18${i}`, amountUnits: 10n });
    const cancel: Operation = { ...bet, kind: 'cancel', amountUnits: 0n };
    // Both orders, at the same wallet and at two.
    const [first, second] = i % 2 === 0 ? [bet, cancel] : [cancel, bet];
    const replies = await Promise.all([send(0, first), send(i % 4 < 2 ? 1 : 0, second)]);
    const [betReply, cancelReply] = i % 2 === 0 ? replies : [replies[1], replies[0]];
    const outcome = `bet ${reasonName(betReply.reason)}, cancel ${reasonName(cancelReply.reason)}`;
    expect(['bet , cancel ', 'bet TRANSACTION_CANCELED, cancel TRANSACTION_NOT_FOUND']).toContain(outcome);
  };
  for (let batch = 0; batch < 10; batch += 1) await Promise.all(times(40, (i) => race(batch * 40 + i)));

  const kindsById = Map.groupBy((await chain.ledger('18')).slice(1), ({ transactionId }) => transactionId);
  expect(kindsById.size).toBe(400);
  for (const rows of kindsById.values()) {
    expect(['bet reversal', 'tombstone']).toContain(rows.map(({ kind }) => kind).join(' '));
  }
  expect(await chain.balanceUnits('18')).toBe(100_000n);
});

test('what is called too late was not done, and what is called done was', async () => {
  await createPlayer(chain.clients[0], '20', 1_000_000n);
  const bets = times(600, (i) => operationOf({ kind: 'bet', userId: '20', transactionId: `20${i}`, amountUnits: 10n }));
  const replies = await Promise.all(
    bets.map((bet, i) => walletAt(i).operate({ ...initOf(bet), deadlineMs: 1 + (i % 30) })),
  );
  const stored = new Set((await chain.ledger('20')).map(({ transactionId }) => transactionId));
  for (const [i, { reason }] of replies.entries()) {
    if (reason === Reason.OUTCOME_UNKNOWN) continue;
    expect([Reason.UNSPECIFIED, Reason.DEADLINE_PASSED]).toContain(reason);
    expect(stored.has(`20${i}`)).toBe(reason === Reason.UNSPECIFIED);
  }
});

test('what one wallet did, another one that has never seen the player knows', async () => {
  await createPlayer(chain.clients[0], '19', 1_000n);
  const bet = operationOf({ kind: 'bet', userId: '19', transactionId: '19', amountUnits: 300n });
  const done = await chain.clients[0].operate(initOf(bet));
  expect(reasonName(done.reason)).toBe('');
  const finished = await chain.clients[1].operate(initOf({ ...bet, kind: 'finishRound', amountUnits: 0n }));
  expect(reasonName(finished.reason)).toBe('');
  const again = await chain.clients[1].operate(initOf(bet));
  expect([reasonName(again.reason), again.replayed, again.balanceUnits]).toEqual(['', true, 700n]);
});

test('after all of that no ledger breaks an invariant', async () => {
  const { findings, summary } = await chain.clients[1].verify();
  expect(findings).toEqual([]);
  expect(summary.players).toBe(10n);
});

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : 1);
