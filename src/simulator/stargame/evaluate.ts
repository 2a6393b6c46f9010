import type { Form } from './form.ts';
import { callOf, type Operation, type Reply } from './operations/operation.ts';
import type { Keys } from './signatures.ts';
import type { State } from './state.ts';
import { buildXml, type Packet, parsePacket, type XmlFields } from './xml.ts';

/** What a request gets. `keys`: null where it isn't known who asks; `responseUrl`: null where the caller itself is answered. */
export type Evaluated = { xml: string; keys: Keys | null; responseUrl: string | null };

const MAX_VERSION = '0.6';

/**
 * Does what a request asks for. Checks in this order: fields, XML, version, required fields, address of the answer, who asks, signature;
 * then the operation's own. `forced`: an error code that is given in place of doing it.
 */
export function evaluate(deps: {
  state: State;
  operation: Operation;
  form: Form;
  nowSeconds: number;
  forced: string | undefined;
}): Evaluated {
  const { state, operation, form, nowSeconds, forced } = deps;
  const refuse = (code: string, packet?: Packet): Evaluated => ({
    xml: answerXml({ code }, MAX_VERSION, nowSeconds, packet),
    keys: null,
    responseUrl: null,
  });
  if (form.reg_xml === null || (form.reg_sign === null && !operation.takesUnsigned))
    return refuse('request_not_exists');
  const requestXml = Buffer.from(form.reg_xml, 'base64').toString();
  const packet = parsePacket(requestXml);
  if (packet === null) return refuse(operation.invalidXmlCode);
  const call = callOf(state, packet, nowSeconds);
  const formCode = checkForm(operation, packet);
  if (formCode !== null) return refuse(formCode, packet);
  const admitted = operation.admit(call);
  if ('code' in admitted) return refuse(admitted.code, packet);
  const { keys, run } = admitted;
  const isSigned = form.reg_sign === null || keys.verify(requestXml, form.reg_sign);
  // Whoever has not signed does not get to name a host that we call.
  if (!isSigned) return { ...refuse('wrong_signature', packet), keys };
  const reply = forced === undefined ? run() : { code: forced };
  return { xml: answerXml(reply, call.version, nowSeconds, packet), keys, responseUrl: responseUrlOf(packet) };
}

/** The code of the first rule about the packet's form that is broken. */
function checkForm(operation: Operation, { values, groups }: Packet): string | null {
  const field = (name: string): string => values.get(name) ?? '';
  if (field('version') === '') return 'required_fields_are_empty';
  if (!operation.versions.includes(field('version'))) return 'wrong_api_version';
  const missing = operation.required.find((name) => field(name) === '' && !groups.has(name));
  if (missing !== undefined) return operation.missingCodes[missing] ?? 'required_fields_are_empty';
  if (field('show_packet') === '1') return null;
  if (operation.takesNoPath && field('show_packet') === '' && field('response_url') === '') return null;
  return isHttpUrl(field('response_url')) ? null : operation.noPathCode;
}

const responseUrlOf = ({ values }: Packet): string | null =>
  values.get('show_packet') === '1' || values.get('response_url') === '' ? null : (values.get('response_url') ?? null);

const isHttpUrl = (text: string): boolean => /^https?:$/.test(URL.parse(text)?.protocol ?? '');

/** A failure has four fields: the hall is among them where the request named one, and else the time. */
function answerXml(reply: Reply, version: string, nowSeconds: number, packet?: Packet): string {
  if ('fields' in reply) return buildXml({ request: { version, status: 'success', ...reply.fields } });
  const hallId = packet?.values.get('hall_id') ?? '';
  const fourth: XmlFields = hallId === '' ? { time: nowSeconds } : { hall_id: hallId };
  return buildXml({ request: { version, status: 'failure', code: reply.code, ...fourth } });
}
