import express from 'express';
import { Registry } from 'prom-client';
import { startOpsServer } from '../common/ops-server.ts';
import { createPlatformSimulator, type PlatformDeps, type PlatformSimulator } from './platform/simulator.ts';
import { createStargameSimulator, type StargameDeps, type StargameSimulator } from './stargame/simulator.ts';

export type Simulator = {
  port: number;
  /** Where StarGame's operations are: `${url}/api_reg`. */
  stargameUrl: string;
  stargame: StargameSimulator;
  /** Where PLATFORM is: `${url}/api/generic/games/list/all`, `${url}/launch/?mode=…`. */
  platformUrl: string;
  platform: PlatformSimulator;
  close: () => Promise<void>;
};

export type SimulatorOptions = StargameDeps &
  PlatformDeps & {
    host?: string;
    /** 0: any that is free. */
    port?: number;
  };

/** Serves the simulators of the providers' servers, each under its own path, and `/healthz` and `/readyz` as every process does. */
export async function startSimulator({ host = '127.0.0.1', port = 0, ...deps }: SimulatorOptions): Promise<Simulator> {
  const stargame = createStargameSimulator(deps);
  const platform = createPlatformSimulator(deps);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use('/stargame', stargame.router);
  app.use('/platform', platform.router);
  const server = await startOpsServer({ host, port, registry: new Registry(), ready: () => null, otherwise: app });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  return {
    port: server.port,
    stargameUrl: `${url}/stargame`,
    stargame,
    platformUrl: `${url}/platform`,
    platform,
    async close() {
      await stargame.close();
      await platform.close();
      await server.close();
    },
  };
}
