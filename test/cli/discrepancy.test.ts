import { userInfo } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callUnary } from '../../src/common/grpc.ts';
import type { GrpcChannel } from '../../src/common/grpc-channel.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import { ReconciliationService } from '../../src/gen/jobs/v1/reconciliation_pb.ts';
import { until } from '../jobs/until.ts';
import { createRemoteWorld, HALL, type RemoteWorld, TERMINAL } from './remote-world.ts';

let world: RemoteWorld;
let channel: GrpcChannel;

const TERMINAL_OPTIONS = ['--hall', HALL, '--uid', TERMINAL];
const US = `cli:${userInfo().username}`;

beforeAll(async () => {
  world = await createRemoteWorld();
  channel = jobsChannel({
    JOBS_URL: `127.0.0.1:${world.jobs.grpcPort}`,
    JOBS_CLIENT_TOKEN: 'cli-token-of-this-test',
    JOBS_TLS_CA: '',
    JOBS_CLIENT_CERT: '',
    JOBS_CLIENT_KEY: '',
  });
});

afterAll(async () => {
  channel.close();
  await world[Symbol.asyncDispose]();
});

type Row = Record<string, unknown>;
const list = (...args: string[]): Promise<Row[]> => world.cli.json<Row[]>('discrepancy', 'list', ...args);

/** A spin that the game server debits and doesn't play, with the spins around it; gives the id of the discrepancy. */
async function skipSpin(): Promise<string> {
  const known = new Set((await list('--state', 'all')).map(({ id }) => id));
  await world.tell('play', { uid: TERMINAL, rounds: 1, betUnits: '500' });
  await world.tell('faults', { operation: 'play', kind: 'skip_spin', count: 1 });
  await world.tell('play', { uid: TERMINAL, rounds: 2, betUnits: '700' });
  return until('it is found', async () => {
    await world.cli.json('harvest', ...TERMINAL_OPTIONS);
    await world.cli.json('reconcile', ...TERMINAL_OPTIONS);
    const found = (await list()).find(({ id, kind }) => !known.has(id) && kind === 'spin_not_played');
    return found === undefined ? undefined : String(found.id);
  });
}

/** As somebody else, at the dashboard. */
const approveAsJane = (id: string, resolution: string) =>
  callUnary(
    channel.client,
    ReconciliationService.method.approveResolution,
    { discrepancyId: BigInt(id), resolution, actor: 'jane' },
    { deadlineMs: 20_000, metadata: channel.metadata },
  );

test('a spin that was not played: found, looked at, proposed, and paid back once somebody else approves', async () => {
  const id = await skipSpin();
  const found = await list('--kind', 'spin_not_played', ...TERMINAL_OPTIONS);
  expect(found).toEqual([expect.objectContaining({ id, state: 'open', amount: '7.00', correction: 'cancel' })]);
  const shown = await world.viewer.json('discrepancy', 'show', id);
  expect(shown).toMatchObject({ id, hallId: HALL, uid: TERMINAL, userId: '117', operatorId: 'examplecasino' });
  expect((shown.logs as Row[]).length).toBeGreaterThan(0);
  expect((shown.transactions as Row[]).map((row) => row.transactionId)).toContain(shown.transactionId);
  const text = await world.viewer.run('discrepancy', 'show', id);
  expect(text.stdout).toMatch(/\nkind +spin_not_played\n.*\ngame logs:\n.*\ntransactions:\n/s);

  const propose = ['discrepancy', 'propose', id, '--resolution', 'cancel', '--note', 'not played'];
  expect(await world.cli.json(...propose)).toMatchObject({ state: 'proposed', proposedBy: US, note: 'not played' });
  const own = await world.cli.run('discrepancy', 'approve', id, '--resolution', 'cancel');
  expect(own).toMatchObject({ code: 1, stdout: '', stderr: 'error: who proposed it may not approve it\n' });

  await approveAsJane(id, 'cancel');
  const corrected = await until('it is corrected', async () => {
    const now = await world.cli.json('discrepancy', 'show', id);
    return now.state === 'corrected' && now;
  });
  expect(corrected).toMatchObject({ proposedBy: US, approvedBy: 'jane' });
  expect(await list('--state', 'corrected')).toEqual([expect.objectContaining({ id })]);
  expect(await world.viewer.json('reconcile', 'status')).toMatchObject({ corrected: 1, correctedAmount: '7.00' });
});

test('a proposal is taken back, and another approved from the command line', async () => {
  const id = await skipSpin();
  await world.cli.json('discrepancy', 'propose', id, '--resolution', 'cancel', '--note', 'hasty');
  expect(await world.cli.json('discrepancy', 'reject', id, '--note', 'no')).toMatchObject({ state: 'open' });
  await callUnary(
    channel.client,
    ReconciliationService.method.proposeResolution,
    { discrepancyId: BigInt(id), resolution: 'dismiss', actor: 'jane', note: 'paid in cash' },
    { deadlineMs: 20_000, metadata: channel.metadata },
  );
  const other = await world.cli.run('discrepancy', 'approve', id, '--resolution', 'cancel');
  expect(other).toMatchObject({ code: 1, stdout: '' });
  const approved = await world.cli.json('discrepancy', 'approve', id, '--resolution', 'dismiss');
  expect(approved).toMatchObject({ state: 'dismissed', proposedBy: 'jane', approvedBy: US });
});

test('who may only look may not decide', async () => {
  const [one] = await list('--state', 'all');
  const id = String(one?.id);
  for (const args of [
    ['propose', id, '--resolution', 'cancel', '--note', 'n'],
    ['approve', id, '--resolution', 'cancel'],
    ['reject', id, '--note', 'n'],
  ]) {
    const refused = await world.viewer.run('discrepancy', ...args);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: not allowed: .*ops/) });
  }
  expect(await world.viewer.run('reconcile')).toMatchObject({ code: 1, stdout: '' });
});

test.each<[string[], number, string | RegExp]>([
  [['discrepancy', 'show', '999999'], 1, 'error: discrepancy not found\n'],
  [['discrepancy', 'show', 'x'], 2, /^error: command-argument value 'x' is invalid for argument 'id'/],
  [['discrepancy', 'list', '--state', 'lost'], 2, /^error: option '--state <state>' argument 'lost' is invalid/],
  [['discrepancy', 'approve', '1'], 2, /^error: required option '--resolution <what>'/],
  [['discrepancy', 'propose', '1', '--resolution', 'cancel'], 2, /^error: required option '--note <text>'/],
  [['reconcile', '--uid', '117'], 2, 'error: a terminal is named by --hall and --uid together\n'],
  [['reconcile', '--from', '2026-01-01'], 2, 'error: --from is for one terminal: give --hall and --uid\n'],
  [['reconcile', '--hall', HALL, '--uid', '9'], 1, 'error: terminal with game logs not found\n'],
])('%j says what is wrong', async (args, code, stderr) => {
  const told = await world.cli.run(...args);
  expect(told).toMatchObject({ code, stdout: '' });
  expect(told.stderr).toMatch(stderr);
});
