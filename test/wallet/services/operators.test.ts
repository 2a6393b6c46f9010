import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { type Fixture, refusal, startFixture } from './fixture.ts';

const { method } = OperatorService;
const CASINO = {
  operatorId: 'casino.1',
  secret: 'a secret of casino.1',
  currencies: ['EUR', 'RUB'],
  allowlist: ['10.0.0.0/8', '2001:db8::1'],
};

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());

const { secret: _, ...CASINO_WITHOUT_SECRET } = CASINO;
const credentialOf = async (operatorId: string) =>
  (await fixture.call(method.listCredentials, {})).credentials.find((one) => one.operatorId === operatorId);

describe('CreateOperator', () => {
  it('makes the operator, and the same call again gets the same operator', async () => {
    const operator = await fixture.call(method.createOperator, CASINO);
    expect(operator).toMatchObject(CASINO_WITHOUT_SECRET);
    expect(operator.updatedAtMs).toBe(operator.createdAtMs);
    const reordered = { ...CASINO, currencies: ['RUB', 'EUR', 'RUB'] };
    expect(await fixture.call(method.createOperator, reordered)).toEqual(operator);
    expect(await fixture.call(method.getOperator, { operatorId: 'casino.1' })).toEqual(operator);
  });

  it('makes one of fifty calls at once', async () => {
    const wanted = { ...CASINO, operatorId: 'at-once' };
    const made = await Promise.all(Array.from({ length: 50 }, () => fixture.call(method.createOperator, wanted)));
    expect(new Set(made.map((operator) => operator.createdAtMs)).size).toBe(1);
  });

  it.each([
    ['secret', { secret: 'another' }],
    ['currencies', { currencies: ['EUR'] }],
    ['allowlist', { allowlist: [] }],
  ])('says ALREADY_EXISTS for another %s', async (_, other) => {
    await fixture.call(method.createOperator, CASINO);
    expect(await refusal(fixture.call(method.createOperator, { ...CASINO, ...other }))).toEqual({
      code: 'ALREADY_EXISTS',
      details: 'operator_id: operator casino.1 exists with other data',
    });
  });

  it.each([
    ['operator_id', { operatorId: '' }],
    ['operator_id', { operatorId: 'x'.repeat(21) }],
    ['operator_id', { operatorId: 'casino|1' }],
    ['secret', { secret: '' }],
    ['secret', { secret: 'x'.repeat(256) }],
    ['currencies', { currencies: [] }],
    ['currencies', { currencies: ['EUROS'] }],
    ['allowlist', { allowlist: ['10.0.0.1', 'example.com'] }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.createOperator, { ...CASINO, operatorId: 'invalid', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe('GetOperator and ListOperators', () => {
  it('say NOT_FOUND; list all by id, without secrets', async () => {
    expect(await refusal(fixture.call(method.getOperator, { operatorId: 'nobody' }))).toEqual({
      code: 'NOT_FOUND',
      details: 'operator_id: operator nobody not found',
    });
    await fixture.call(method.createOperator, { ...CASINO, operatorId: 'a-first' });
    const { operators } = await fixture.call(method.listOperators, {});
    const ids = operators.map((operator) => operator.operatorId);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toContain('casino.1');
    expect(JSON.stringify(operators, (_, value) => String(value))).not.toContain(CASINO.secret);
  });
});

describe('UpdateOperator', () => {
  it('changes what is present, and only that', async () => {
    const operatorId = 'update';
    const before = await fixture.call(method.createOperator, { ...CASINO, operatorId });
    const changed = await fixture.call(method.updateOperator, { operatorId, currencies: { values: ['USD'] } });
    expect(changed).toMatchObject({ currencies: ['USD'], allowlist: before.allowlist });
    expect(changed.updatedAtMs).toBeGreaterThanOrEqual(before.updatedAtMs);
    await fixture.call(method.updateOperator, { operatorId, allowlist: { values: [] } });
    await fixture.call(method.updateOperator, { operatorId, secret: 'a new one' });
    expect(await credentialOf(operatorId)).toMatchObject({ secret: 'a new one', currencies: ['USD'], allowlist: [] });
  });

  it('says NOT_FOUND, or INVALID_ARGUMENT that names the field', async () => {
    expect((await refusal(fixture.call(method.updateOperator, { operatorId: 'nobody' }))).code).toBe('NOT_FOUND');
    await fixture.call(method.createOperator, CASINO);
    for (const [field, wrong] of Object.entries({
      secret: { secret: '' },
      currencies: { currencies: { values: [] } },
      allowlist: { allowlist: { values: ['10'] } },
    })) {
      const refused = await refusal(fixture.call(method.updateOperator, { operatorId: 'casino.1', ...wrong }));
      expect(refused.code).toBe('INVALID_ARGUMENT');
      expect(refused.details).toMatch(new RegExp(`^${field}: `));
    }
  });
});

describe('secrets', () => {
  it('are given by ListCredentials, and stand encrypted in the database', async () => {
    await fixture.call(method.createOperator, CASINO);
    expect(await credentialOf('casino.1')).toMatchObject(CASINO);
    const sealed = await sealedSecret('casino.1');
    expect(sealed.includes(CASINO.secret)).toBe(false);
  });

  it.each([
    ['copied', () => sealedSecret('casino.1')],
    ['damaged', async () => Buffer.alloc(60, 7)],
  ])('that is %s takes away its own operator only', async (operatorId, sealed) => {
    await fixture.call(method.createOperator, CASINO);
    await fixture.call(method.createOperator, { ...CASINO, operatorId });
    const bytes = await sealed();
    await onDatabase((connection) =>
      connection.query('UPDATE operators SET secret_ciphertext = ? WHERE operator_id = ?', [bytes, operatorId]),
    );
    expect(await credentialOf(operatorId)).toBeUndefined();
    expect(await credentialOf('casino.1')).toMatchObject(CASINO);
    await fixture.wallet.waitForLog(
      (line) => line.msg === 'secret can not be decrypted' && line.operatorId === operatorId,
    );
  });

  it('are not in the log', async () => {
    await fixture.call(method.createOperator, CASINO);
    await refusal(fixture.call(method.createOperator, { ...CASINO, secret: 'a wrong secret' }));
    expect(JSON.stringify(fixture.wallet.logs())).not.toMatch(/a secret of casino|a wrong secret/);
  });
});

async function onDatabase<T>(
  run: (connection: Awaited<ReturnType<typeof createConnection>>) => Promise<T>,
): Promise<T> {
  const connection = await createConnection(fixture.databaseUrl);
  try {
    return await run(connection);
  } finally {
    await connection.end();
  }
}

async function sealedSecret(operatorId: string): Promise<Buffer> {
  const [rows] = await onDatabase((connection) =>
    connection.query<RowDataPacket[]>('SELECT secret_ciphertext FROM operators WHERE operator_id = ?', [operatorId]),
  );
  return rows[0]?.secret_ciphertext;
}
