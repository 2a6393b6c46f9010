import { describe, expect, test } from 'vitest';
import { apiHallSettings } from '../../adapter/stargame/remote/operations/api-hall-settings.ts';
import { apiOperationBalance } from '../../adapter/stargame/remote/operations/api-operation-balance.ts';
import { apiReg } from '../../adapter/stargame/remote/operations/api-reg.ts';
import { remotecabGameHistory } from '../../adapter/stargame/remote/operations/remotecab-game-history.ts';
import { answerJson, typed } from './call.ts';

describe('fields that came as text', () => {
  test('ids stay text, however many digits they have', () => {
    const balance = { hall_id: '125', user_id: '9007199254740993', operation: 'increase', sum: '9007199254740993' };
    expect(typed(apiOperationBalance.request, balance)).toEqual({ ...balance, sum: 9007199254740993n });
  });

  test('numbers, also where only some are allowed', () => {
    const born = { birthDay: '2', birthMonth: '5', birthYear: '1980' };
    expect(typed(apiReg.request, { hall_id: '125', phone: '37120000001', ...born })).toMatchObject({
      phone: '37120000001',
      birthDay: 2,
      birthMonth: 5,
      birthYear: 1980,
    });
    const log = { user_id: '1', user_password: 'x', use_hash: '0', operation: 'log', log_id: '5' };
    expect(typed(remotecabGameHistory.request, log)).toEqual({ ...log, use_hash: 0 });
  });

  test('objects as JSON, with what is in them', () => {
    const fields = { hall_id: '1', operation: 'set', settings: '{"maxwin":"6000","pbonus":5}' };
    expect(typed(apiHallSettings.request, fields)).toEqual({ ...fields, settings: { maxwin: 6000, pbonus: 5 } });
  });

  test.each([{ sum: 'x' }, { sum: '1.5' }, { sum: '' }, { sum: '9'.repeat(30) }, { settings: '{' }])(
    'what can not be is left as it is: %o',
    (field) => {
      const fields = { hall_id: '1', user_id: '2', operation: 'increase', ...field };
      expect(typed(apiOperationBalance.request, fields)).toEqual(fields);
    },
  );
});

test('an answer as JSON has no passwords and keys, at any depth, and whole numbers', () => {
  const answer = {
    balance: 9007199254740993n,
    password: 'a',
    users: [{ uid: '1', password: 'b' }],
    key1: '1',
    md5: 'c',
  };
  expect(answerJson(answer)).toBe('{"balance":"9007199254740993","users":[{"uid":"1"}]}');
});
