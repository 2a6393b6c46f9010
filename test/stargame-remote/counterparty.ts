import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from '../../src/adapter/stargame/remote/signature.ts';
import { track } from '../harness/leaks.ts';

/** A request as it came. */
export type Came = {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
  xml: string;
};

export type Reply = (came: Came, response: ServerResponse) => void;

/** Some HTTP server: StarGame's, or one that must never be called. */
export type Counterparty = AsyncDisposable & {
  url: string;
  /** All that came, in order. */
  came: Came[];
  /** What it answers from now on. */
  reply: (reply: Reply) => void;
};

export async function startCounterparty(reply: Reply): Promise<Counterparty> {
  let current = reply;
  const came: Came[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      const { method = '', url: path = '', headers } = request;
      const xml = Buffer.from(form.get('reg_xml') ?? '', 'base64').toString('utf8');
      const entry = { method, path, headers, form, xml };
      came.push(entry);
      current(entry, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const untrack = track('counterparty', close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    came,
    reply: (next) => {
      current = next;
    },
    [Symbol.asyncDispose]: async () => {
      untrack();
      await close();
    },
  };
}

/** An answer packet as form fields, signed with a hall's secret. */
export function packet(xml: string, secret = 'secret'): string {
  return new URLSearchParams({
    reg_xml: Buffer.from(xml).toString('base64'),
    reg_sign: sign('hall', secret, xml),
  }).toString();
}

export const answering =
  (body: string | Buffer, status = 200, headers: Record<string, string> = {}): Reply =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
  };

/** An operation of whom nothing is wrong. */
export const BALANCE = `<request><version>0.6</version><status>success</status><user_id>345</user_id><hall_id>125</hall_id><balance>2924316</balance><time>1390780004</time></request>`;

export const INCREASE = `<request><version>0.6</version><status>success</status><user_id>345</user_id><hall_id>125</hall_id><operation>increase</operation><operation_id></operation_id><old_balance>5000</old_balance><new_balance>5500</new_balance><operation_exist>0</operation_exist><time>1390783078</time></request>`;
