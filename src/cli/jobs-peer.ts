import type { status } from '@grpc/grpc-js';
import { readConfig } from '../common/config.ts';
import { jobsChannel } from '../common/jobs-client.ts';
import { CliError } from './cli.ts';
import { cliConfig } from './config.ts';
import { connectPeer, describePeerFault, isServiceError, type Peer } from './peer.ts';

/** The jobs process, connected. Calls and streams reject with a JobsFault. */
export type JobsPeer = Peer;

/** A call that the jobs process refused, or that did not reach it, in one line for people. */
export class JobsFault extends CliError {
  readonly code: status;

  constructor(message: string, code: status) {
    super(message);
    this.code = code;
  }
}

/** Connects to JOBS_URL. */
export async function connectJobs(env: Record<string, string | undefined>): Promise<JobsPeer> {
  const config = readConfig(cliConfig, env);
  const jobs = await connectPeer([jobsChannel(config)], config.CLI_JOBS_TIMEOUT_MS);
  if (jobs === null) {
    throw new CliError(
      `no jobs process answers at ${config.JOBS_URL}: start it with \`npm start\`, or say with JOBS_URL where it is`,
    );
  }
  return {
    close: jobs.close,
    call: (method, request) => jobs.call(method, request).catch(fail('CLI_JOBS_TIMEOUT_MS')),
    stream: (method, request, timeoutMs) => orFault(jobs.stream(method, request, timeoutMs)),
  };
}

async function* orFault<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    fail('--timeout')(error);
  }
}

const fail =
  (timeoutVariable: string) =>
  (error: unknown): never => {
    if (!isServiceError(error)) throw error;
    const words = { name: 'the jobs process', tokenVariable: 'JOBS_CLIENT_TOKEN', timeoutVariable };
    throw new JobsFault(describePeerFault(error, words), error.code);
  };
