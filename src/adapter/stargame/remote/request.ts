import type { z } from 'zod';
import { RemoteError } from '../../outbound/remote-error.ts';
import type { Asked } from './answer.ts';
import type { Operation, WireFields } from './operation.ts';
import { equals, md5 } from './signature.ts';

/** Who signs a request, and with what: the hall's secret, or the password of an agent or a terminal. */
export type Signer =
  | { type: 'hall'; secret: string }
  | { type: 'agent'; password: string }
  | { type: 'user'; password: string };

/** Checks a request before anything is sent. Throws a RemoteError, kind invalid_request, that names fields and rules. */
export function checkRequest<Req extends z.ZodType<WireFields>>(
  operation: Operation<Req, z.ZodType, string>,
  request: z.input<Req>,
  signer: Signer,
): Asked<z.output<Req>> {
  const refuse = (reason: string): never => {
    throw new RemoteError('invalid_request', operation.name, reason);
  };
  const parsed = operation.request.safeParse(request);
  if (!parsed.success) return refuse(parsed.error.issues.map(describeIssue).join('; '));
  if (signer.type !== operation.signature)
    return refuse(`needs a signer of type ${operation.signature}, not ${signer.type}`);
  const secret = signer.type === 'hall' ? signer.secret : signer.password;
  if (secret === '') return refuse('the signer has no secret');
  const fields: WireFields = parsed.data;
  return {
    request: parsed.data,
    secret: signer.type === 'user' ? userSecret(fields, secret, refuse) : secret,
    secrets: [secret, ...['user_password', 'password', 'hall_secret'].map((name) => fields[name])].filter(isText),
  };
}

/** StarGame, Receiving a list of game logs, use_hash and user_hash: what stands in user_password is what signs. */
function userSecret(fields: WireFields, password: string, refuse: (reason: string) => never): string {
  const expected = fields.use_hash === 1 ? md5(password) : password;
  const given = fields.user_password;
  if (typeof given !== 'string' || !equals(given, expected)) {
    return refuse("user_password: is not the signer's password, or its md5 digest where use_hash is 1");
  }
  return expected;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return `${[...issue.path, issue.keys.join(', ')].join('.')}: not a field of this operation`;
  }
  return `${issue.path.join('.')}: ${issue.message}`;
}
