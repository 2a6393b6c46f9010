import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HallMode, HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { addOperator, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = HallService;
const HALL = {
  hallId: '1890',
  operatorId: OPERATOR.operatorId,
  secret: 'a secret of hall 1890',
  pathSecret: 'path-of_1890',
  allowlist: ['10.0.0.0/8', '2001:db8::1'],
  timeZone: 'Europe/Riga',
  agentId: '1334',
  mode: HallMode.TRANSFER,
};
const { secret: _secret, pathSecret: _pathSecret, ...HALL_WITHOUT_SECRETS } = HALL;

/** As a newer client may send. */
const UNKNOWN_MODE = Number('3') as HallMode;

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await fixture.call(OperatorService.method.createOperator, { ...OPERATOR, operatorId: 'other' });
  await fixture.call(method.createHall, HALL);
});
afterAll(() => fixture.stop());

const credentialOf = async (hallId: string) =>
  (await fixture.call(method.listHallCredentials, {})).credentials.find(({ hall }) => hall?.hallId === hallId);

describe('CreateHall', () => {
  it('makes the hall, and the same call again gets the same hall', async () => {
    const wanted = { ...HALL, hallId: '1' };
    const hall = await fixture.call(method.createHall, wanted);
    expect(hall).toMatchObject({ ...HALL_WITHOUT_SECRETS, hallId: '1' });
    expect(hall.updatedAtMs).toBe(hall.createdAtMs);
    const reordered = { ...wanted, allowlist: ['2001:db8::1', '10.0.0.0/8'] };
    expect(await fixture.call(method.createHall, reordered)).toEqual(hall);
  });

  it('makes one of twenty calls at once', async () => {
    const wanted = { ...HALL, hallId: '20' };
    const made = await Promise.all(Array.from({ length: 20 }, () => fixture.call(method.createHall, wanted)));
    expect(new Set(made.map((hall) => hall.createdAtMs)).size).toBe(1);
  });

  it('takes UTC where no time zone is said, and the name of one however it is written', async () => {
    expect((await fixture.call(method.createHall, { ...HALL, hallId: '2', timeZone: '' })).timeZone).toBe('UTC');
    const lower = { ...HALL, hallId: '3', timeZone: 'europe/RIGA' };
    expect((await fixture.call(method.createHall, lower)).timeZone).toBe('Europe/Riga');
    expect((await fixture.call(method.createHall, lower)).hallId).toBe('3');
  });

  it('takes seamless where no mode is said, and no agent', async () => {
    const { agentId: _, mode: __, ...bare } = { ...HALL, hallId: '5' };
    const hall = await fixture.call(method.createHall, bare);
    expect(hall).toMatchObject({ agentId: '', mode: HallMode.SEAMLESS });
    expect(await fixture.call(method.createHall, { ...bare, mode: HallMode.SEAMLESS })).toEqual(hall);
  });

  it.each([
    ['operator', { operatorId: 'other' }],
    ['secret', { secret: 'another' }],
    ['path secret', { pathSecret: 'another' }],
    ['allowlist', { allowlist: [] }],
    ['time zone', { timeZone: 'UTC' }],
    ['agent', { agentId: '' }],
    ['mode', { mode: HallMode.SEAMLESS }],
  ])('says ALREADY_EXISTS for another %s', async (_, other) => {
    expect(await refusal(fixture.call(method.createHall, { ...HALL, ...other }))).toEqual({
      code: 'ALREADY_EXISTS',
      details: 'hall_id: hall 1890 exists with other data',
    });
  });

  it('says NOT_FOUND for an unknown operator', async () => {
    const refused = await refusal(fixture.call(method.createHall, { ...HALL, hallId: '4', operatorId: 'nobody' }));
    expect(refused).toEqual({ code: 'NOT_FOUND', details: 'operator_id: operator nobody not found' });
  });

  it.each([
    ['hall_id', { hallId: '' }],
    ['hall_id', { hallId: '1'.repeat(21) }],
    ['hall_id', { hallId: '18a' }],
    ['hall_id', { hallId: '١٨' }],
    ['operator_id', { operatorId: 'casino|1' }],
    ['secret', { secret: '' }],
    ['path_secret', { pathSecret: 'abc' }],
    ['path_secret', { pathSecret: 'a/bcd' }],
    ['path_secret', { pathSecret: 'x'.repeat(65) }],
    ['allowlist', { allowlist: ['example.com'] }],
    ['time_zone', { timeZone: 'Europe/Nowhere' }],
    ['time_zone', { timeZone: 'ü' }],
    ['agent_id', { agentId: '13x4' }],
    ['mode', { mode: UNKNOWN_MODE }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.createHall, { ...HALL, hallId: '99', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
    expect(refused.details).not.toContain(Object.values(wrong)[0] === '' ? '\0' : String(Object.values(wrong)[0]));
  });
});

describe('ListHalls', () => {
  it('lists all by id, without secrets', async () => {
    const { halls } = await fixture.call(method.listHalls, {});
    const ids = halls.map((hall) => hall.hallId);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toContain('1890');
    const text = JSON.stringify(halls, (_, value) => String(value));
    expect(text).not.toContain(HALL.secret);
    expect(text).not.toContain(HALL.pathSecret);
  });
});

describe('UpdateHall', () => {
  it('changes what is present, and only that', async () => {
    const hallId = '500';
    const before = await fixture.call(method.createHall, { ...HALL, hallId });
    const moved = await fixture.call(method.updateHall, { hallId, timeZone: 'utc' });
    expect(moved).toMatchObject({ timeZone: 'UTC', allowlist: before.allowlist, operatorId: before.operatorId });
    expect(moved.updatedAtMs).toBeGreaterThanOrEqual(before.updatedAtMs);
    expect(await credentialOf(hallId)).toMatchObject({ secret: HALL.secret, pathSecret: HALL.pathSecret });
    await fixture.call(method.updateHall, { hallId, secret: 'a new one' });
    expect(await credentialOf(hallId)).toMatchObject({ secret: 'a new one', pathSecret: HALL.pathSecret });
    await fixture.call(method.updateHall, { hallId, pathSecret: 'new-path', allowlist: { values: [] } });
    expect(await credentialOf(hallId)).toMatchObject({
      secret: 'a new one',
      pathSecret: 'new-path',
      hall: { allowlist: [], timeZone: 'UTC', agentId: '1334', mode: HallMode.TRANSFER },
    });
    const other = await fixture.call(method.updateHall, { hallId, agentId: '', mode: HallMode.SEAMLESS });
    expect(other).toMatchObject({ agentId: '', mode: HallMode.SEAMLESS, timeZone: 'UTC' });
    expect(await fixture.call(method.updateHall, { hallId, agentId: '7' })).toMatchObject({ agentId: '7' });
  });

  it('says NOT_FOUND, or INVALID_ARGUMENT that names the field', async () => {
    expect(await refusal(fixture.call(method.updateHall, { hallId: '777' }))).toEqual({
      code: 'NOT_FOUND',
      details: 'hall_id: hall 777 not found',
    });
    for (const [field, wrong] of Object.entries({
      secret: { secret: '' },
      path_secret: { pathSecret: '' },
      allowlist: { allowlist: { values: ['10'] } },
      time_zone: { timeZone: '' },
      agent_id: { agentId: 'x' },
      mode: { mode: UNKNOWN_MODE },
    })) {
      const refused = await refusal(fixture.call(method.updateHall, { hallId: '1890', ...wrong }));
      expect(refused.code).toBe('INVALID_ARGUMENT');
      expect(refused.details).toMatch(new RegExp(`^${field}: `));
    }
  });
});

describe("halls' secrets", () => {
  it('are given by ListHallCredentials, and stand encrypted in the database', async () => {
    expect(await credentialOf('1890')).toMatchObject({
      hall: HALL_WITHOUT_SECRETS,
      secret: HALL.secret,
      pathSecret: HALL.pathSecret,
    });
    const sealed = await sealedOf('1890');
    expect(sealed.secret_ciphertext.includes(HALL.secret)).toBe(false);
    expect(sealed.path_secret_ciphertext.includes(HALL.pathSecret)).toBe(false);
  });

  it.each([
    ['copied from another hall', '600', async () => (await sealedOf('1890')).secret_ciphertext, 'secret_ciphertext'],
    ['the path secret', '601', async () => (await sealedOf('601')).path_secret_ciphertext, 'secret_ciphertext'],
    [
      'the secret, as path secret',
      '602',
      async () => (await sealedOf('602')).secret_ciphertext,
      'path_secret_ciphertext',
    ],
    ['damaged', '603', async () => Buffer.alloc(60, 7), 'path_secret_ciphertext'],
  ])('one that is %s takes away its own hall only', async (_, hallId, sealed, column) => {
    await fixture.call(method.createHall, { ...HALL, hallId });
    const bytes = await sealed();
    await query(`UPDATE halls SET ${column} = ? WHERE hall_id = ?`, [bytes, hallId]);
    expect(await credentialOf(hallId)).toBeUndefined();
    expect(await credentialOf('1890')).toMatchObject({ secret: HALL.secret });
    await fixture.wallet.waitForLog((line) => line.msg === 'secret can not be decrypted' && line.hallId === hallId);
  });

  it('are not in the log', async () => {
    await refusal(fixture.call(method.createHall, { ...HALL, secret: 'a wrong secret', pathSecret: 'a-wrong-path' }));
    await refusal(fixture.call(method.createHall, { ...HALL, hallId: '98', pathSecret: 'a wrong path too' }));
    const text = JSON.stringify(fixture.wallet.logs());
    expect(text).toContain('HallService.CreateHall');
    expect(text).not.toMatch(/a secret of hall|a wrong secret|path-of_1890|a-wrong-path|a wrong path/);
  });
});

async function query(sql: string, values: unknown[]): Promise<RowDataPacket[]> {
  const connection = await createConnection(fixture.databaseUrl);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql, values);
    return rows;
  } finally {
    await connection.end();
  }
}

async function sealedOf(hallId: string): Promise<{ secret_ciphertext: Buffer; path_secret_ciphertext: Buffer }> {
  const [row] = await query('SELECT secret_ciphertext, path_secret_ciphertext FROM halls WHERE hall_id = ?', [hallId]);
  if (row === undefined) throw new Error(`no hall ${hallId}`);
  return { secret_ciphertext: row.secret_ciphertext, path_secret_ciphertext: row.path_secret_ciphertext };
}
