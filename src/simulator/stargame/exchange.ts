import { setTimeout as delay } from 'node:timers/promises';
import type { Request, Response } from 'express';
import { ANSWERS, type AnswerForm, type Signed } from './answer-forms.ts';
import type { Callbacks } from './callbacks.ts';
import { evaluate } from './evaluate.ts';
import type { Faults } from './faults.ts';
import { readForm } from './form.ts';
import type { Operation } from './operations/operation.ts';
import type { State } from './state.ts';

export type ExchangeDeps = {
  state: State;
  faults: Faults;
  callbacks: Callbacks;
  now: () => number;
  answerForm: () => AnswerForm;
};

const HTML =
  '<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Checking your browser</h1></body></html>';

/** One request of a remote operation, from its form to its answer, with the faults that are due. `body`: null where there was none. */
export async function exchange(
  deps: ExchangeDeps,
  operation: Operation,
  request: Request,
  response: Response,
): Promise<void> {
  const { state, faults, now } = deps;
  const { name } = operation;
  const body: unknown = request.body;
  const form = await readForm(Buffer.isBuffer(body) ? body : Buffer.alloc(0), request.headers['content-type'] ?? '');
  const slow = faults.take(name, 'slow');
  if (slow !== undefined) await delay(slow.ms);
  if (faults.take(name, 'lost_request') !== undefined) {
    request.socket.destroy();
    return;
  }
  if (answerAsProxy(faults, name, false, response)) return;

  const driftMs = faults.take(name, 'clock_drift')?.ms ?? 0;
  const { xml, keys, responseUrl } = evaluate({
    state,
    operation,
    form,
    nowSeconds: Math.floor((now() + driftMs) / 1000),
    forced: faults.take(name, 'error_code')?.code,
  });
  const signed = spoil(faults, name, { xml, signature: keys?.sign(xml) ?? '' });

  if (faults.take(name, 'lost_reply') !== undefined) request.socket.destroy();
  else if (answerAsProxy(faults, name, true, response)) return;
  else if (responseUrl === null) answer(response, deps.answerForm(), signed);
  else {
    response.status(200).end();
    const times = faults.take(name, 'duplicate') === undefined ? 1 : 2;
    for (let time = 0; time < times; time++) deps.callbacks.send(responseUrl, signed);
  }
}

function answer(response: Response, answerForm: AnswerForm, signed: Signed): void {
  const { type, body } = ANSWERS[answerForm](signed);
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

function spoil(faults: Faults, name: string, { xml, signature }: Signed): Signed {
  return {
    // Cut off in the middle of its last tag, as by a connection that broke; signed as it was.
    xml: faults.take(name, 'malformed_xml') === undefined ? xml : xml.slice(0, -'quest>'.length),
    signature: faults.take(name, 'wrong_signature') === undefined ? signature : [...signature].reverse().join(''),
  };
}

/** What something in front of the server answers in its place. False where nothing does. */
function answerAsProxy(faults: Faults, name: string, afterEffect: boolean, response: Response): boolean {
  const applies = (fault: { afterEffect: boolean }): boolean => fault.afterEffect === afterEffect;
  if (faults.take(name, 'html', applies) !== undefined) {
    response.status(200).type('html').send(HTML);
    return true;
  }
  if (faults.take(name, 'http_500', applies) !== undefined) {
    response.status(500).type('html').send('<h1>Internal Server Error</h1>');
    return true;
  }
  const redirect = faults.take(name, 'redirect', applies);
  if (redirect !== undefined) response.redirect(302, redirect.url);
  return redirect !== undefined;
}
