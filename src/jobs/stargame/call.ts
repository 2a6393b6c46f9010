import { hash } from 'node:crypto';
import type { z } from 'zod';
import type { Operation } from '../../adapter/stargame/remote/operation.ts';
import { OPERATIONS } from '../../adapter/stargame/remote/operations/index.ts';
import type { Remote, Result, Signer } from '../../adapter/stargame/remote/remote.ts';
import { failedPrecondition, invalidArgument } from '../../common/fault.ts';
import { isStargameId } from '../../common/fields.ts';
import type { Credentials } from './credentials.ts';

/** `hallId`: where the fields don't say whose secret signs. */
export type HandCall = {
  operation: string;
  hallId: string;
  fields: Readonly<Record<string, string>>;
  /** The answer comes to the adapter's callback, not at once. */
  byCallback: boolean;
};

/**
 * Any operation of the remote API by hand: fields come as text, the secret is filled in. Throws INVALID_ARGUMENT, FAILED_PRECONDITION where
 * a secret isn't known, a RemoteError, or the wallet's ServiceError.
 */
export async function callByHand(
  { remote, credentials }: { remote: Remote; credentials: Credentials },
  { operation: name, hallId, fields, byCallback }: HandCall,
): Promise<Result<unknown>> {
  const operation = OPERATIONS_BY_NAME.get(name);
  if (operation === undefined)
    throw invalidArgument('operation', `must be one of ${Object.keys(OPERATIONS).join(', ')}`);
  const signer = await signerOf(operation, credentials, fields.hall_id ?? hallId, fields);
  const request = typed(operation.request, withPassword(operation, signer, fields));
  return byCallback
    ? remote.callAsync(operation, request, signer, { hallId: fields.hall_id ?? hallId })
    : remote.call(operation, request, signer);
}

const OPERATIONS_BY_NAME: ReadonlyMap<string, Operation> = new Map(Object.entries(OPERATIONS));

async function signerOf(
  operation: Operation,
  credentials: Credentials,
  hallId: string,
  fields: HandCall['fields'],
): Promise<Signer> {
  switch (operation.signature) {
    case 'hall': {
      const hall = isStargameId(hallId) ? await credentials.hall(hallId) : null;
      if (hall === null) throw invalidArgument('hall_id', 'must be a hall that is known');
      return { type: 'hall', secret: hall.secret };
    }
    case 'agent': {
      const password = await credentials.agent(fields.agent_id ?? '');
      if (password === null) throw invalidArgument('fields', 'agent_id: must be an agent that is known');
      return { type: 'agent', password };
    }
    case 'user': {
      const uid = fields.user_id ?? '';
      if (!isStargameId(hallId)) throw invalidArgument('hall_id', 'must say whose terminal it is');
      if (!isStargameId(uid)) throw invalidArgument('fields', 'user_id: must be 1 to 20 digits');
      const password = (await credentials.terminals(hallId, [uid])).get(uid);
      if (password === undefined) throw failedPrecondition("the terminal's password is not known");
      return { type: 'user', password };
    }
  }
}

/** What a terminal signs also has its password, or the digest of it, among the fields. */
function withPassword(operation: Operation, signer: Signer, fields: HandCall['fields']): Record<string, unknown> {
  if (operation.signature !== 'user' || signer.type !== 'user') return { ...fields };
  const user_password = fields.use_hash === '1' ? hash('md5', signer.password) : signer.password;
  return { ...fields, user_password };
}

/** As deep as any request is. */
const ROUNDS_MAX = 4;

/**
 * Fields that came as text, as the schema wants them: what it says of a text that should be a number, a bigint, a list or an object is
 * followed. What can't be is left as it is, for the schema to refuse.
 */
export function typed(schema: z.ZodType, fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  let value: Record<string, unknown> = { ...fields };
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const parsed = schema.safeParse(value);
    if (parsed.success) return value;
    const next = parsed.error.issues.reduce(mended, value);
    if (next === value) return value;
    value = next;
  }
  return value;
}

function mended(value: Record<string, unknown>, issue: z.core.$ZodIssue): Record<string, unknown> {
  const [name, ...rest] = issue.path;
  if (typeof name !== 'string' || !(name in value)) return value;
  const given = value[name];
  if (rest.length > 0) {
    if (typeof given !== 'object' || given === null) return value;
    const inner = mended({ ...given }, { ...issue, path: rest });
    return { ...value, [name]: Array.isArray(given) ? Object.values(inner) : inner };
  }
  if (typeof given !== 'string' && typeof given !== 'number') return value;
  const converted = convert(String(given), wantedBy(issue));
  return converted === undefined ? value : { ...value, [name]: converted };
}

type Wanted = 'number' | 'bigint' | 'json' | 'text';

function wantedBy(issue: z.core.$ZodIssue): Wanted {
  if (issue.code === 'invalid_value') return issue.values.some((each) => typeof each === 'number') ? 'number' : 'text';
  if (issue.code !== 'invalid_type') return 'text';
  switch (issue.expected) {
    case 'number':
    case 'int':
      return 'number';
    case 'bigint':
      return 'bigint';
    case 'array':
    case 'object':
    case 'record':
      return 'json';
    default:
      return 'text';
  }
}

function convert(text: string, wanted: Wanted): unknown {
  switch (wanted) {
    case 'number':
      return /^-?\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined;
    case 'bigint':
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    case 'json':
      return parseJson(text);
    case 'text':
      return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'password',
  'user_password',
  'upass',
  'hall_secret',
  'sessionid',
  'key1',
  'key2',
  'unique_id',
  'md5',
]);

/** An answer as JSON, numbers of any size as they are in text, without passwords and keys. */
export function answerJson(answer: unknown): string {
  return JSON.stringify(answer, (name, value: unknown) => {
    if (SECRET_FIELDS.has(name.toLowerCase())) return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
}
