import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

/** gRPC health checking (grpc.health.v1): NOT_SERVING until told otherwise, and for good once it is closed. */
export type Health = { setServing: (serving: boolean) => void; close: () => void };

/** For the server as a whole ("") and for each service by its full name. They go together: all need the database. */
export function addHealth(server: Server, serviceNames: readonly string[]): Health {
  const names = ['', ...serviceNames];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  let closed = false;
  const set = (serving: boolean): void => {
    for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };
  return {
    setServing: (serving) => {
      if (!closed) set(serving);
    },
    close: () => {
      closed = true;
      set(false);
    },
  };
}
