import { ConfigError } from '../common/config.ts';
import { loggable } from '../common/db.ts';
import { createLog } from '../common/log.ts';
import { onShutdown } from '../common/shutdown.ts';
import { readWalletConfig, type WalletConfig } from './config.ts';
import { startWallet } from './wallet.ts';

function configOrExit(): WalletConfig {
  try {
    return readWalletConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

async function main(): Promise<void> {
  const config = configOrExit();
  const log = createLog('wallet', config.LOG_LEVEL);
  try {
    const wallet = await startWallet(config, log);
    onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, wallet.steps);
    log.info({ port: wallet.port, opsPort: wallet.opsPort }, 'ready');
    log.flush();
  } catch (error) {
    if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
    log.fatal({ err: loggable(error) }, 'could not start');
    log.flush(() => process.exit(1));
  }
}

await main();
