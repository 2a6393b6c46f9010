import { afterAll, beforeAll, expect, test } from 'vitest';
import { BookkeepingService } from '../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { OutboxService } from '../../src/gen/wallet/v1/outbox_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, startFixture } from '../wallet/services/fixture.ts';
import { type Croupier, croupier } from './croupier.ts';

const { operatorId } = OPERATOR;

let fixture: Fixture;
let cli: Croupier;
let firstDay: string;

/** Two rounds, closed and summed: one of a bet and a win, and one of a win that nobody staked for. */
beforeAll(async () => {
  fixture = await startFixture();
  cli = croupier({ WALLET_URLS: fixture.wallet.address });
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611', 10_000n);
  firstDay = today();
  const round = { operatorId, userId: '611', provider: 'platform', gameId: '200' };
  const context = '{"rake":"1.2345"}';
  const played = { ...round, roundId: 'played' };
  await fixture.call(MoneyService.method.bet, { ...played, transactionId: '1', amountUnits: 300n });
  await fixture.call(MoneyService.method.win, { ...played, transactionId: '2', amountUnits: 1_725n, context });
  const gift = { ...round, roundId: 'gift' };
  await fixture.call(MoneyService.method.win, { ...gift, transactionId: '3', amountUnits: 1n });
  for (const one of [played, gift]) await fixture.call(MoneyService.method.finishRound, one);
  const { messages } = await fixture.call(OutboxService.method.claimMessages, {});
  await fixture.call(BookkeepingService.method.sumRounds, {
    rounds: messages.map(({ playerId, messageId, payload }) => {
      const { provider, roundId } = JSON.parse(payload) as { provider: string; roundId: string };
      return { playerId, messageId, provider, roundId };
    }),
  });
});
afterAll(() => fixture.stop());

const today = (): string => new Date().toISOString().slice(0, 10);

test("the day's totals are listed, exactly", async () => {
  const span = ['--from', firstDay, '--to', today()];
  const totals = await cli.json<Record<string, unknown>[]>('day-totals', ...span, '--operator', operatorId);
  expect(totals).toEqual([
    {
      day: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
      operatorId,
      provider: 'platform',
      vendor: '',
      gameId: '200',
      currencyCode: 'EUR',
      rounds: 2,
      betCount: 1,
      bets: '3.00',
      winCount: 2,
      wins: '17.26',
      refundCount: 0,
      refunds: '0.00',
      freeSpinCount: 0,
      freeSpinWins: '0.00',
      jackpotCount: 0,
      jackpots: '0.00',
      rake: '1.2345',
      grossGamingRevenue: '-14.26',
    },
  ]);
  expect(await cli.json('day-totals', ...span, '--operator', 'other')).toEqual([]);
  expect(await cli.json('day-totals', '--from', '2020-01-01')).toEqual([]);
  expect((await cli.run('day-totals', ...span)).stdout).toMatch(/^day +operatorId +provider +vendor +gameId /);
});

test.each([
  ['day-totals', '--from', 'yesterday'],
  ['day-totals', '--to', '2026-1-1'],
  ['day-totals', '--from', '2026-13-01'],
])('%s %s %s is a mistake that says how a day is written', async (...args) => {
  const told = await cli.run(...args);
  expect(told).toMatchObject({ code: 2, stdout: '' });
  expect(told.stderr).toContain('A day is as 2026-01-31.');
});

test('anomalies are listed', async () => {
  const anomalies = await cli.json<Record<string, unknown>[]>('anomaly', 'list');
  expect(anomalies).toMatchObject([
    {
      kind: 'win_without_bet',
      operatorId,
      userId: '611',
      provider: 'platform',
      roundId: 'gift',
      gameId: '200',
      resolvedAt: null,
    },
  ]);
  expect(await cli.json('anomaly', 'list', '--all', '--limit', '1')).toEqual(anomalies);
  const table = await cli.run('anomaly', 'list');
  expect(table.stdout).toMatch(/^foundAt +kind +operatorId +userId +provider +roundId /);
  expect(table.stderr).toBe('');
  expect(await cli.run('anomaly', 'list', '--limit', '1001')).toMatchObject({
    code: 1,
    stderr: 'error: limit: must be 1 to 1000\n',
  });
});
