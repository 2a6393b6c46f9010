import { OperationKind } from '../../../gen/wallet/v1/money_pb.ts';
import { REASON_CODES } from '../op-codes.ts';
import type { Command } from './command.ts';

/** PLATFORM v2.49, finishround. */
export const finishround: Command = {
  malformed: 'OP_49',
  codes: REASON_CODES,
  read: (fields, operation) => {
    operation.kind = OperationKind.FINISH_ROUND;
    operation.roundId = fields.integer('round_id', 20);
    operation.userId = fields.userId();
    operation.gameId = fields.integer('game_id', 6);
    fields.text('round_date', 10);
    fields.text('round_ts', 13);
  },
  answer: (_outcome, fields) =>
    `{"round_id":${fields.raw('round_id')},"user_id":${fields.rawUserId()},"game_id":${fields.raw('game_id')}}`,
};
