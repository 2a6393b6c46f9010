import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RemoteError } from '../../src/adapter/outbound/remote-error.ts';
import { readEnvelope, readResult } from '../../src/adapter/stargame/remote/answer.ts';
import type { Operation } from '../../src/adapter/stargame/remote/operation.ts';
import { OPERATIONS, type OperationName } from '../../src/adapter/stargame/remote/operations/index.ts';
import { checkRequest, type Signer } from '../../src/adapter/stargame/remote/request.ts';
import { writeXml } from '../../src/adapter/stargame/remote/xml.ts';
import { ANSWERS } from './golden-answers.ts';
import { REQUESTS } from './golden-requests.ts';

const FOLDER = join(import.meta.dirname, 'golden');
const operations: Record<string, Operation> = OPERATIONS;
const names = Object.keys(OPERATIONS) as OperationName[];

const file = (name: OperationName, golden: string): Promise<string> =>
  readFile(join(FOLDER, name, `${golden}.xml`), 'utf8');

const operationOf = (name: string): Operation => {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return operation;
};

const SECRET = 'secret';
const signerOf = (name: OperationName, request: Record<string, unknown>): Signer => {
  const type = OPERATIONS[name].signature;
  if (type === 'hall') return { type, secret: SECRET };
  if (type === 'agent') return { type, password: SECRET };
  // The one request with use_hash has the digest of this one.
  return { type, password: request.use_hash === 1 ? '1DF12b3' : String(request.user_password) };
};

const read = (name: OperationName, text: string, request: Record<string, unknown> = {}) => {
  const operation = operationOf(name);
  const asked = { request: { ...request } as Record<string, string>, secret: SECRET, secrets: [] };
  const envelope = readEnvelope(operation, asked, Buffer.from(text), 'off');
  return readResult(operation, asked, envelope, 'off').result;
};

test('there are golden files for every operation, and a case for every file', async () => {
  expect((await readdir(FOLDER)).sort()).toEqual([...names].sort());
  for (const name of names) {
    const files = (await readdir(join(FOLDER, name))).map((entry) => entry.replace('.xml', ''));
    const cases = [...Object.keys(REQUESTS[name]), ...Object.keys(ANSWERS[name]), 'failure'];
    expect(files.sort(), name).toEqual(cases.sort());
  }
});

describe.each(names)('%s', (name) => {
  test.each(Object.entries(REQUESTS[name]))('%s', async (golden, request) => {
    const operation = operationOf(name);
    const { request: fields } = checkRequest(operation, request, signerOf(name, request));
    const xml = writeXml('request', { version: operation.version, ...fields, show_packet: 1, response_url: '' });
    expect(`${xml}\n`).toBe(await file(name, golden));
  });

  test.each(Object.entries(ANSWERS[name]))('%s', async (golden, { request, answer }) => {
    expect(read(name, await file(name, golden), request)).toMatchObject({ status: 'success', answer });
  });

  test('a failure', async () => {
    const text = await file(name, 'failure');
    const code = /<code>(\w+)</.exec(text)?.[1];
    expect(read(name, text)).toEqual({ status: 'failure', code, message: expect.stringMatching(/\w/) });
  });

  test('every error code is known as itself, and no other is', () => {
    const failure = (code: string) => read(name, `<request><status>failure</status><code>${code}</code></request>`);
    for (const code of OPERATIONS[name].codes) expect(failure(code)).toMatchObject({ status: 'failure', code });
    expect(failure('no_such_code')).toEqual({
      status: 'failure',
      code: 'unknown_code',
      message: 'the document has no code "no_such_code" here',
    });
  });

  test('an answer that lacks a field of the document is malformed, keeps the raw answer, and its secrets are left out', async () => {
    for (const [golden, { request, required }] of Object.entries(ANSWERS[name])) {
      const whole = await file(name, golden);
      for (const field of required) {
        const cut = whole.replace(new RegExp(`<${field}>[\\s\\S]*?</${field}>`), '');
        expect(cut, field).not.toBe(whole);
        const error = thrown(() => read(name, cut, request));
        expect(error).toMatchObject({ kind: 'malformed', operation: name });
        expect(error.message).toMatch(new RegExp(`${field}|logs_count`));
        expect(error.raw).toContain('<status>success</status>');
        expect(error.raw).not.toMatch(/sdf55yhh|31003sdfds|fxa445|somecode/);
      }
    }
  });

  test('only fields of the document go out', () => {
    for (const request of Object.values(REQUESTS[name])) {
      const error = thrown(() =>
        checkRequest(operationOf(name), { ...request, surprise: 'x' }, signerOf(name, request)),
      );
      expect(error).toMatchObject({
        kind: 'invalid_request',
        message: `${name}: surprise: not a field of this operation`,
      });
    }
  });
});

function thrown(run: () => unknown): RemoteError {
  try {
    run();
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
