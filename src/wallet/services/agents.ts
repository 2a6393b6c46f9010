import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, isDuplicateKey, type Pool, selectRow, selectRows } from '../../common/db.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import type { AgentSchema, HallService } from '../../gen/wallet/v1/halls_pb.ts';
import { openOrNull, type SecretBox } from '../secrets.ts';

export type AgentsDeps = { pool: Pool; secrets: SecretBox; log: Logger; now: () => number };

/** The part of HallService that is about agents. */
export type AgentHandlers = Pick<
  ServiceHandlers<typeof HallService>,
  'setAgent' | 'listAgents' | 'listAgentCredentials'
>;

type AgentRow = { agent_id: string; password_ciphertext: Buffer; created_at_ms: bigint; updated_at_ms: bigint };

const SELECT_AGENTS = 'SELECT agent_id, password_ciphertext, created_at_ms, updated_at_ms FROM agents';

export function createAgentHandlers({ pool, secrets, log, now }: AgentsDeps): AgentHandlers {
  const find = async (agentId: string): Promise<AgentRow> => {
    const row = await selectRow<AgentRow>(pool, `${SELECT_AGENTS} WHERE agent_id = ?`, [agentId]);
    if (row === null) throw new Error('the agent that was just inserted is gone');
    return row;
  };

  return {
    async setAgent(request) {
      const agentId = fields.stargameId('agent_id', request.agentId);
      const owner = agentPasswordOwner(agentId);
      const password = fields.secret(request.password, 'password');
      const ciphertext = secrets.seal(password, owner);
      if (await insertAgent(pool, agentId, ciphertext, now())) return toAgent(await find(agentId));
      const known = await find(agentId);
      if (openOrNull(secrets, known.password_ciphertext, owner) === password) return toAgent(known);
      await change(pool, 'UPDATE agents SET password_ciphertext = ?, updated_at_ms = ? WHERE agent_id = ?', [
        ciphertext,
        now(),
        agentId,
      ]);
      return toAgent(await find(agentId));
    },

    async listAgents() {
      const found = await selectRows<AgentRow>(pool, `${SELECT_AGENTS} ORDER BY agent_id`);
      return { agents: found.map(toAgent) };
    },

    async listAgentCredentials() {
      const found = await selectRows<AgentRow>(pool, `${SELECT_AGENTS} ORDER BY agent_id`);
      return {
        credentials: found.flatMap(({ agent_id: agentId, password_ciphertext }) => {
          const password = openOrNull(secrets, password_ciphertext, agentPasswordOwner(agentId));
          // One that can't be read takes away that agent, not all of them.
          if (password === null) log.error({ agentId }, 'password can not be decrypted');
          return password === null ? [] : { agentId, password };
        }),
      };
    },
  };
}

/** Whom an agent's password is sealed for. */
export const agentPasswordOwner = (agentId: string): string => `agent ${agentId}`;

/** Gives false where there is such an agent. */
async function insertAgent(pool: Pool, agentId: string, ciphertext: Buffer, nowMs: number): Promise<boolean> {
  try {
    await change(pool, 'INSERT INTO agents (agent_id, password_ciphertext, created_at_ms, updated_at_ms) VALUES (?)', [
      [agentId, ciphertext, nowMs, nowMs],
    ]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function toAgent(row: AgentRow): MessageInitShape<typeof AgentSchema> {
  return { agentId: row.agent_id, createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms };
}
