import type { Logger } from './log.ts';

/** One step of a shutdown: stop taking work, drain, close. Steps run in order, each even where one before it failed. */
export type ShutdownStep = { name: string; run: () => Promise<void> | void };

/**
 * First SIGINT or SIGTERM drains, second forces the exit; so does a drain that takes longer than `timeoutMs`.
 * An uncaught fault exits with 1 after it was logged: state that nobody planned for is not to be trusted with money.
 */
export function onShutdown(log: Logger, timeoutMs: number, steps: readonly ShutdownStep[]): void {
  let stopping = false;

  const stop = async (reason: string, exitCode: number): Promise<void> => {
    if (stopping) {
      log.warn({ reason }, 'forced exit');
      exit(log, 1);
      return;
    }
    stopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error({ timeoutMs }, 'drain took too long');
      exit(log, 1);
    }, timeoutMs).unref();
    for (const step of steps) {
      try {
        await step.run();
      } catch (error) {
        log.error({ err: error, step: step.name }, 'shutdown step failed');
      }
    }
    log.info('stopped');
    exit(log, exitCode);
  };

  process.on('SIGINT', () => void stop('SIGINT', 0));
  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop('uncaughtException', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    void stop('unhandledRejection', 1);
  });
}

function exit(log: Logger, code: number): void {
  log.flush(() => process.exit(code));
  setTimeout(() => process.exit(code), 200).unref();
}
