import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';

const { method } = HallService;
const { operatorId } = OPERATOR;
const PASSWORD = 'a password of terminal 117';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, 'anna');
  for (const hallId of ['1', '2']) {
    await fixture.call(method.createHall, { hallId, operatorId, secret: 's', pathSecret: 'path' });
  }
});
afterAll(() => fixture.stop());

const link = (uid: string, password = '', hallId = '1') =>
  fixture.call(method.linkTerminal, { hallId, uid, operatorId, userId: 'anna', password });
const get = (uid: string, hallId = '1') => fixture.call(method.getTerminal, { hallId, uid });
const setAll = (passwords: Record<string, string>, hallId = '1') =>
  fixture.call(method.setTerminalPasswords, {
    hallId,
    passwords: Object.entries(passwords).map(([uid, password]) => ({ uid, password })),
  });
const known = async (uids: string[], hallId = '1') =>
  Object.fromEntries(
    (await fixture.call(method.listTerminalCredentials, { hallId, uids })).credentials.map(({ uid, password }) => [
      uid,
      password,
    ]),
  );

describe('LinkTerminal', () => {
  it('keeps a password that it is given, and the one before where it is given none', async () => {
    const linked = await link('100');
    expect(linked.hasPassword).toBe(false);
    const given = await link('100', 'first');
    expect(given).toEqual({ ...linked, hasPassword: true });
    expect(await link('100')).toEqual(given);
    expect(await known(['100'])).toEqual({ '100': 'first' });
    await link('100', 'second');
    expect(await known(['100'])).toEqual({ '100': 'second' });
    expect((await link('101', 'at once')).hasPassword).toBe(true);
    expect(await known(['101', '100'])).toEqual({ '100': 'second', '101': 'at once' });
  });

  it("does not touch the password of another player's terminal", async () => {
    await addPlayer(fixture.call, 'bert');
    await link('110', 'of anna');
    const request = { hallId: '1', uid: '110', operatorId, userId: 'bert', password: 'of bert' };
    expect((await refusal(fixture.call(method.linkTerminal, request))).code).toBe('ALREADY_EXISTS');
    expect(await known(['110'])).toEqual({ '110': 'of anna' });
  });

  it('says INVALID_ARGUMENT and names the password', async () => {
    const refused = await refusal(link('111', 'a wrong\tpassword'));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(/^password: /);
    expect((await refusal(get('111'))).code).toBe('NOT_FOUND');
  });
});

describe('SetTerminalPasswords', () => {
  it('keeps those of the terminals that are known, passes over the others, and moves no terminal', async () => {
    for (const uid of ['200', '201', '202']) await link(uid, uid === '201' ? 'old' : '');
    await link('200', 'of hall 2', '2');
    const before = await get('201');
    await setAll({ '200': 'new', '201': 'newer', '299': 'of nobody' });
    expect(await known(['200', '201', '202', '299'])).toEqual({ '200': 'new', '201': 'newer' });
    expect(await known(['200'], '2')).toEqual({ '200': 'of hall 2' });
    expect(await get('201')).toEqual(before);
    expect((await refusal(get('299'))).code).toBe('NOT_FOUND');
  });

  it('does not write again what is known', async () => {
    for (const uid of ['210', '211']) await link(uid, uid);
    const sealed = await sealedOf('1', '210');
    await setAll({ '210': '210', '211': 'another' });
    expect(await sealedOf('1', '210')).toEqual(sealed);
    expect(await known(['210', '211'])).toEqual({ '210': '210', '211': 'another' });
  });

  it('takes a thousand at once; of two of one terminal the last', async () => {
    const [hallId, count] = ['2', 1_000];
    const uids = Array.from({ length: count }, (_, index) => String(5_000 + index));
    const [player] = await query("SELECT player_id FROM players WHERE user_id = 'anna'", []);
    await query('INSERT INTO terminals (hall_id, uid, player_id, created_at_ms, updated_at_ms) VALUES ?', [
      uids.map((uid) => [hallId, uid, player?.player_id, 1, 1]),
    ]);
    const passwords = uids.map((uid) => ({ uid, password: `${'p'.repeat(240)}${uid}` }));
    await fixture.call(method.setTerminalPasswords, { hallId, passwords });
    expect(await known(uids, hallId)).toEqual(
      Object.fromEntries(passwords.map(({ uid, password }) => [uid, password])),
    );
    const twice = [
      { uid: '5000', password: 'before' },
      { uid: '5000', password: 'after' },
    ];
    await fixture.call(method.setTerminalPasswords, { hallId, passwords: twice });
    expect(await known(['5000'], hallId)).toEqual({ '5000': 'after' });
  });

  it.each([
    ['hall_id', { hallId: 'x', passwords: [{ uid: '1', password: 'p' }] }],
    ['passwords', { passwords: [] }],
    ['passwords', { passwords: Array.from({ length: 1_001 }, () => ({ uid: '1', password: 'p' })) }],
    ['uid', { passwords: [{ uid: '', password: 'p' }] }],
    ['password', { passwords: [{ uid: '1', password: '' }] }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.setTerminalPasswords, { hallId: '1', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe('ListTerminalCredentials', () => {
  it('of a hall that is not known is empty', async () => {
    expect(await known(['1'], '77')).toEqual({});
  });

  it.each([
    ['hall_id', { hallId: '', uids: ['1'] }],
    ['uids', { uids: [] }],
    ['uids', { uids: Array.from({ length: 1_001 }, () => '1') }],
    ['uid', { uids: ['1', 'ü'] }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.listTerminalCredentials, { hallId: '1', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
  });
});

describe("terminals' passwords", () => {
  it('stand encrypted in the database', async () => {
    await link('117', PASSWORD);
    expect((await sealedOf('1', '117')).includes(PASSWORD)).toBe(false);
  });

  it.each([
    ["another terminal's", '300', () => sealedOf('1', '117')],
    ["that of its number's in another hall", '301', () => sealedOf('2', '301')],
    ['damaged', '302', async () => Buffer.alloc(60, 7)],
  ])('one that is %s takes away its own terminal only; it can be set anew', async (_, uid, sealed) => {
    await link('117', PASSWORD);
    await link(uid, PASSWORD);
    await link(uid, PASSWORD, '2');
    await query("UPDATE terminals SET password_ciphertext = ? WHERE hall_id = '1' AND uid = ?", [await sealed(), uid]);
    expect(await known(['117', uid])).toEqual({ '117': PASSWORD });
    await fixture.wallet.waitForLog((line) => line.msg === 'password can not be decrypted' && line.uid === uid);
    await setAll({ [uid]: PASSWORD });
    expect(await known([uid])).toEqual({ [uid]: PASSWORD });
  });

  it('are not in the log', () => {
    const text = JSON.stringify(fixture.wallet.logs());
    expect(text).toContain('HallService.SetTerminalPasswords');
    expect(text).not.toMatch(/a password of terminal|a wrong|at once|of nobody/);
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

async function sealedOf(hallId: string, uid: string): Promise<Buffer> {
  const sql = 'SELECT password_ciphertext FROM terminals WHERE hall_id = ? AND uid = ?';
  const [row] = await query(sql, [hallId, uid]);
  if (row === undefined) throw new Error(`no terminal ${uid}`);
  return row.password_ciphertext;
}
