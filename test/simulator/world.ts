import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog } from '../../src/common/log.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import type { Hall, Terminal } from '../../src/simulator/stargame/state.ts';
import { track } from '../harness/leaks.ts';

/** 20 November 2026, 12:00:00 UTC. */
export const NOON_MS = Date.UTC(2026, 10, 20, 12);

export type World = {
  simulator: Simulator;
  url: string;
  hall: Hall;
  terminal: Terminal;
  clock: { nowMs: number };
  stop: () => Promise<void>;
};

/** A simulator with the ids of the document's samples: agent 12345678, hall 125 with the secret `fgghhjjuku`, terminal 345. */
export async function startWorld(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const clock = { nowMs: NOON_MS };
  const simulator = await startSimulator({
    log: createLog('simulator', 'silent'),
    now: () => clock.nowMs,
    random: createRandom(1),
    ...options,
  });
  const { state } = simulator.stargame;
  state.addAgent({ agentId: '12345678', password: 'agentpassword', name: 'someagent', balanceUnits: 1_000_000n });
  const hall = state.addHall({
    hallId: '125',
    agentId: '12345678',
    name: 'hall1',
    secret: 'fgghhjjuku',
    balanceUnits: 100_000n,
  });
  const terminal = state.addTerminal({ hall, uid: '345', password: '31003sdfds', exId: '77', balanceUnits: 5000n });
  const untrack = track('simulator', simulator.close);
  const stop = async (): Promise<void> => {
    await simulator.close();
    untrack();
  };
  return { simulator, url: simulator.stargameUrl, hall, terminal, clock, stop };
}

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Signatures as the document writes them, types 1 and 3, and 2. */
export const digest = (secret: string) => (xml: string) => md5(secret + xml + secret);
export const agentSign = () => base64('agentpassword');
export const hallSign = digest('fgghhjjuku');
export const userSign = digest('31003sdfds');

export type Answer = { xml: string; signature: string | null; read: (field: string) => string | undefined };
export type Sign = (xml: string) => string;

/** Posts a packet as PHP's curl does where it is given a string, and reads the answer where it is form fields. */
export async function post(url: string, operation: string, xml: string, sign: Sign): Promise<Answer> {
  const response = await fetch(`${url}/${operation}`, {
    method: 'POST',
    body: new URLSearchParams({ reg_xml: base64(xml), reg_sign: sign(xml) }),
  });
  return readAnswer(await response.text());
}

export function readAnswer(body: string): Answer {
  const form = new URLSearchParams(body);
  const xml = Buffer.from(form.get('reg_xml') ?? '', 'base64').toString();
  return { xml, signature: form.get('reg_sign'), read: (field) => fieldOf(xml, field) };
}

export const fieldOf = (xml: string, field: string): string | undefined =>
  new RegExp(`<${field}>([^<]*)</${field}>`).exec(xml)?.[1];

export const fieldsOf = (xml: string, field: string): string[] =>
  [...xml.matchAll(new RegExp(`<${field}>([^<]*)</${field}>`, 'g'))].map((match) => match[1] ?? '');

/** `<request>` with these fields, and with `show_packet` 1. */
export function packet(fields: Record<string, string | number>, more = ''): string {
  const all = { version: '0.6', show_packet: 1, response_url: '', ...fields };
  const elements = Object.entries(all).map(([name, value]) => `\t<${name}>${value}</${name}>\n`);
  return `<request>\n${elements.join('')}${more}</request>`;
}

export type Listener = {
  url: string;
  requests: { method: string; url: URL; body: string }[];
  stop: () => Promise<void>;
};

/** A small HTTP server that keeps what it was asked. */
export async function listen(
  answer: (request: { url: URL; body: string }, response: ServerResponse) => void,
): Promise<Listener> {
  const requests: Listener['requests'] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      requests.push({ method: request.method ?? '', url, body });
      answer({ url, body }, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const untrack = track('listener', close);
  const stop = async (): Promise<void> => {
    await close();
    untrack();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, stop };
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}
