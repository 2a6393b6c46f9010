import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

/** A stock client of grpc.health.v1. */
export type HealthClient = {
  /** SERVING or NOT_SERVING; rejects with NOT_FOUND for a service that the server doesn't have. */
  check: (service: string) => Promise<string>;
  /** Resolves once the server says `wanted` to a watcher; rejects where it goes away before. */
  waitFor: (service: string, wanted: string) => Promise<void>;
  close: () => void;
};

export function healthClient(address: string): HealthClient {
  const client = new Client(address, credentials.createInsecure());
  return {
    check: (name) =>
      new Promise((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = definition('Check');
        client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: name }, (error, answer) =>
          error ? reject(error) : resolve(statusIn(answer)),
        );
      }),
    waitFor: (name, wanted) =>
      new Promise((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = definition('Watch');
        const call = client.makeServerStreamRequest(
          path,
          requestSerialize,
          responseDeserialize,
          { service: name },
          new Metadata(),
        );
        call.on('error', reject);
        call.on('data', (answer: object) => {
          if (statusIn(answer) !== wanted) return;
          call.removeAllListeners('error').on('error', () => undefined);
          call.cancel();
          resolve();
        });
      }),
    close: () => client.close(),
  };
}

function definition(method: 'Check' | 'Watch') {
  const found = service[method];
  if (found === undefined) throw new Error(`no method ${method}`);
  return found;
}

function statusIn(answer: object | undefined): string {
  return answer !== undefined && 'status' in answer ? String(answer.status) : '';
}
