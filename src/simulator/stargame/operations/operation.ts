import { anyOf, digestKeys, type Keys, md5, passwordKeys } from '../signatures.ts';
import type { Agent, Hall, State, Terminal } from '../state.ts';
import type { Packet, XmlFields } from '../xml.ts';

/** One request that has come in, as far as its form was right. */
export type Call = {
  state: State;
  /** The field's text; empty where it is absent, as PHP's `empty()` sees it. */
  field: (name: string) => string;
  group: (name: string) => ReadonlyMap<string, string> | undefined;
  version: string;
  /** The server's clock. */
  nowSeconds: number;
};

export type Refusal = { code: string };
export type Reply = Refusal | { fields: XmlFields };

/** Who asks, once that is known: how they sign, and what is done once their signature is found right. */
type Admitted = { keys: Keys; run: () => Reply };

type Shape = {
  name: string;
  versions: readonly string[];
  /** Besides `version` and the address of the answer. */
  required: readonly string[];
  /** What an absent field gets, where that is not `required_fields_are_empty`. */
  missingCodes: Readonly<Record<string, string>>;
  invalidXmlCode: 'invalid_xml_format' | 'invalid_xml_sended';
  noPathCode: 'no_path_to_send_packet' | 'required_fields_are_empty';
  /** The document's own sample has no `reg_sign`. */
  takesUnsigned: boolean;
  /** The document's own sample says nowhere where the answer is to go. */
  takesNoPath: boolean;
};

export type Operation = Shape & { admit: (call: Call) => Refusal | Admitted };

type Spec<Party> = Pick<Shape, 'name' | 'required'> & Partial<Shape> & { run: (call: Call, party: Party) => Reply };

const SHAPE = {
  versions: ['0.6'],
  missingCodes: {},
  invalidXmlCode: 'invalid_xml_format',
  noPathCode: 'required_fields_are_empty',
  takesUnsigned: false,
  takesNoPath: false,
} as const satisfies Partial<Shape>;

/** An operation that a hall signs: type 1. */
export function hallOperation(spec: Spec<Hall> & { malformedHallCode?: string }): Operation {
  const { malformedHallCode = 'hall_not_exist', run, ...shape } = spec;
  return {
    ...SHAPE,
    ...shape,
    required: ['hall_id', ...shape.required],
    admit(call) {
      if (!isId(call.field('hall_id'))) return { code: malformedHallCode };
      const hall = call.state.halls.get(call.field('hall_id'));
      return hall === undefined
        ? { code: 'hall_not_exist' }
        : { keys: digestKeys(hall.secret), run: () => run(call, hall) };
    },
  };
}

/** An operation that an agent signs: type 2. */
export function agentOperation(spec: Spec<Agent> & { malformedAgentCode?: string }): Operation {
  const { malformedAgentCode = 'agent_not_exist', run, ...shape } = spec;
  return {
    ...SHAPE,
    ...shape,
    required: ['agent_id', ...shape.required],
    admit(call) {
      if (!isId(call.field('agent_id'))) return { code: malformedAgentCode };
      const agent = call.state.agents.get(call.field('agent_id'));
      return agent === undefined
        ? { code: 'agent_not_exist' }
        : { keys: passwordKeys(agent.password), run: () => run(call, agent) };
    },
  };
}

/** A terminal whose password is in the packet, and what signs for it. */
export type User = { terminal: Terminal; key: string };

/** An operation that a terminal signs: type 3. `find` tells who it is, or why not. */
export function userOperation(spec: Spec<User> & { find: (call: Call) => Refusal | User }): Operation {
  const { find, run, ...shape } = spec;
  return {
    ...SHAPE,
    ...shape,
    required: ['user_id', 'user_password', ...shape.required],
    admit(call) {
      const user = find(call);
      if ('code' in user) return user;
      const { password } = user.terminal;
      // "user_password" of the formula is the field or the password itself: with use_hash the document can be read both ways.
      return { keys: anyOf(digestKeys(user.key), digestKeys(password)), run: () => run(call, user) };
    },
  };
}

/** The terminal of the hall that the packet names, by its own id or, with `user_ex`, by the casino's. */
export function findTerminal(call: Call, hall: Hall): Refusal | { terminal: Terminal } {
  const id = call.field('user_id');
  if (!isId(id)) return { code: 'wrong_userid' };
  const terminal =
    call.field('user_ex') === '1' ? hall.terminals.find(({ exId }) => exId === id) : call.state.terminals.get(id);
  return terminal?.hall === hall ? { terminal } : { code: 'user_not_isset' };
}

export const isId = (text: string): boolean => /^\d{1,20}$/.test(text);

/** What fits MySQL's BIGINT: anything else as an `operation_id` is not remembered. */
export const isBigint = (text: string): boolean => /^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n;

/** Units of 1/100; null where the text is no whole number from zero. */
export const readUnits = (text: string): bigint | null => (/^\d{1,18}$/.test(text) ? BigInt(text) : null);

/** What a terminal's password is in a packet with `use_hash`. */
export const hashedPassword = (password: string): string => md5(password);

export function callOf(state: State, packet: Packet, nowSeconds: number): Call {
  const field = (name: string): string => packet.values.get(name) ?? '';
  return { state, field, group: (name) => packet.groups.get(name), version: field('version'), nowSeconds };
}
