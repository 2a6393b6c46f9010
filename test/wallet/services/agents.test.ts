import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { type Fixture, refusal, startFixture } from './fixture.ts';

const { method } = HallService;
const PASSWORD = 'a password of agent 1334';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await fixture.call(method.setAgent, { agentId: '1334', password: PASSWORD });
});
afterAll(() => fixture.stop());

const passwordOf = async (agentId: string) =>
  (await fixture.call(method.listAgentCredentials, {})).credentials.find((one) => one.agentId === agentId)?.password;

describe('SetAgent', () => {
  it('makes an agent; the same again changes nothing, another password changes it', async () => {
    const set = (password: string) => fixture.call(method.setAgent, { agentId: '1', password });
    const made = await set('first');
    expect(made.updatedAtMs).toBe(made.createdAtMs);
    expect(await set('first')).toEqual(made);
    const changed = await set('second');
    expect(changed).toMatchObject({ agentId: '1', createdAtMs: made.createdAtMs });
    expect(await passwordOf('1')).toBe('second');
    expect(await passwordOf('1334')).toBe(PASSWORD);
  });

  it('of twenty calls at once one is the last', async () => {
    const passwords = Array.from({ length: 20 }, (_, index) => `password ${index}`);
    await Promise.all(passwords.map((password) => fixture.call(method.setAgent, { agentId: '2', password })));
    expect(passwords).toContain(await passwordOf('2'));
  });

  it.each([
    ['agent_id', { agentId: '', password: 'p' }],
    ['agent_id', { agentId: 'x', password: 'p' }],
    ['password', { agentId: '3', password: '' }],
    ['password', { agentId: '3', password: 'p'.repeat(256) }],
    ['password', { agentId: '3', password: 'a wrong\npassword' }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(fixture.call(method.setAgent, wrong));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
    expect(await passwordOf('3')).toBeUndefined();
  });
});

describe('ListAgents', () => {
  it('lists all by id, without passwords', async () => {
    const { agents } = await fixture.call(method.listAgents, {});
    const ids = agents.map(({ agentId }) => agentId);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toContain('1334');
    expect(JSON.stringify(agents, (_, value) => String(value))).not.toContain(PASSWORD);
  });
});

describe("agents' passwords", () => {
  it('stand encrypted in the database', async () => {
    expect((await sealedOf('1334')).includes(PASSWORD)).toBe(false);
  });

  it('one that is copied from another agent, or damaged, takes away its own agent only; it can be set anew', async () => {
    for (const [agentId, bytes] of [
      ['600', await sealedOf('1334')],
      ['601', Buffer.alloc(60, 7)],
    ] as const) {
      await fixture.call(method.setAgent, { agentId, password: PASSWORD });
      await query('UPDATE agents SET password_ciphertext = ? WHERE agent_id = ?', [bytes, agentId]);
      expect(await passwordOf(agentId)).toBeUndefined();
      expect(await passwordOf('1334')).toBe(PASSWORD);
      await fixture.wallet.waitForLog(
        (line) => line.msg === 'password can not be decrypted' && line.agentId === agentId,
      );
      await fixture.call(method.setAgent, { agentId, password: PASSWORD });
      expect(await passwordOf(agentId)).toBe(PASSWORD);
    }
  });

  it('are not in the log', () => {
    const text = JSON.stringify(fixture.wallet.logs());
    expect(text).toContain('HallService.SetAgent');
    expect(text).not.toMatch(/a password of agent|a wrong/);
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

async function sealedOf(agentId: string): Promise<Buffer> {
  const [row] = await query('SELECT password_ciphertext FROM agents WHERE agent_id = ?', [agentId]);
  if (row === undefined) throw new Error(`no agent ${agentId}`);
  return row.password_ciphertext;
}
