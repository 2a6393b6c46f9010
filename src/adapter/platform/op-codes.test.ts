import { describe, expect, it } from 'vitest';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
import { AUTHENTICATE_CODES, errorData, OP_MESSAGES, opCode, REASON_CODES } from './op-codes.ts';

describe('opCode', () => {
  it('is one of the document’s codes for every reason', () => {
    for (const reason of Object.values(Reason)) {
      expect(Object.keys(OP_MESSAGES)).toContain(opCode(reason, REASON_CODES, 'OP_49'));
    }
  });

  it('tells an outcome that is not known from one that is', () => {
    expect(opCode(Reason.OUTCOME_UNKNOWN, REASON_CODES, 'OP_49')).toBe('OP_47');
    expect(opCode(Reason.UNAVAILABLE, REASON_CODES, 'OP_49')).toBe('OP_50');
  });

  it('depends on the command where the document says so', () => {
    expect(opCode(Reason.PLAYER_BLOCKED, REASON_CODES, 'OP_49')).toBe('OP_33');
    expect(opCode(Reason.PLAYER_BLOCKED, AUTHENTICATE_CODES, 'OP_50')).toBe('OP_22');
    expect(opCode(Reason.INVALID_ARGUMENT, REASON_CODES, 'OP_49')).toBe('OP_49');
    expect(opCode(Reason.INVALID_ARGUMENT, REASON_CODES, 'OP_50')).toBe('OP_50');
  });
});

describe('errorData', () => {
  it('is JSON whatever the detail is', () => {
    expect(JSON.parse(errorData('OP_31'))).toEqual({ error_code: 'OP_31', error_message: 'Insufficient funds' });
    expect(JSON.parse(errorData('OP_49', '"\ud800\n" occurs twice'))).toEqual({
      error_code: 'OP_49',
      error_message: 'Operation failed: "\ud800\n" occurs twice',
    });
  });
});
