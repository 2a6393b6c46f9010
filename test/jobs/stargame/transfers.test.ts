import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StargameService } from '../../../src/gen/jobs/v1/stargame_pb.ts';
import { TransferService } from '../../../src/gen/jobs/v1/transfers_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import type { NewFault } from '../../../src/simulator/stargame/faults.ts';
import type { Terminal } from '../../../src/simulator/stargame/state.ts';
import { until } from '../until.ts';
import { createStargameWorld, HALL, OPERATOR, SEAMLESS_HALL, type StargameWorld, transferred } from './world.ts';

const OPENING = 10_000n;
const AT_TERMINAL = 700n;

let stargame: StargameWorld;
let userId: string;
let terminal: Terminal;
let hallBefore: bigint;
let transfers = 0;

beforeAll(async () => {
  stargame = await createStargameWorld();
});
afterAll(() => stargame?.[Symbol.asyncDispose]());

beforeEach(async () => {
  userId = await stargame.addPlayer(OPENING);
  const { uid } = await stargame.ask(StargameService.method.registerTerminal, { hallId: HALL, userId });
  const found = stargame.simulator.stargame.state.terminals.get(uid);
  if (found === undefined) throw new Error('not registered');
  terminal = found;
  terminal.balanceUnits = AT_TERMINAL;
  hallBefore = stargame.hall.balanceUnits;
});
afterEach(() => stargame.simulator.stargame.faults.clear());

/** What is wrong with one request that moves money. */
type Fault = NewFault extends infer F ? (F extends object ? Omit<F, 'operation' | 'count'> : never) : never;

const newTransfer = (direction: 'in' | 'out', amountUnits: bigint) => {
  transfers += 1;
  return { transferId: `t-${transfers}`, hallId: HALL, userId, direction, amountUnits };
};

const start = (request: ReturnType<typeof newTransfer>) => stargame.ask(TransferService.method.startTransfer, request);

/** Where the money is: this much came to the terminal, from the player and over the hall's balance, and nothing else moved. */
async function expectMoved(units: bigint): Promise<void> {
  expect({
    player: (await stargame.balanceUnits(userId)) - OPENING,
    terminal: terminal.balanceUnits - AT_TERMINAL,
    hall: stargame.hall.balanceUnits - hallBefore,
  }).toEqual({ player: -units, terminal: units, hall: -units });
}

const stateOf = async (transferId: string) =>
  (await stargame.row('SELECT state, amount_units, attempts FROM transfers WHERE transfer_id = ?', [transferId])).state;

describe('what a transfer does', () => {
  test('to the terminal and back; under the same id once', async () => {
    const into = newTransfer('in', 500n);
    const done = await start(into);
    expect(done).toMatchObject({ state: 'done', amountUnits: 500n, uid: terminal.uid, detail: '' });
    expect(done.operationId).toBeGreaterThan(2n ** 52n);
    expect(await start(into)).toMatchObject({ state: 'done', operationId: done.operationId });
    await expectMoved(500n);
    expect(await start(newTransfer('out', 300n))).toMatchObject({ state: 'done', amountUnits: 300n });
    await expectMoved(200n);
    const named = { operatorId: OPERATOR, provider: 'stargame', transactionId: `transfer:${into.transferId}` };
    expect(await stargame.world.call(MoneyService.method.getTransaction, named)).toMatchObject({
      kind: 'bet',
      amountUnits: 500n,
      context: JSON.stringify({ hall: HALL, terminal: terminal.uid, transfer: into.transferId }),
    });
  });

  test('out of 0 is all there is; nothing there is refused', async () => {
    expect(await start(newTransfer('out', 0n))).toMatchObject({ state: 'done', amountUnits: AT_TERMINAL });
    await expectMoved(-AT_TERMINAL);
    expect(await start(newTransfer('out', 0n))).toMatchObject({ state: 'refused', detail: 'nothing there' });
  });

  test('asked for twice at the same time it is one', async () => {
    const request = newTransfer('in', 500n);
    const answers = await Promise.all([start(request), start(request), start(request)]);
    expect(new Set(answers.map(({ operationId }) => operationId)).size).toBe(1);
    await transferred(stargame, request);
    await expectMoved(500n);
  });

  test("the wallet's no: nothing moved", async () => {
    expect(await start(newTransfer('in', OPENING + 1n))).toMatchObject({
      state: 'refused',
      detail: 'insufficient_funds',
    });
    await stargame.world.call(PlayerService.method.blockPlayer, { operatorId: OPERATOR, userId });
    expect(await start(newTransfer('in', 1n))).toMatchObject({ state: 'refused', detail: 'player_blocked' });
    await expectMoved(0n);
    // What is theirs a blocked player gets all the same.
    expect(await start(newTransfer('out', 100n))).toMatchObject({ state: 'done' });
    await expectMoved(-100n);
  });

  test("StarGame's no: given back, or nothing moved", async () => {
    stargame.hall.balanceUnits = 100n;
    hallBefore = 100n;
    expect(await start(newTransfer('in', 500n))).toMatchObject({ state: 'refunded', detail: 'too_low_hall_balance' });
    expect(await start(newTransfer('out', AT_TERMINAL + 1n))).toMatchObject({
      state: 'refused',
      detail: 'terminal_balance_too_low',
    });
    await expectMoved(0n);
    stargame.hall.balanceUnits = 1_000_000n;
  });

  test('what is not started', async () => {
    const { method } = TransferService;
    const request = newTransfer('in', 100n);
    await start(request);
    const refused = (over: object) =>
      stargame.ask(method.startTransfer, { ...request, ...over }).catch((error) => error);
    expect(await refused({ amountUnits: 101n })).toMatchObject({ code: status.ALREADY_EXISTS });
    expect(await refused({ direction: 'sideways' })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ transferId: 'a b' })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ amountUnits: 0n })).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused({ transferId: 'x', hallId: '5' })).toMatchObject({ code: status.NOT_FOUND });
    expect(await refused({ transferId: 'x', hallId: SEAMLESS_HALL })).toMatchObject({
      code: status.FAILED_PRECONDITION,
    });
    const nobody = await stargame.addPlayer();
    expect(await refused({ transferId: 'x', userId: nobody })).toMatchObject({ code: status.FAILED_PRECONDITION });
    const unknown = { operatorId: OPERATOR, transferId: 'x' };
    await expect(stargame.ask(method.getTransfer, unknown)).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expectMoved(100n);
  });
});

describe('what StarGame does to it', () => {
  const faults: Fault[] = [
    { kind: 'lost_reply' },
    { kind: 'lost_request' },
    { kind: 'malformed_xml' },
    { kind: 'html', afterEffect: true },
    { kind: 'http_500', afterEffect: false },
    { kind: 'http_500', afterEffect: true },
    // Over the end of the request's time, and of the lease: it takes effect later.
    { kind: 'slow', ms: 2_500 },
    { kind: 'error_code', code: 'previous_payments_not_finished' },
  ];
  for (const direction of ['in', 'out'] as const) {
    test.each(faults)(`${direction}, %o: it ends with the money moved once`, async (fault) => {
      stargame.fault({ ...fault, operation: 'api_operation_balance', count: 1 } as NewFault);
      const request = newTransfer(direction, 400n);
      expect(await transferred(stargame, request)).toMatchObject({ state: 'done', amountUnits: 400n });
      await expectMoved(direction === 'in' ? 400n : -400n);
    });
  }

  test('a balance that is not told is asked for again, and fixed before anything moves', async () => {
    stargame.fault({ operation: 'api_get_balance', kind: 'http_500', count: 1 });
    stargame.fault({ operation: 'api_operation_balance', kind: 'lost_reply', count: 1 });
    expect(await transferred(stargame, newTransfer('out', 0n))).toMatchObject({ amountUnits: AT_TERMINAL });
    await expectMoved(-AT_TERMINAL);
  });

  test('a no after a doubt that says nothing of the operation: stuck, seen, and not given back', async () => {
    stargame.fault({ operation: 'api_operation_balance', kind: 'lost_reply', count: 1 });
    stargame.fault({ operation: 'api_operation_balance', kind: 'error_code', code: 'hall_not_exist', count: 2 });
    // The first of the codes is met by the very request whose reply is lost: it is not done then.
    const request = newTransfer('in', 400n);
    await until('it is stuck', async () => (await start(request)).state === 'stuck');
    const list = await stargame.ask(TransferService.method.listTransfers, { state: 'stuck' });
    expect(list.transfers.map(({ transferId, detail }) => ({ transferId, detail }))).toEqual([
      { transferId: request.transferId, detail: 'hall_not_exist' },
    ]);
    await until('people see it', async () => {
      const metrics = await (await fetch(`${stargame.jobs().opsUrl}/metrics`)).text();
      return metrics.includes('croupier_transfers_unfinished{state="stuck"} 1');
    });
    expect(await stargame.balanceUnits(userId)).toBe(OPENING - 400n);
    // Its next try is minutes away.
    await stargame.world.sql.query('UPDATE transfers SET due_at_ms = 0 WHERE transfer_id = ?', [request.transferId]);
    expect(await transferred(stargame, request)).toMatchObject({ state: 'done' });
    await expectMoved(400n);
  });

  test('a definite no after a doubt counts once nothing can be on its way any more', async () => {
    stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms: 1_300, count: 1 });
    stargame.hall.balanceUnits = 100n;
    hallBefore = 100n;
    const request = newTransfer('in', 400n);
    const asked = start(request).catch(() => undefined);
    await stargame.faultsMet();
    await stargame.killJobs();
    await asked;
    await stargame.restartJobs();
    expect(await transferred(stargame, request)).toMatchObject({ state: 'refunded', detail: 'too_low_hall_balance' });
    stargame.hall.balanceUnits = 1_000_000n;
    hallBefore = 1_000_000n;
    await expectMoved(0n);
  });
});

describe('kill -9', () => {
  const restart = async (request: ReturnType<typeof newTransfer>): Promise<string> => {
    await stargame.killJobs();
    await stargame.world.wallet.kill('SIGCONT');
    await stargame.restartJobs();
    // Nobody asks for it any more: it goes on by itself.
    return until('it is at its end', async () => {
      const state = await stateOf(request.transferId);
      return ['done', 'refused', 'refunded'].includes(String(state)) && String(state);
    });
  };
  const begin = (request: ReturnType<typeof newTransfer>): void => void start(request).catch(() => undefined);

  test('while the wallet has the debit', async () => {
    const request = newTransfer('in', 400n);
    stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms: 300, count: 1 });
    begin(request);
    await until('it is begun', async () => (await stateOf(request.transferId)) !== undefined);
    await stargame.world.wallet.kill('SIGSTOP');
    expect(await restart(request)).toBe('done');
    await expectMoved(400n);
  });

  test.each([
    ['in', 400n, 'api_operation_balance'],
    ['out', 400n, 'api_operation_balance'],
    ['out', 0n, 'api_get_balance'],
    ['out', 0n, 'api_operation_balance'],
  ] as const)('%s of %s, while StarGame has %s', async (direction, amountUnits, operation) => {
    stargame.fault({ operation, kind: 'slow', ms: 300, count: 1 });
    const request = newTransfer(direction, amountUnits);
    begin(request);
    await stargame.faultsMet();
    expect(await restart(request)).toBe('done');
    const units = amountUnits === 0n ? AT_TERMINAL : amountUnits;
    await expectMoved(direction === 'in' ? units : -units);
  });

  test('while the wallet has the refund', async () => {
    stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms: 300, count: 1 });
    stargame.fault({ operation: 'api_operation_balance', kind: 'error_code', code: 'user_not_isset', count: 1 });
    const request = newTransfer('in', 400n);
    begin(request);
    await until('it is debited', async () => (await stateOf(request.transferId)) === 'debited');
    await stargame.world.wallet.kill('SIGSTOP');
    await until('it was refused', async () => (await stateOf(request.transferId)) === 'refunding');
    expect(await restart(request)).toBe('refunded');
    await expectMoved(0n);
  });

  test('while the wallet has the credit', async () => {
    stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms: 300, count: 1 });
    const request = newTransfer('out', 400n);
    begin(request);
    await until('StarGame has it', async () => stargame.simulator.stargame.faults.list().length === 0);
    await stargame.world.wallet.kill('SIGSTOP');
    await until('it is decreased', async () => (await stateOf(request.transferId)) === 'decreased');
    expect(await restart(request)).toBe('done');
    await expectMoved(-400n);
  });

  test('at any moment, with replies lost: in the end all the money is where the transfers say', async () => {
    const requests = Array.from({ length: 24 }, (_, index) =>
      newTransfer(index % 3 === 2 ? 'out' : 'in', 100n + BigInt(index)),
    );
    for (let round = 0; round < 4; round += 1) {
      stargame.fault({ operation: 'api_operation_balance', kind: 'lost_reply', count: 2 });
      stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms: 20 * round, count: 3 });
      const begun = requests.slice(round * 6, round * 6 + 6);
      const asked = begun.map((request) => start(request).catch(() => undefined));
      await until('some are debited', async () => {
        const sql = 'SELECT COUNT(*) AS begun FROM transfers WHERE transfer_id IN (?) AND attempts > 0';
        const row = await stargame.row(sql, [begun.map(({ transferId }) => transferId)]);
        return Number(row.begun) > round;
      });
      await stargame.killJobs();
      await Promise.all(asked);
      await stargame.restartJobs();
    }
    let moved = 0n;
    for (const request of requests) {
      const { state, amountUnits, direction } = await transferred(stargame, request);
      if (state === 'done') moved += direction === 'in' ? amountUnits : -amountUnits;
    }
    await expectMoved(moved);
    const { transfers: open } = await stargame.ask(TransferService.method.listTransfers, { unfinished: true });
    expect(open).toEqual([]);
  });
});

test('two processes do one transfer once; one that is stopped hands it over', async () => {
  const second = await stargame.secondJobs();
  const { startTransfer } = TransferService.method;
  for (const ms of [0, 1_500]) {
    stargame.fault({ operation: 'api_operation_balance', kind: 'slow', ms, count: 1 });
    const request = newTransfer('in', 400n);
    const asked = second.ask(startTransfer, request).catch(() => undefined);
    const alsoAsked = start(request);
    await stargame.faultsMet();
    if (ms > 0) await second.process.stop();
    await Promise.all([asked, alsoAsked]);
    expect(await transferred(stargame, request)).toMatchObject({ state: 'done' });
  }
  second.close();
  await expectMoved(800n);
});

test('nothing came late: StarGame has moved money for each transfer that is done, and for no other', async () => {
  const { done } = await stargame.row("SELECT COUNT(*) AS done FROM transfers WHERE state = 'done'", []);
  expect(stargame.hall.payments.size).toBe(Number(done));
});
