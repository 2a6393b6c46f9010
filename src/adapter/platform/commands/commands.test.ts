import { describe, expect, it } from 'vitest';
import { OperationKind, type Outcome, Reason, TransactionStatus } from '../../../gen/wallet/v1/money_pb.ts';
import { blankOperation } from '../../operation.ts';
import { Fields } from '../fields.ts';
import { scanMembers } from '../members.ts';
import type { Command } from './command.ts';
import { commands } from './index.ts';

const outcome: Outcome = {
  $typeName: 'wallet.v1.Outcome',
  id: 1,
  reason: Reason.UNSPECIFIED,
  replayed: false,
  balanceUnits: 42_076n,
  currencyCode: 'EUR',
  transactionStatus: TransactionStatus.UNSPECIFIED,
  message: '',
};

function commandOf(name: string): Command {
  const command = commands.get(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return command;
}

function fieldsOf(data: string): Fields {
  return new Fields(JSON.parse(data), scanMembers(data, 0));
}

function read(name: string, data: string) {
  const fields = fieldsOf(data);
  const operation = blankOperation('examplecasino', 'platform');
  commandOf(name).read(fields, operation);
  return { operation, problem: fields.problem };
}

const changebalance =
  '{"transaction_type":"WIN","amount":17.25,"currency_code":"EUR","transaction_id":99999999999999999999,' +
  '"transaction_timestamp":"2020-12-01 13:44:54","round_id":"1727","round_finished":false,"game_id":200,"user_id":611,' +
  '"token":"eqkB1WoKQCvjrvV6taJRN","context":{ "reason":"not_provided","rake":0.0328 }}';

describe('changebalance', () => {
  it('becomes an operation without loss', () => {
    const { operation, problem } = read('changebalance', changebalance);
    expect(problem).toBeNull();
    expect(operation).toMatchObject({
      kind: OperationKind.WIN,
      operatorId: 'examplecasino',
      provider: 'platform',
      userId: '611',
      transactionId: '99999999999999999999',
      roundId: '1727',
      gameId: '200',
      amountUnits: 1725n,
      currencyCode: 'EUR',
      roundFinished: false,
      context: '{ "reason":"not_provided","rake":0.0328 }',
      occurredAtMs: BigInt(Date.UTC(2020, 11, 1, 13, 44, 54)),
    });
  });

  it('asks for a session only with a bet; a null token is an empty one', () => {
    expect(read('changebalance', changebalance).operation.sessionToken).toBeUndefined();
    const bet = changebalance.replace('"WIN"', '"BET"');
    expect(read('changebalance', bet).operation.sessionToken).toBe('eqkB1WoKQCvjrvV6taJRN');
    expect(read('changebalance', bet.replace('"eqkB1WoKQCvjrvV6taJRN"', 'null')).operation.sessionToken).toBe('');
  });

  it('leaves round_finished out where it is null', () => {
    const { operation, problem } = read('changebalance', changebalance.replace('false', 'null'));
    expect(problem).toBeNull();
    expect(operation.roundFinished).toBeUndefined();
  });

  it('checks the type of context.reason, but not that it is there', () => {
    const withContext = (context: string) => changebalance.replace(/\{ .* \}/, context);
    expect(read('changebalance', withContext('{}')).problem).toBeNull();
    expect(read('changebalance', withContext('{"reason":7}')).problem).toMatch(/^context\.reason must be /);
    expect(read('changebalance', withContext('{"reason":"a|b"}')).problem).toMatch(/^context\.reason must be /);
    expect(read('changebalance', withContext('[]')).problem).toBe('context must be an object');
  });
});

describe('every command', () => {
  const samples: [string, string][] = [
    ['authenticate', '{"token":"eqkB1WoKQCvjrvV6taJRN"}'],
    ['balance', '{"token":"eqkB1WoKQCvjrvV6taJRN","user_id":"611","currency_code":"EUR"}'],
    ['changebalance', changebalance],
    [
      'status',
      '{"user_id":"17","transaction_id":3568,"transaction_type":"BET","transaction_date":"2020-11-31","transaction_ts":"1606822496000","round_id":1225}',
    ],
    ['cancel', '{"user_id":"113","transaction_id":327128,"round_id":145658,"round_finished":null,"game_id":5523}'],
    [
      'finishround',
      '{"round_id":533281,"user_id":"398","game_id":46,"round_date":"2023-09-14","round_ts":"1694704880325"}',
    ],
  ];

  it('has a sample here', () => expect(samples.map(([name]) => name).sort()).toEqual([...commands.keys()].sort()));

  it.each(samples)('%s: each field of its table is required, and named where it is absent', (name, data) => {
    expect(read(name, data).problem).toBeNull();
    for (const field of Object.keys(JSON.parse(data))) {
      const text = without(data, field);
      expect(read(name, text).problem, field).toMatch(new RegExp(`^${field} must be `));
    }
  });

  /** Leaves one member out, and the others as they are written. */
  function without(data: string, field: string): string {
    const members = scanMembers(data, 0);
    const kept = members.names.filter((name) => name !== field);
    return `{${kept.map((name) => `"${name}":${members.raw(name)}`).join(',')}}`;
  }
});

describe('answers', () => {
  const answer = (name: string, data: string, overrides: Partial<Outcome> = {}) =>
    commandOf(name).answer({ ...outcome, ...overrides }, fieldsOf(data));

  it('authenticate: optional members only where they are set', () => {
    const identity = {
      $typeName: 'wallet.v1.Identity' as const,
      userId: '611',
      userName: 'john "x" doe',
      displayName: '',
      country: 'Germany',
      group: '',
    };
    expect(answer('authenticate', '{}', { identity })).toBe(
      '{"user_id":"611","user_name":"john \\"x\\" doe","user_country":"Germany","currency_code":"EUR","balance":420.76}',
    );
    const named = { ...identity, displayName: 'John Doe', group: 'vip' };
    expect(JSON.parse(answer('authenticate', '{}', { identity: named }))).toMatchObject({
      display_name: 'John Doe',
      group: 'vip',
    });
  });

  it('balance and changebalance: exactly two decimals', () => {
    expect(answer('balance', '{}')).toBe('{"balance":420.76,"currency_code":"EUR"}');
    expect(answer('changebalance', '{}', { balanceUnits: -5n })).toBe('{"balance":-0.05,"currency_code":"EUR"}');
  });

  it('status and cancel: ids as they came in, user_id as a string', () => {
    const data = '{"user_id":113,"transaction_id":99999999999999999999}';
    const canceled = { transactionStatus: TransactionStatus.CANCELED };
    expect(answer('cancel', data, canceled)).toBe(
      '{"user_id":"113","transaction_id":99999999999999999999,"transaction_status":"CANCELED"}',
    );
    const text = '{"user_id":"113","transaction_id":"007"}';
    expect(answer('status', text, { transactionStatus: TransactionStatus.ERROR })).toBe(
      '{"user_id":"113","transaction_id":"007","transaction_status":"ERROR"}',
    );
  });

  it('finishround: ids as they came in', () => {
    expect(answer('finishround', '{"round_id":"533281","user_id":398,"game_id":46}')).toBe(
      '{"round_id":"533281","user_id":"398","game_id":46}',
    );
  });
});
