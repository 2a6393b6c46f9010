import { describe, expect, test } from 'vitest';
import { brokenByAccount, brokenByRow, type CheckedRow, type Standing } from './invariants.ts';

const BEFORE: Standing = { playerId: 1n, currencyCode: 'EUR', seq: 4n, balanceUnits: 1_000n };

const BET: CheckedRow = {
  seq: 5n,
  isReversal: false,
  kind: 'bet',
  status: 'ok',
  amountUnits: 300n,
  currencyCode: 'EUR',
  debitAccount: 'player',
  creditAccount: 'games',
  balanceAfterUnits: 700n,
  original: null,
};

const WIN: CheckedRow = {
  ...BET,
  kind: 'win',
  debitAccount: 'games',
  creditAccount: 'player',
  balanceAfterUnits: 1_300n,
};

const REFUSED: CheckedRow = {
  ...BET,
  status: 'error',
  currencyCode: 'USD',
  debitAccount: '',
  creditAccount: '',
  balanceAfterUnits: 1_000n,
};

const ORIGINAL = {
  playerId: 1n,
  kind: 'bet',
  status: 'ok',
  amountUnits: 300n,
  debitAccount: 'player',
  creditAccount: 'games',
};
const UNMOVED = { debitAccount: '', creditAccount: '' };

const REVERSAL: CheckedRow = { ...WIN, kind: 'reversal', isReversal: true, original: ORIGINAL };

const CORRECTION: CheckedRow = {
  ...BET,
  kind: 'correction',
  amountUnits: -300n,
  creditAccount: 'corrections',
};

describe('a row that is right', () => {
  test.each([
    ['a bet', BET],
    ['a bet of all that is there', { ...BET, amountUnits: 1_000n, balanceAfterUnits: 0n }],
    ['a win', WIN],
    ['a win of one unit', { ...WIN, amountUnits: 1n, balanceAfterUnits: 1_001n }],
    ['a win of nothing', { ...WIN, amountUnits: 0n, balanceAfterUnits: 1_000n }],
    ['a refusal, in any currency', REFUSED],
    ['a tombstone', { ...REFUSED, kind: 'tombstone', status: 'canceled', amountUnits: 0n }],
    ['a reversal', REVERSAL],
    [
      'the reversal of a refusal',
      {
        ...REVERSAL,
        amountUnits: 0n,
        debitAccount: '',
        creditAccount: '',
        balanceAfterUnits: 1_000n,
        original: { ...ORIGINAL, ...UNMOVED, status: 'error' },
      },
    ],
    [
      'the reversal of a spent win, into debt',
      {
        ...REVERSAL,
        debitAccount: 'player',
        creditAccount: 'games',
        amountUnits: 1_500n,
        balanceAfterUnits: -500n,
        original: { ...ORIGINAL, kind: 'win', amountUnits: 1_500n, debitAccount: 'games', creditAccount: 'player' },
      },
    ],
    ['a bet of nothing', { ...BET, amountUnits: 0n, balanceAfterUnits: 1_000n }],
    ['a refund', { ...WIN, kind: 'refund' }],
    ['a deposit', { ...WIN, kind: 'deposit', debitAccount: 'cashier' }],
    ['a withdrawal', { ...BET, kind: 'withdrawal', creditAccount: 'cashier' }],
    ['a correction upwards', { ...WIN, kind: 'correction', debitAccount: 'corrections' }],
    ['a correction downwards', CORRECTION],
    ['a correction into debt', { ...CORRECTION, amountUnits: -1_300n, balanceAfterUnits: -300n }],
    [
      'the reversal of a correction downwards',
      {
        ...REVERSAL,
        amountUnits: -300n,
        debitAccount: 'corrections',
        original: { ...ORIGINAL, kind: 'correction', amountUnits: -300n, creditAccount: 'corrections' },
      },
    ],
  ] satisfies [string, CheckedRow][])('%s', (_, row) => {
    expect(brokenByRow(BEFORE, row)).toEqual([]);
  });
});

test('a bet that is refused in debt is right, too', () => {
  const refused = { ...REFUSED, balanceAfterUnits: -500n };
  expect(brokenByRow({ ...BEFORE, balanceUnits: -500n }, refused)).toEqual([]);
});

describe('a row that is wrong', () => {
  test.each([
    ['a gap', { ...BET, seq: 6n }, ['seq follows 4']],
    ['a seq again', { ...BET, seq: 4n }, ['seq follows 4']],
    [
      'a balance that does not follow',
      { ...BET, balanceAfterUnits: 701n },
      ['balance after is 701, but 1000 and -300 make another'],
    ],
    [
      'a movement the other way',
      { ...BET, debitAccount: 'games', creditAccount: 'player' },
      [
        'balance after is 700, but 1000 and 300 make another',
        "its sides are 'games' and 'player', not 'player' and 'games'",
      ],
    ],
    ['no credit side', { ...BET, creditAccount: '' }, ["its sides are 'player' and '', not 'player' and 'games'"]],
    ['no debit side', { ...WIN, debitAccount: '' }, ["its sides are '' and 'player', not 'games' and 'player'"]],
    [
      'the same account twice',
      { ...WIN, debitAccount: 'player' },
      ["its sides are 'player' and 'player', not 'games' and 'player'"],
    ],
    ['a refusal that moved', { ...BET, status: 'error' }, ["its sides are 'player' and 'games', not '' and ''"]],
    [
      'a tombstone that moved',
      { ...BET, kind: 'tombstone', status: 'canceled' },
      ["its sides are 'player' and 'games', not '' and ''"],
    ],
    ['another currency', { ...BET, currencyCode: 'USD' }, ['moves USD in an account of EUR']],
    ['a bet that overdraws', { ...BET, amountUnits: 1_001n, balanceAfterUnits: -1n }, ['overdraws']],
    [
      'a withdrawal that overdraws',
      { ...BET, kind: 'withdrawal', creditAccount: 'cashier', amountUnits: 1_001n, balanceAfterUnits: -1n },
      ['overdraws'],
    ],
    ['a reversal that is called a refund', { ...REVERSAL, kind: 'refund' }, ['its kind and is_reversal differ']],
    [
      'a bet that is called a reversal',
      { ...BET, kind: 'reversal' },
      ["its sides are 'player' and 'games', not '' and ''", 'its kind and is_reversal differ'],
    ],
    [
      'a reversal of nothing',
      { ...REVERSAL, original: null },
      ["its sides are 'games' and 'player', not '' and ''", 'undoes nothing'],
    ],
    [
      'a reversal of another player’s',
      { ...REVERSAL, original: { ...ORIGINAL, playerId: 2n } },
      ["undoes another player's transaction"],
    ],
    [
      'a reversal of a tombstone',
      {
        ...REVERSAL,
        amountUnits: 0n,
        debitAccount: '',
        creditAccount: '',
        balanceAfterUnits: 1_000n,
        original: { ...ORIGINAL, ...UNMOVED, kind: 'tombstone', status: 'canceled', amountUnits: 0n },
      },
      ['undoes a tombstone'],
    ],
    [
      'a reversal of another amount',
      { ...REVERSAL, amountUnits: 299n, balanceAfterUnits: 1_299n },
      ['undoes 299 of 300'],
    ],
    [
      'money given back for a refusal',
      { ...REVERSAL, original: { ...ORIGINAL, ...UNMOVED, status: 'error' } },
      ["its sides are 'games' and 'player', not '' and ''", 'undoes 300 of 0'],
    ],
    [
      'a reversal to another account than it came from',
      { ...REVERSAL, debitAccount: 'cashier' },
      ["its sides are 'cashier' and 'player', not 'games' and 'player'"],
    ],
    [
      'a reversal in the direction of what it undoes',
      { ...REVERSAL, debitAccount: 'player', creditAccount: 'games', balanceAfterUnits: 700n },
      ["its sides are 'player' and 'games', not 'games' and 'player'"],
    ],
    [
      'a deposit from the games',
      { ...WIN, kind: 'deposit' },
      ["its sides are 'games' and 'player', not 'cashier' and 'player'"],
    ],
    [
      'a withdrawal to the games',
      { ...BET, kind: 'withdrawal' },
      ["its sides are 'player' and 'games', not 'player' and 'cashier'"],
    ],
    [
      'a correction upwards that took',
      { ...CORRECTION, amountUnits: 300n },
      ["its sides are 'player' and 'corrections', not 'corrections' and 'player'"],
    ],
    ['a kind that there is not', { ...BET, kind: 'gift' }, ["its sides are 'player' and 'games', not '' and ''"]],
  ] satisfies [string, CheckedRow, string[]][])('%s', (_, row, broken) => {
    expect(brokenByRow(BEFORE, row)).toEqual(broken);
  });

  test('says everything that is wrong with it', () => {
    const row = { ...BET, seq: 7n, status: 'error', currencyCode: 'USD' };
    expect(brokenByRow(BEFORE, row)).toEqual([
      'seq follows 4',
      "its sides are 'player' and 'games', not '' and ''",
      'moves USD in an account of EUR',
    ]);
  });

  test.each([
    [
      'a bet that is done, and moved nothing',
      { ...BET, debitAccount: '', creditAccount: '', balanceAfterUnits: 1_000n },
    ],
    ['an entry between two accounts of the house', { ...BET, debitAccount: 'cashier', balanceAfterUnits: 1_000n }],
    ['a bet that was paid out', { ...BET, debitAccount: 'games', creditAccount: 'player', balanceAfterUnits: 1_300n }],
    ['a win that was taken', { ...WIN, debitAccount: 'player', creditAccount: 'games', balanceAfterUnits: 700n }],
  ] satisfies [string, CheckedRow][])('%s, is not right either', (_, row) => {
    expect(brokenByRow(BEFORE, row)).not.toEqual([]);
  });
});

describe('an account', () => {
  test('stands where its ledger ends', () => {
    expect(brokenByAccount(BEFORE, { seq: 4n, balanceUnits: 1_000n })).toEqual([]);
  });

  test.each([
    {
      name: 'seq',
      account: { seq: 5n, balanceUnits: 1_000n },
      broken: ["the account's seq is 5, the ledger ends with 4"],
    },
    {
      name: 'balance',
      account: { seq: 4n, balanceUnits: 1_001n },
      broken: ["the account's balance is 1001, the ledger makes 1000"],
    },
    {
      name: 'seq and balance',
      account: { seq: 3n, balanceUnits: 0n },
      broken: ["the account's seq is 3, the ledger ends with 4", "the account's balance is 0, the ledger makes 1000"],
    },
  ])('that differs in its $name does not', ({ account, broken }) => {
    expect(brokenByAccount(BEFORE, account)).toEqual(broken);
  });
});
