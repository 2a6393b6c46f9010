import express from 'express';
import { Registry } from 'prom-client';
import { startOpsServer } from '../common/ops-server.ts';
import { createStargameSimulator, type StargameDeps, type StargameSimulator } from './stargame/simulator.ts';

export type Simulator = {
  port: number;
  /** Where StarGame's operations are: `${url}/api_reg`. */
  stargameUrl: string;
  stargame: StargameSimulator;
  close: () => Promise<void>;
};

export type SimulatorOptions = StargameDeps & {
  host?: string;
  /** 0: any that is free. */
  port?: number;
};

/** Serves the simulators of the providers' servers, each under its own path, and `/healthz` and `/readyz` as every process does. */
export async function startSimulator({ host = '127.0.0.1', port = 0, ...deps }: SimulatorOptions): Promise<Simulator> {
  const stargame = createStargameSimulator(deps);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/stargame', stargame.router);
  const server = await startOpsServer({ host, port, registry: new Registry(), ready: () => null, otherwise: app });
  return {
    port: server.port,
    stargameUrl: `http://${host.includes(':') ? `[${host}]` : host}:${server.port}/stargame`,
    stargame,
    async close() {
      await stargame.close();
      await server.close();
    },
  };
}
