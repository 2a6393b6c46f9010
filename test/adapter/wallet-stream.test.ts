import { describe, expect, it } from 'vitest';
import { type Operation, type Outcome, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import {
  answer,
  answerAll,
  ask,
  bet,
  breakStream,
  startCounterparty,
  startStream,
} from '../harness/scripted-wallet.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

describe('an operation', () => {
  it('gets its own outcome, in whatever order they come', async () => {
    const held: Operation[] = [];
    const wallet = await startCounterparty((call, operations) => {
      held.push(...operations);
      if (held.length === 3) answer(call, held.reverse());
    });
    const stream = startStream([wallet.address]);
    const operations = [bet(), bet(), bet()];
    const outcomes = await Promise.all(operations.map((operation) => ask(stream, operation)));
    expect(outcomes.map(({ message }) => message)).toEqual(operations.map(({ transactionId }) => transactionId));
    expect(stream.inFlight()).toBe(0);
  });

  it('goes out with what else gathered in the tick, within the limits of a frame', async () => {
    const wallet = await startCounterparty(answerAll);
    const stream = startStream([wallet.address]);
    await ask(stream, bet());
    await Promise.all(Array.from({ length: 1_000 }, () => ask(stream, bet())));
    expect(wallet.frames.map((frame) => frame.length)).toEqual([1, 512, 488]);
  });

  it('counts the size of a context into the frame', async () => {
    const wallet = await startCounterparty(answerAll);
    const stream = startStream([wallet.address]);
    await ask(stream, bet());
    const context = JSON.stringify('€'.repeat(20_000));
    await Promise.all(Array.from({ length: 200 }, () => ask(stream, bet({ context }))));
    expect(wallet.frames.length).toBeGreaterThan(2);
  });

  it('carries the token in the metadata, and what remains until its deadline', async () => {
    const wallet = await startCounterparty(answerAll);
    const stream = startStream([wallet.address]);
    await ask(stream, bet(), 5_000);
    expect(wallet.calls[0]?.metadata.get('authorization')).toEqual(['Bearer token']);
    const deadlineMs = wallet.frames[0]?.[0]?.deadlineMs ?? 0;
    expect(deadlineMs).toBeGreaterThan(0);
    expect(deadlineMs).toBeLessThanOrEqual(5_000);
  });
});

describe('a stream that breaks', () => {
  it('is opened again, and what was in flight asked again under the same transaction id, with less time', async () => {
    const wallet = await startCounterparty((call, operations, { frames }) => {
      if (frames.length === 1) breakStream(call);
      else answer(call, operations);
    });
    const stream = startStream([wallet.address]);
    const operation = bet();
    const outcome = await ask(stream, operation);
    expect(outcome).toMatchObject({ reason: Reason.UNSPECIFIED, message: operation.transactionId });
    const [first, second] = wallet.frames.flat();
    expect(second?.transactionId).toBe(first?.transactionId);
    expect(second?.deadlineMs).toBeLessThan(first?.deadlineMs ?? 0);
  });

  it('that the wallet ends in good order loses nothing either', async () => {
    const wallet = await startCounterparty((call, operations, { frames }) => {
      if (frames.length === 1) call.end();
      else answer(call, operations);
    });
    const stream = startStream([wallet.address]);
    expect((await ask(stream, bet())).reason).toBe(Reason.UNSPECIFIED);
  });

  it.each([Reason.UNAVAILABLE, Reason.OVERLOADED, Reason.DEADLINE_PASSED])(
    'leaves the outcome unknown where the second try only tells (reason %i) that it did nothing itself',
    async (reason) => {
      const wallet = await startCounterparty((call, operations, { frames }) => {
        if (frames.length === 1) breakStream(call);
        else answer(call, operations, reason);
      });
      const stream = startStream([wallet.address]);
      expect((await ask(stream, bet())).reason).toBe(Reason.OUTCOME_UNKNOWN);
      expect((await ask(stream, bet())).reason).toBe(reason);
    },
  );

  it('leaves the outcome of a bet unknown that is void when late, and asks nobody again', async () => {
    const silent = await startCounterparty((call, operations) => {
      if (operations.some(({ voidIfLate }) => voidIfLate)) breakStream(call);
      else answer(call, operations);
    });
    const lively = await startCounterparty(answerAll);
    const stream = startStream([silent.address, lively.address]);
    const operations = Array.from({ length: 40 }, (_, index) => bet({ userId: `player-${index}`, voidIfLate: true }));
    const outcomes = await Promise.all(operations.map((operation) => ask(stream, operation)));
    const lost = operations.filter((_, index) => outcomes[index]?.reason === Reason.OUTCOME_UNKNOWN);
    const taken = silent.frames.flat().map(({ transactionId }) => transactionId);
    expect(lost.length).toBeGreaterThan(0);
    expect(taken).toEqual(lost.map(({ transactionId }) => transactionId));
    const asked = [...taken, ...lively.frames.flat().map(({ transactionId }) => transactionId)];
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('sends what is in flight to another wallet process, and its players after it', async () => {
    const silent = await startCounterparty(() => undefined);
    const lively = await startCounterparty(answerAll);
    const stream = startStream([silent.address, lively.address]);
    // Players of both: those of the silent one wait.
    const outcomes = Array.from({ length: 40 }, (_, index) => ask(stream, bet({ userId: `player-${index}` })));
    await expect.poll(() => silent.frames.flat().length + lively.frames.flat().length, PATIENCE).toBe(40);
    const homeless = silent.frames.flat().map(({ userId }) => userId);
    expect(homeless.length).toBeGreaterThan(0);
    silent.kill();
    for (const outcome of await Promise.all(outcomes)) expect(outcome.reason).toBe(Reason.UNSPECIFIED);
    expect((await ask(stream, bet({ userId: homeless[0] ?? '' }))).reason).toBe(Reason.UNSPECIFIED);
  });
});

describe('several wallet processes', () => {
  it('each have their own players while they are up', async () => {
    const wallets = [
      await startCounterparty(answerAll),
      await startCounterparty(answerAll),
      await startCounterparty(answerAll),
    ];
    const stream = startStream(wallets.map(({ address }) => address));
    await Promise.all(wallets.map(({ opened }) => opened));
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 60 }, (_, index) => ask(stream, bet({ userId: `player-${index}` }))));
    }
    const homes = wallets.map(({ frames }) => new Set(frames.flat().map(({ userId }) => userId)));
    expect(homes.every(({ size }) => size > 0)).toBe(true);
    expect(homes.reduce((sum, { size }) => sum + size, 0)).toBe(60);
  });
});

describe('without an outcome', () => {
  it('is unknown once it was sent; what comes later is ignored', async () => {
    const held: Operation[] = [];
    const wallet = await startCounterparty((call, operations) => {
      if (held.length === 0) held.push(...operations);
      else answer(call, [...held, ...operations]);
    });
    const stream = startStream([wallet.address]);
    const outcomes: Outcome[] = [];
    await new Promise<void>((resolve) => {
      stream.ask(bet(), performance.now() + 500, {
        settle: (outcome) => {
          outcomes.push(outcome);
          resolve();
        },
      });
    });
    expect(held).toHaveLength(1);
    // The late outcome arrives in the frame of this one.
    expect((await ask(stream, bet())).reason).toBe(Reason.UNSPECIFIED);
    expect(outcomes.map(({ reason }) => reason)).toEqual([Reason.OUTCOME_UNKNOWN]);
  });

  it('is unavailable where it was certainly never sent', async () => {
    const gone = await startCounterparty(answerAll);
    gone.kill();
    const stream = startStream([gone.address]);
    expect((await ask(stream, bet(), 100)).reason).toBe(Reason.UNAVAILABLE);
    expect(stream.isUp()).toBe(false);
  });

  it('waits for a wallet that is on its way', async () => {
    const gone = await startCounterparty(answerAll);
    gone.kill();
    const stream = startStream([gone.address]);
    const outcome = ask(stream, bet(), 20_000);
    await startCounterparty(answerAll, gone.port);
    expect((await outcome).reason).toBe(Reason.UNSPECIFIED);
    expect(stream.isUp()).toBe(true);
  });

  it('is turned away at once where too much is in flight', async () => {
    const held: Operation[] = [];
    const wallet = await startCounterparty((call, operations) => {
      held.push(...operations);
      if (held.length === 2) answer(call, held);
    });
    const stream = startStream([wallet.address], 2);
    const asked = [ask(stream, bet()), ask(stream, bet())];
    let refused: Outcome | undefined;
    stream.ask(bet(), performance.now() + 10_000, {
      settle: (outcome) => {
        refused = outcome;
      },
    });
    expect(refused?.reason).toBe(Reason.OVERLOADED);
    for (const outcome of await Promise.all(asked)) expect(outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  it('is settled when the stream is closed', async () => {
    const wallet = await startCounterparty(() => undefined);
    const stream = startStream([wallet.address]);
    const asked = ask(stream, bet());
    await expect.poll(() => wallet.frames.length, PATIENCE).toBe(1);
    stream.close();
    expect((await asked).reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect(stream.inFlight()).toBe(0);
  });
});
