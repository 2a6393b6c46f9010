import { z } from 'zod';
import {
  ConfigError,
  type ConfigTable,
  commonConfig,
  count,
  milliseconds,
  port,
  readConfig,
} from '../common/config.ts';
import { ANSWER_FORMS } from './stargame/answer-forms.ts';

export const simulatorConfig = {
  ...commonConfig,
  SIMULATOR_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('address that the simulators listen on; who reaches it also reaches their control API'),
  SIMULATOR_PORT: port(8070).describe("port of the simulators of the providers' servers"),
  SIMULATOR_ADAPTER_URL: z
    .url()
    .default('http://127.0.0.1:8080')
    .describe('adapter that the simulators notify of bets and wins'),
  SIMULATOR_SPINS_PER_MINUTE: count(6, 0, 600).describe(
    'rounds that the simulator plays by itself at the demo terminal; 0 for none',
  ),
  SIMULATOR_NOTIFY_TIMEOUT_MS: milliseconds(50).describe(
    "how long the simulator waits for the casino's answer to a notification, as StarGame's server does",
  ),
  SIMULATOR_ANSWER_FORM: z
    .enum(ANSWER_FORMS)
    .default('form')
    .describe(
      "form of the simulator's answers, which StarGame's document leaves open: `form`, `json`, `base64` or `xml`",
    ),
} satisfies ConfigTable;

export type SimulatorConfig = { [K in keyof typeof simulatorConfig]: z.output<(typeof simulatorConfig)[K]> };

/** Reads and checks the configuration of the simulators. Throws a ConfigError with every mistake. */
export function readSimulatorConfig(env: Record<string, string | undefined>): SimulatorConfig {
  const config = readConfig(simulatorConfig, env);
  if (config.NODE_ENV === 'production') throw new ConfigError(['NODE_ENV: a simulator is not for production']);
  return config;
}
