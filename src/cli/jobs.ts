import { Argument, type Command, Option } from 'commander';
import { QUEUES, type QueueName } from '../common/queue-names.ts';
import { unconfirmedSchema } from '../common/unconfirmed-payload.ts';
import { AuditService } from '../gen/wallet/v1/audit_pb.ts';
import { osActor } from './actor.ts';
import { type Cli, CliError, type JsonOption, positiveNumber, UsageError, withJson } from './cli.ts';
import type { Job, JobQueues } from './job-queues.ts';
import type { View } from './output.ts';

const STATES = ['failed', 'waiting', 'delayed', 'active'] as const;
type State = (typeof STATES)[number];

const LIMIT = 50;

export function addJobsCommands(program: Command, cli: Cli): void {
  const jobs = program.command('jobs').description('the queues in Redis: what waits, what failed and why');

  withJson(jobs.command('counts'))
    .description('how many jobs each queue has, by state')
    .action(async (options: JsonOption) => {
      const views = await withQueues(cli.env, (queues) => Promise.all(QUEUES.map((name) => countsView(queues, name))));
      await cli.output.list([views], options.json === true);
    });

  withJson(jobs.command('list'))
    .description('jobs of one queue, the oldest first')
    .addArgument(queueArgument())
    .addOption(new Option('--state <state>', 'in which state').choices(STATES).default('failed'))
    .addOption(new Option('--limit <n>', 'how many at most').default(LIMIT).argParser(positiveNumber))
    .action(async (name: QueueName, options: JsonOption & { state: State; limit: number }) => {
      const found = await withQueues(cli.env, (queues) =>
        queues[name].getJobs([options.state], 0, options.limit - 1, true),
      );
      await cli.output.list([found.filter((job) => job !== undefined).map(rowView)], options.json === true);
    });

  withJson(jobs.command('show'))
    .description('one job: what it asks for, its attempts and what came of each')
    .addArgument(queueArgument())
    .argument('<id>', "the job's id; of void and credit the transaction's")
    .action((name: QueueName, id: string, options: JsonOption) => show(cli, name, id, options));

  withJson(jobs.command('retry'))
    .description('give failed jobs new attempts')
    .addArgument(queueArgument())
    .argument('[id]', 'of one job')
    .option('--all-failed', 'all that have failed')
    .action(async (name: QueueName, id: string | undefined, options: JsonOption & { allFailed?: true }) => {
      if ((id === undefined) === (options.allFailed === undefined)) {
        throw new UsageError('name one job, or say --all-failed');
      }
      const retried = await withQueues(cli.env, (queues) =>
        id === undefined ? retryAll(cli, queues, name) : retryOne(cli, queues, name, id),
      );
      await tell(cli, { queue: name, retried }, `${retried} retried`, options);
    });

  withJson(jobs.command('remove'))
    .description('remove a job that nobody needs any more; an outbox message that asks for it brings it back')
    .addArgument(queueArgument())
    .argument('<id>', "the job's id")
    .action(async (name: QueueName, id: string, options: JsonOption) => {
      await withQueues(cli.env, (queues) => remove(cli, queues, name, id));
      await tell(cli, { queue: name, removed: id }, 'removed', options);
    });

  withJson(jobs.command('add'))
    .description(
      "make a job by hand, of the payload that an adapter's log line shows where neither Redis nor its spool took it",
    )
    .addArgument(new Argument('<queue>', 'void: cancel a bet; credit: credit a win').choices(['void', 'credit']))
    .argument('<payload>', 'JSON')
    .action(async (name: 'void' | 'credit', text: string, options: JsonOption) => {
      const payload = readPayload(text);
      const id = payload.transactionId;
      await withQueues(cli.env, async (queues) => {
        await record(cli, 'job.add', `${name}/${id}`, `${payload.operatorId} ${payload.userId} ${payload.amountUnits}`);
        await queues[name].add(name, { payload }, { jobId: id });
      });
      await tell(cli, { queue: name, added: id }, 'added', options);
    });
}

/** Loads BullMQ, which takes longer than most verbs do, only for those that need it. */
async function withQueues<T>(env: Cli['env'], use: (queues: JobQueues) => Promise<T>): Promise<T> {
  const { connectQueues } = await import('./job-queues.ts');
  return connectQueues(env, use);
}

async function findJob(queues: JobQueues, name: QueueName, id: string): Promise<Job> {
  const job = await queues[name].getJob(id);
  if (job === undefined) throw new CliError(`queue ${name} has no job ${id}: it is done, or never was`);
  return job;
}

const queueArgument = (): Argument => new Argument('<queue>', 'which queue').choices(QUEUES);

async function tell(cli: Cli, view: View, line: string, { json }: JsonOption): Promise<void> {
  await (json === true ? cli.output.show(view, true) : cli.output.line(line));
}

/** Who does what, before it is done: where the wallet can't take it down, nothing is done. */
async function record(cli: Cli, action: string, target: string, detail: string): Promise<void> {
  const wallet = await cli.wallet();
  await wallet.call(AuditService.method.recordAudit, { actor: osActor(), action, target, detail });
}

async function retryOne(cli: Cli, queues: JobQueues, name: QueueName, id: string): Promise<number> {
  const job = await findJob(queues, name, id);
  if (!(await job.isFailed()))
    throw new CliError(`job ${id} of queue ${name} has not failed: it is ${await job.getState()}`);
  await record(cli, 'job.retry', `${name}/${id}`, job.failedReason.slice(0, 255));
  await retry(job);
  return 1;
}

async function retryAll(cli: Cli, queues: JobQueues, name: QueueName): Promise<number> {
  // Those that have failed by now: one that fails again at once would be retried for ever.
  const failed = await queues[name].getJobs(['failed'], 0, -1, true);
  if (failed.length === 0) return 0;
  await record(cli, 'job.retry', `${name} (failed)`, `${failed.length} jobs`);
  let retried = 0;
  for (const job of failed) {
    // Somebody else may be faster.
    if (job === undefined || !(await job.isFailed())) continue;
    await retry(job);
    retried += 1;
  }
  return retried;
}

const retry = (job: Job): Promise<void> => job.retry('failed', { resetAttemptsMade: true });

async function remove(cli: Cli, queues: JobQueues, name: QueueName, id: string): Promise<void> {
  const job = await findJob(queues, name, id);
  if (await job.isActive()) throw new CliError(`job ${id} of queue ${name} is being worked on`);
  await record(cli, 'job.remove', `${name}/${id}`, job.failedReason?.slice(0, 255) ?? '');
  await job.remove();
}

async function countsView(queues: JobQueues, name: QueueName): Promise<View> {
  const counts = await queues[name].getJobCounts(...STATES);
  const byState = Object.fromEntries(STATES.map((state) => [state, counts[state] ?? 0]));
  return { queue: name, ...byState, paused: await queues[name].isPaused() };
}

async function show(cli: Cli, name: QueueName, id: string, { json }: JsonOption): Promise<void> {
  const { view, logs } = await withQueues(cli.env, async (queues) => {
    const job = await findJob(queues, name, id);
    const { logs } = await queues[name].getJobLogs(id);
    return { view: { queue: name, state: await job.getState(), ...rowView(job), ...timesView(job) }, logs };
  });
  if (json === true) {
    await cli.output.show({ ...view, logs }, true);
    return;
  }
  await cli.output.show(view, false);
  await cli.output.list([logs.map((log) => ({ log }))], false);
}

const rowView = (job: Job): View => ({
  id: job.id ?? '',
  attempts: job.attemptsMade,
  addedAt: isoTime(job.timestamp),
  failedReason: job.failedReason ?? null,
  payload: JSON.stringify(job.data.payload),
});

const timesView = (job: Job): View => ({
  attemptsMax: job.opts.attempts ?? 1,
  startedAt: isoTime(job.processedOn),
  endedAt: isoTime(job.finishedOn),
  messageId: job.data.messageId ?? null,
});

const isoTime = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString());

function readPayload(text: string) {
  const parsed = unconfirmedSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `payload: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError('payload: no JSON');
  }
}
