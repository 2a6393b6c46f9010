import type { Operation } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperationKind } from '../../../src/gen/wallet/v1/money_pb.ts';
import { type OperationInit, operation } from '../../../src/wallet/lanes/test-request.ts';
import { newId } from './fixture.ts';

// Operations of users u1, u2, … as a provider sends them; each under an id of its own unless it is named.

type Maker = (user: number, more?: OperationInit) => Operation;

const maker =
  (kind: OperationKind): Maker =>
  (user, more = {}) =>
    operation({ kind, userId: `u${user}`, transactionId: newId(), deadlineMs: 8_000, ...more });

export const bet = maker(OperationKind.BET);
export const win = maker(OperationKind.WIN);
export const refund = maker(OperationKind.REFUND);
export const cancel = maker(OperationKind.CANCEL);
export const status = maker(OperationKind.STATUS);
export const finishRound: Maker = (user, more = {}) =>
  maker(OperationKind.FINISH_ROUND)(user, { transactionId: '', amountUnits: 0n, ...more });
export const balance: Maker = (user, more = {}) =>
  maker(OperationKind.BALANCE)(user, { transactionId: '', amountUnits: 0n, ...more });
export const authenticate: Maker = (user, more = {}) =>
  maker(OperationKind.AUTHENTICATE)(user, {
    userId: '',
    transactionId: '',
    amountUnits: 0n,
    currencyCode: '',
    sessionToken: `session-token-of-player-${user}`,
    ...more,
  });
