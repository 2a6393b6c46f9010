import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { RemoteError } from '../../src/adapter/outbound/remote-error.ts';
import { stargameRemoteConfig } from '../../src/adapter/stargame/remote/config.ts';
import { apiGetBalance } from '../../src/adapter/stargame/remote/operations/api-get-balance.ts';
import { apiOperationBalance } from '../../src/adapter/stargame/remote/operations/api-operation-balance.ts';
import { createRemote, type Remote, type RemoteDeps } from '../../src/adapter/stargame/remote/remote.ts';
import { readConfig } from '../../src/common/config.ts';

export type Client = {
  remote: Remote;
  /** Every log line so far. */
  lines: Record<string, unknown>[];
  metrics: () => Promise<string>;
};

/** A client of `url`, with settings of its own. */
export function createClient(
  url: string,
  env: Record<string, string> = {},
  more: Pick<RemoteDeps, 'callbacks'> = {},
): Client {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  const registry = new Registry();
  const config = readConfig(stargameRemoteConfig, { STARGAME_API_URL: url, STARGAME_RATE_PER_SECOND: '1000', ...env });
  const remote = createRemote({ config, log: pino({ base: null }, sink), registry, ...more });
  return { remote, lines, metrics: () => registry.metrics() };
}

export const HALL = { type: 'hall', secret: 'secret' } as const;
export const WHO = { user_id: '345', hall_id: '125' };

export const balance = (client: Client) => client.remote.call(apiGetBalance, WHO, HALL);
export const increase = (client: Client, operation_id?: string) =>
  client.remote.call(apiOperationBalance, { ...WHO, operation: 'increase', sum: 500n, operation_id }, HALL);

/** The RemoteError that a call ends with. */
export async function thrown(promise: Promise<unknown>): Promise<RemoteError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteError) return error;
  throw new Error(`no RemoteError, but ${String(error)}`);
}
