import { describe, expect, it } from 'vitest';
import { type Operation, OperationKind, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import {
  answer,
  answerAll,
  ask,
  bet,
  type Call,
  type Counterparty,
  startCounterparty,
  startStream,
} from '../harness/scripted-wallet.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

describe('a wallet process that is silent', () => {
  /** Two wallets, of which the first keeps what it gets until it is woken, and two of its players. */
  async function startSilent(onWake: (call: Call, held: Operation[]) => void) {
    const held: Operation[] = [];
    const silence = { isOver: false };
    const silent = await startCounterparty((call, operations) => {
      if (silence.isOver) answer(call, operations);
      else held.push(...operations);
    });
    const lively = await startCounterparty(answerAll);
    const stream = startStream([silent.address, lively.address]);
    await Promise.all([silent.opened, lively.opened]);
    const asked = Array.from({ length: 40 }, (_, index) => ask(stream, bet({ userId: `player-${index}` }), 40));
    await Promise.all(asked);
    const [userId = '', otherId = ''] = held.map((operation) => operation.userId);
    expect(otherId).not.toBe('');
    const wake = (): void => {
      silence.isOver = true;
      const [call] = silent.calls;
      if (call !== undefined) onWake(call, held);
    };
    const takenBy = (wallet: Counterparty, operation: Operation): boolean =>
      wallet.frames.flat().some(({ transactionId }) => transactionId === operation.transactionId);
    /** Whose wallet a bet of `player` goes to now. */
    const home = async (player: string): Promise<'silent' | 'lively'> => {
      const operation = bet({ userId: player });
      await ask(stream, operation, 40);
      return takenBy(lively, operation) ? 'lively' : 'silent';
    };
    return { stream, silent, userId, otherId, wake, home };
  }

  it('is passed over until it says something', async () => {
    const { userId, otherId, wake, home } = await startSilent(answer);
    await expect.poll(() => home(userId), PATIENCE).toBe('lively');
    await expect.poll(() => home(otherId), PATIENCE).toBe('lively');
    wake();
    await expect.poll(() => home(userId), PATIENCE).toBe('silent');
    await expect.poll(() => home(otherId), PATIENCE).toBe('silent');
  });

  it('is asked for a balance now and then, which another answers, and so comes back also where it lost everything', async () => {
    const { stream, userId, wake, home } = await startSilent(() => undefined);
    await expect.poll(() => home(userId), PATIENCE).toBe('lively');
    wake();
    const balance = { kind: OperationKind.BALANCE, userId };
    const returned = async (): Promise<string> => {
      expect((await ask(stream, bet(balance))).reason).toBe(Reason.UNSPECIFIED);
      return home(userId);
    };
    await expect.poll(returned, PATIENCE).toBe('silent');
    await expect.poll(() => stream.inFlight(), PATIENCE).toBe(0);
  });

  it('is asked all the same where it is the only one', async () => {
    const held: Operation[] = [];
    const wallet = await startCounterparty((call, operations) => {
      held.push(...operations);
      if (operations.some(({ userId }) => userId === 'last')) answer(call, held);
    });
    const stream = startStream([wallet.address]);
    expect((await ask(stream, bet(), 1_000)).reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect((await ask(stream, bet({ userId: 'last' }))).reason).toBe(Reason.UNSPECIFIED);
  });
});
