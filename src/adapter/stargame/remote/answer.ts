import type { z } from 'zod';
import { RemoteError } from '../../outbound/remote-error.ts';
import type { CheckMode } from './config.ts';
import type { Operation, WireFields } from './operation.ts';
import { PacketError, readPacket, withoutBase64 } from './packet.ts';
import { redact } from './redact.ts';
import { equals, verify } from './signature.ts';
import { readXml, type XmlElement, XmlError, type XmlValue } from './xml.ts';

/** `unknown_code` is a failure whose code the document doesn't have for this operation; the message says what was sent. */
export type Result<Answer, Code extends string = string> =
  | { status: 'success'; answer: Answer }
  | { status: 'failure'; code: Code | 'unknown_code'; message: string };

/** What a check found; `off` where none was made. */
export type Verdict = 'right' | 'wrong' | 'absent' | 'off';

/** What is known of a call whose answer is read. */
export type Asked<Req> = {
  /** The checked fields of the request, or those that name whom it is about. */
  request: Req;
  /** What the request was signed with. */
  secret: string;
  /** All that must not be in an error. */
  secrets: readonly string[];
};

/** The elements of an answer that belongs to its request, and what its signature was worth. */
export type Envelope = { element: XmlElement; xml: string; signature: Verdict };

/**
 * The outer half: framing, signature, XML, and whether the answer is one to this request.
 * Throws a RemoteError, kind malformed.
 */
export function readEnvelope(
  operation: Pick<Operation, 'name' | 'signature'>,
  asked: Asked<WireFields>,
  body: Buffer,
  mode: CheckMode,
): Envelope {
  const fail = failure(operation.name, asked.secrets);
  try {
    const packet = readPacket(body);
    const signature = judge(mode, packet.signature, (given) =>
      verify(operation.signature, asked.secret, packet.bytes, given),
    );
    if (mode === 'strict' && signature !== 'right') throw fail(`its signature is ${signature}`, packet.xml);
    try {
      return { element: elementOf(readXml(packet.xml), asked.request), xml: packet.xml, signature };
    } catch (error) {
      if (error instanceof XmlError) throw fail(`it ${error.message}`, packet.xml);
      throw error;
    }
  } catch (error) {
    if (error instanceof PacketError) throw fail(`it ${error.message}`, error.raw);
    throw error;
  }
}

/** The inner half. Throws a RemoteError, kind malformed. */
export function readResult<Req extends z.ZodType<WireFields>, Ans extends z.ZodType, Code extends string>(
  operation: Operation<Req, Ans, Code>,
  asked: Asked<z.output<Req>>,
  { element, xml }: Envelope,
  mode: CheckMode,
): { result: Result<z.output<Ans>, Code>; md5: Verdict } {
  if (element.status === 'failure') return { result: readFailure(operation, element), md5: 'off' };
  const fail = failure(operation.name, asked.secrets);
  if (element.status !== 'success') throw fail('its status is neither success nor failure', xml);
  const parsed = operation.answer.safeParse(element);
  if (!parsed.success) throw fail(parsed.error.issues.map(describeIssue).join('; '), xml);
  const answer: z.output<Ans> = parsed.data;
  const missing = operation.requires(asked.request).filter((name) => !has(answer, name));
  if (missing.length > 0) throw fail(`${missing.join(', ')}: is missing`, xml);
  const digest = operation.digest?.(asked.request, answer);
  const md5 =
    digest === undefined ? 'off' : judge(mode, digest.given ?? null, (given) => equals(digest.expected, given));
  if (digest !== undefined && mode === 'strict' && md5 !== 'right') throw fail(`md5: is ${md5}`, xml);
  return { result: { status: 'success', answer }, md5 };
}

function readFailure<Code extends string>(
  operation: Pick<Operation<z.ZodType<WireFields>, z.ZodType, Code>, 'codes' | 'descriptions'>,
  element: XmlElement,
): { status: 'failure'; code: Code | 'unknown_code'; message: string } {
  const sent = typeof element.code === 'string' ? element.code.trim() : '';
  const code = operation.codes.find((known) => known === sent);
  if (code !== undefined) return { status: 'failure', code, message: operation.descriptions[code] };
  const message = sent === '' ? 'no code came' : `the document has no code ${JSON.stringify(sent.slice(0, 100))} here`;
  return { status: 'failure', code: 'unknown_code', message };
}

function judge(mode: CheckMode, given: string | null, isRight: (given: string) => boolean): Verdict {
  if (mode === 'off') return 'off';
  if (given === null) return 'absent';
  return isRight(given) ? 'right' : 'wrong';
}

function elementOf({ root, value }: { root: string; value: XmlValue }, request: WireFields): XmlElement {
  if (root !== 'request' && root !== 'response') throw new XmlError('is no packet of StarGame');
  if (!isElement(value)) throw new XmlError('has no fields');
  const foreign = foreignField(request, value);
  if (foreign !== null)
    throw new XmlError(`is an answer to somebody else: ${foreign} differs from that of the request`);
  return value;
}

/** An answer about another hall, agent, terminal or log is not an answer to this request, whatever it says. */
function foreignField(request: WireFields, element: XmlElement): string | null {
  const came: Record<string, XmlValue | undefined> = {
    hall_id: element.hall_id ?? element.hallid,
    agent_id: element.agent_id,
    // With user_ex the request has our id of the player, the answer may have theirs. Sessions call it uid.
    user_id: request.user_ex === 1 ? undefined : (element.user_id ?? element.uid),
    log_id: element.log_id,
  };
  for (const [name, value] of Object.entries(came)) {
    const isComparable = request[name] !== undefined && typeof value === 'string' && value.trim() !== '';
    if (isComparable && value.trim() !== String(request[name])) return name;
  }
  return null;
}

const isElement = (value: XmlValue): value is XmlElement => typeof value === 'object' && !Array.isArray(value);

const has = (answer: unknown, name: string): boolean =>
  typeof answer === 'object' && answer !== null && name in answer && answer[name as keyof typeof answer] !== undefined;

const describeIssue = ({ path, message }: z.core.$ZodIssue): string => `${path.join('.')}: ${message}`;

/** `raw` may be XML, JSON or whatever came; what is secret in it is left out. */
function failure(operation: string, secrets: readonly string[]): (reason: string, raw: string) => RemoteError {
  return (reason, raw) =>
    new RemoteError('malformed', operation, `the answer is not what the document says: ${reason}`, {
      // A page that gives the request back has it in base64.
      raw: withoutBase64(redact(raw, secrets)),
    });
}
