import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StargameService } from '../../../src/gen/jobs/v1/stargame_pb.ts';
import { TransferMoved, TransferService } from '../../../src/gen/jobs/v1/transfers_pb.ts';
import { AuditService } from '../../../src/gen/wallet/v1/audit_pb.ts';
import { until } from '../until.ts';
import { createStargameWorld, HALL, OPERATOR, type StargameWorld } from './world.ts';

let stargame: StargameWorld;

beforeAll(async () => {
  stargame = await createStargameWorld();
});
afterAll(() => stargame?.[Symbol.asyncDispose]());

test.each([
  ['in', true, 'done', 400n],
  ['in', false, 'refunded', 0n],
  ['out', true, 'done', -400n],
  ['out', false, 'refused', 0n],
] as const)('%s, stuck, and a person knows whether it was moved: %o', async (direction, hasMoved, end, units) => {
  const userId = await stargame.addPlayer(10_000n);
  const { uid } = await stargame.ask(StargameService.method.registerTerminal, { hallId: HALL, userId });
  const terminal = stargame.simulator.stargame.state.terminals.get(uid);
  if (terminal === undefined) throw new Error('not registered');
  terminal.balanceUnits = 700n;
  stargame.fault({ operation: 'api_operation_balance', kind: 'error_code', code: 'strange', count: 1 });
  const request = { transferId: `s-${end}-${direction}`, hallId: HALL, userId, direction, amountUnits: 400n };
  const { operationId } = await until('it is stuck', async () => {
    const stuck = await stargame.ask(TransferService.method.startTransfer, request);
    return stuck.state === 'stuck' && stuck;
  });
  if (hasMoved) {
    // What StarGame did in spite of its answer.
    const oldUnits = terminal.balanceUnits;
    terminal.balanceUnits += units;
    stargame.hall.balanceUnits -= units;
    const payment = { uid: terminal.uid, operation: direction, oldUnits, newUnits: terminal.balanceUnits };
    stargame.hall.payments.set(String(operationId), payment);
  }
  const settle = (over: object = {}) =>
    stargame
      .ask(TransferService.method.settleTransfer, {
        operatorId: OPERATOR,
        transferId: request.transferId,
        moved: hasMoved ? TransferMoved.YES : TransferMoved.NO,
        actor: 'anna',
        note: 'they say so',
        ...over,
      })
      .catch((error) => error);
  const doubt = (ms: number) =>
    stargame.world.sql.query('UPDATE transfers SET doubted_at_ms = ? WHERE transfer_id = ?', [ms, request.transferId]);
  for (const over of [{ moved: 0 }, { actor: '' }, { note: ' ' }, { transferId: 'a b' }]) {
    expect(await settle(over)).toMatchObject({ code: status.INVALID_ARGUMENT });
  }
  expect(await settle({ transferId: 'nobody-s' })).toMatchObject({ code: status.NOT_FOUND });
  await doubt(Date.now() + 60_000);
  expect(await settle()).toMatchObject({ code: status.FAILED_PRECONDITION });
  await doubt(0);
  expect(await settle()).toMatchObject({ state: end });
  expect(await stargame.balanceUnits(userId)).toBe(10_000n - units);
  expect(terminal.balanceUnits).toBe(700n + units);
  expect(await settle()).toMatchObject({ code: status.FAILED_PRECONDITION });
  const { entries } = await stargame.world.call(AuditService.method.listAudit, { limit: 1 });
  expect(entries).toMatchObject([
    {
      actor: 'anna',
      action: 'transfer.settle',
      target: `transfer ${OPERATOR} ${request.transferId}`,
      detail: `${direction} 400 units, ${hasMoved ? 'moved' : 'not moved'}: they say so`,
    },
  ]);
});
