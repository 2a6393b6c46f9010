import { ConfigError } from '../common/config.ts';
import { createLog } from '../common/log.ts';
import { onShutdown } from '../common/shutdown.ts';
import { readSimulatorConfig, type SimulatorConfig } from './config.ts';
import { addPlatformDemo } from './platform/demo.ts';
import { startSimulator } from './server.ts';
import { addDemo } from './stargame/demo.ts';

async function main(config: SimulatorConfig): Promise<void> {
  const log = createLog('simulator', config.LOG_LEVEL);
  const simulator = await startSimulator({
    host: config.SIMULATOR_HOST,
    port: config.SIMULATOR_PORT,
    log,
    now: Date.now,
    random: Math.random,
    answerForm: config.SIMULATOR_ANSWER_FORM,
    notifyTimeoutMs: config.SIMULATOR_NOTIFY_TIMEOUT_MS,
  });
  addPlatformDemo(simulator.platform.state, config.SIMULATOR_ADAPTER_URL);
  const demo = addDemo(simulator.stargame.state, config.SIMULATOR_ADAPTER_URL);
  const loop = simulator.stargame.startPlaying(demo, config.SIMULATOR_SPINS_PER_MINUTE);

  onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'play', run: loop.stop },
    { name: 'server', run: simulator.close },
  ]);
  log.info({ port: simulator.port, opsPort: simulator.port }, 'ready');
}

try {
  await main(readSimulatorConfig(process.env));
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
