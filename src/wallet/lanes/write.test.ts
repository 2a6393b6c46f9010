import { describe, expect, test } from 'vitest';
import type { Account, LedgerRow } from '../core/state.ts';
import { emptyWrites, hasWrites, writeStatements } from './write.ts';

const ROW: LedgerRow = {
  playerId: 1n,
  seq: 2n,
  operatorId: 'casino',
  provider: 'platform',
  transactionId: 't1',
  isReversal: false,
  kind: 'bet',
  status: 'error',
  reason: 9,
  amountUnits: 300n,
  currencyCode: 'EUR',
  debitAccount: '',
  creditAccount: '',
  balanceAfterUnits: -5n,
  roundId: 'r1',
  gameId: '200',
  context: `{"note":"it's"}`,
  requestId: 'req-1',
  occurredAtMs: 0n,
  createdAtMs: 1_700_000_000_000,
};

const ACCOUNT: Account = {
  balanceUnits: -5n,
  seq: 2n,
  counters: {
    day: 20_000,
    stakeDayUnits: 1n,
    stakeWeekUnits: 2n,
    stakeMonthUnits: 3n,
    lossDayUnits: -4n,
    lossWeekUnits: -5n,
    lossMonthUnits: -6n,
  },
};

let nextId = 100n;
const newMessageId = (): bigint => nextId++;
const statementsOf = (writes: Partial<ReturnType<typeof emptyWrites>>): string[] =>
  writeStatements({ ...emptyWrites(), ...writes }, 77, newMessageId).map((sql) => sql.replace(/\s+/g, ' '));

test('nothing to write is nothing to write', () => {
  expect(hasWrites(emptyWrites())).toBe(false);
  expect(hasWrites({ ...emptyWrites(), rows: [ROW] })).toBe(true);
  const round = { playerId: 1n, provider: 'platform', roundId: 'r1', finished: true, closed: true };
  expect(hasWrites({ ...emptyWrites(), rounds: new Map([['1 platform r1', round]]) })).toBe(true);
  expect(hasWrites({ ...emptyWrites(), outbox: [{ playerId: 1n, topic: 'round-close', payload: {} }] })).toBe(true);
});

describe('one round trip', () => {
  test('writes the rows first and commits last', () => {
    const statements = statementsOf({
      rows: [ROW, { ...ROW, seq: 3n }],
      accounts: new Map([[1n, ACCOUNT]]),
      rounds: new Map([['k', { playerId: 1n, provider: 'platform', roundId: 'r1', finished: true, closed: false }]]),
      outbox: [{ playerId: 1n, topic: 'round-close', payload: { roundId: 'r1' } }],
    });
    expect(statements.map((sql) => sql.split(' ').slice(0, 3).join(' '))).toEqual([
      'INSERT INTO transactions',
      'INSERT INTO accounts',
      'INSERT INTO rounds',
      'INSERT INTO outbox',
      'COMMIT',
    ]);
  });

  test('has no statement for what is not there', () => {
    expect(statementsOf({ rows: [ROW] })).toHaveLength(2);
    expect(statementsOf({ accounts: new Map([[1n, ACCOUNT]]) })[0]).toMatch(/^INSERT INTO accounts/);
  });
});

test('a row, its values in the order of its columns, quoted', () => {
  const [insert] = statementsOf({ rows: [ROW] });
  expect(insert).toContain(
    '(player_id, seq, operator_id, provider, transaction_id, is_reversal, kind, status, reason, amount_units, ' +
      'currency_code, debit_account, credit_account, balance_after_units, round_id, game_id, context, request_id, ' +
      'occurred_at_ms, created_at_ms)',
  );
  expect(insert).toContain(
    `(1,2,'casino','platform','t1',0,'bet','error','insufficient_funds',300,'EUR','','',-5,'r1','200',` +
      `'{\\"note\\":\\"it\\'s\\"}','req-1',0,1700000000000)`,
  );
});

test('a reversal says so, and no context is none', () => {
  const [insert] = statementsOf({ rows: [{ ...ROW, isReversal: true, context: '' }] });
  expect(insert).toContain("'t1',1,");
  expect(insert).toContain("'200',NULL,'req-1'");
});

test('an account is written whole, once a batch', () => {
  const [update] = statementsOf({ accounts: new Map([[1n, ACCOUNT]]) });
  expect(update).toContain('VALUES (1,-5,2,20000,1,2,3,-4,-5,-6) ON DUPLICATE KEY UPDATE');
  for (const column of update?.match(/\w+(?= = VALUES)/g) ?? []) {
    expect(update).toContain(`${column} = VALUES(${column})`);
  }
  expect(update?.match(/ = VALUES/g)).toHaveLength(9);
});

test('rounds are written in the order of their keys, whatever the order they were played in', () => {
  const rounds = ['2 platform a', '1 platform b', '1 platform a'].map((key) => {
    const [playerId = '', provider = '', roundId = ''] = key.split(' ');
    return [key, { playerId: BigInt(playerId), provider, roundId, finished: true, closed: false }] as const;
  });
  const [upsert] = statementsOf({ rounds: new Map(rounds) });
  expect(upsert).toContain("VALUES (1,'platform','a',77,NULL),(1,'platform','b',77,NULL),(2,'platform','a',77,NULL)");
});

test('a message has an id of its own and is due at once', () => {
  nextId = 100n;
  const [insert] = statementsOf({
    outbox: [
      { playerId: 1n, topic: 'round-close', payload: { roundId: "r'1" } },
      { playerId: 2n, topic: 'round-close', payload: {} },
    ],
  });
  expect(insert).toContain(
    `VALUES (100,1,'round-close','{\\"roundId\\":\\"r\\'1\\"}',77,77),(101,2,'round-close','{}',77,77)`,
  );
});
