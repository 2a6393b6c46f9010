import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callUnary, openServerStream, type UnaryMethod } from '../../../src/common/grpc.ts';
import {
  type Discrepancy,
  type ReconcileProgress,
  ReconciliationService,
} from '../../../src/gen/jobs/v1/reconciliation_pb.ts';
import { AuditService } from '../../../src/gen/wallet/v1/audit_pb.ts';
import { startWallet, type TestProcess } from '../../harness/processes.ts';
import { until } from '../until.ts';
import { metric } from '../world.ts';
import { createReconcileWorld, type ReconcileWorld, STARTS_AT_MS, type Terminal } from './world.ts';

let here: ReconcileWorld;
let nextUid = 3000;

beforeAll(async () => {
  here = await createReconcileWorld();
});

afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

const { method } = ReconciliationService;

/** The jobs as somebody else sees them. */
function clientOf(jobs: TestProcess) {
  const client = new Client(`127.0.0.1:${jobs.grpcPort}`, credentials.createInsecure());
  return {
    call: <I extends DescMessage, O extends DescMessage>(
      of: UnaryMethod<I, O>,
      request: MessageInitShape<I>,
    ): Promise<MessageShape<O>> => callUnary(client, of, request, { deadlineMs: 20_000 }),
    reconcile: async (request: MessageInitShape<typeof method.reconcile.input>): Promise<ReconcileProgress[]> => {
      const told: ReconcileProgress[] = [];
      const stream = openServerStream(client, method.reconcile, request, { deadlineMs: 30_000 });
      for await (const progress of stream) told.push(progress);
      return told;
    },
    [Symbol.dispose]: () => client.close(),
  };
}

const startJobs = (env: Record<string, string> = {}) =>
  here.world.startJobs({ RECONCILE_EVERY_MS: '86400000', ...env });

/** A terminal with one bet that was not played, and one win that is missing. */
async function brokenTerminal(): Promise<Terminal> {
  nextUid += 1;
  const terminal = await here.terminal(String(nextUid));
  const spins = async (): Promise<void> => {
    for (let spin = 0; spin < 8; spin += 1) await terminal.play(100n, spin % 3 === 0 ? 50n : 0n);
    terminal.pass(30_000);
  };
  await spins();
  await terminal.bet(700n);
  terminal.pass(30_000);
  await spins();
  const { balanceUnits } = await terminal.bet(100n);
  await terminal.log({ betUnits: 100n, winUnits: 450n, balanceUnits: balanceUnits + 450n });
  await spins();
  await terminal.harvest();
  return terminal;
}

/** Reconciles it, and gives its two discrepancies. */
async function found(jobs: ReturnType<typeof clientOf>, terminal: Terminal): Promise<[Discrepancy, Discrepancy]> {
  await jobs.reconcile({ hallId: terminal.hallId, uid: terminal.uid });
  const { discrepancies } = await jobs.call(method.listDiscrepancies, { uid: terminal.uid });
  const [missing, notPlayed] = [...discrepancies].sort((a, b) => a.kind.localeCompare(b.kind)).reverse();
  expect([missing?.kind, notPlayed?.kind]).toEqual(['win_missing', 'spin_not_played']);
  return [notPlayed as Discrepancy, missing as Discrepancy];
}

test('a correction takes two people, and is made when the second agrees', async () => {
  await using jobs = await startJobs();
  using client = clientOf(jobs);
  const terminal = await brokenTerminal();
  const [notPlayed, missing] = await found(client, terminal);
  const before = await terminal.balance();
  const { discrepancyId } = notPlayed;
  const propose = { discrepancyId, resolution: 'cancel', actor: 'anna', note: 'the game server says so' };

  const refused = (request: Promise<unknown>, code: status, message: RegExp) =>
    expect(request).rejects.toMatchObject({ code, details: expect.stringMatching(message) });
  const { FAILED_PRECONDITION, INVALID_ARGUMENT, NOT_FOUND } = status;
  await refused(client.call(method.proposeResolution, { ...propose, actor: '' }), INVALID_ARGUMENT, /^actor:/);
  for (const actor of ['automatic', 'Automatic', 'cli:automatic', 'cli:']) {
    await refused(client.call(method.proposeResolution, { ...propose, actor }), INVALID_ARGUMENT, /^actor:/);
  }
  await refused(
    client.call(method.proposeResolution, { ...propose, resolution: 'x' }),
    INVALID_ARGUMENT,
    /^resolution:/,
  );
  await refused(
    client.call(method.proposeResolution, { ...propose, resolution: 'credit' }),
    FAILED_PRECONDITION,
    /fit/,
  );
  const dismiss = { ...propose, resolution: 'dismiss', note: '' };
  await refused(client.call(method.proposeResolution, dismiss), INVALID_ARGUMENT, /^note:/);
  await refused(client.call(method.proposeResolution, { ...propose, discrepancyId: 999_999n }), NOT_FOUND, /not found/);
  const approve = { discrepancyId, resolution: 'cancel', actor: 'bert' };
  await refused(client.call(method.approveResolution, approve), FAILED_PRECONDITION, /not proposed/);

  expect(await client.call(method.proposeResolution, propose)).toMatchObject({ state: 'proposed', proposedBy: 'anna' });
  await refused(client.call(method.proposeResolution, propose), FAILED_PRECONDITION, /proposed/);
  for (const actor of ['anna', 'Anna', 'cli:anna', 'CLI:ANNA', 'an\u200bna']) {
    await refused(client.call(method.approveResolution, { ...approve, actor }), FAILED_PRECONDITION, /may not/);
  }
  const other = { ...approve, resolution: 'dismiss' };
  await refused(client.call(method.approveResolution, other), FAILED_PRECONDITION, /cancel/);
  expect(await terminal.balance()).toBe(before);

  const rejected = await client.call(method.rejectResolution, { discrepancyId, actor: 'bert', note: 'not sure' });
  expect(rejected).toMatchObject({ state: 'open', proposedBy: '', resolution: '', note: 'not sure' });
  await client.call(method.proposeResolution, propose);
  expect(await client.call(method.approveResolution, approve)).toMatchObject({ approvedBy: 'bert' });
  const state = async () => (await client.call(method.getDiscrepancy, { discrepancyId })).discrepancy?.state;
  await until('it is corrected', async () => (await state()) === 'corrected');
  expect(await terminal.balance()).toBe(before + 700n);
  expect(await metric(jobs, 'croupier_reconciliation_corrections_total{kind="spin_not_played"}')).toBe(1);

  const no = { discrepancyId: missing.discrepancyId, resolution: 'dismiss' };
  await client.call(method.proposeResolution, { ...no, actor: 'bert', note: 'paid by hand' });
  expect(await client.call(method.approveResolution, { ...no, actor: 'anna' })).toMatchObject({ state: 'dismissed' });
  expect(await terminal.balance()).toBe(before + 700n);

  const { entries } = await here.world.call(AuditService.method.listAudit, { limit: 6 });
  expect(entries.map(({ actor, action, target }) => [actor, action, target]).reverse()).toEqual([
    ['anna', 'reconcile.propose', `discrepancy ${discrepancyId}`],
    ['bert', 'reconcile.reject', `discrepancy ${discrepancyId}`],
    ['anna', 'reconcile.propose', `discrepancy ${discrepancyId}`],
    ['bert', 'reconcile.approve', `discrepancy ${discrepancyId}`],
    ['bert', 'reconcile.propose', `discrepancy ${missing.discrepancyId}`],
    ['anna', 'reconcile.approve', `discrepancy ${missing.discrepancyId}`],
  ]);
});

test('both sides of a discrepancy can be seen, and the sums of all', async () => {
  await using jobs = await startJobs();
  using client = clientOf(jobs);
  const terminal = await brokenTerminal();
  const [notPlayed] = await found(client, terminal);
  const detail = await client.call(method.getDiscrepancy, { discrepancyId: notPlayed.discrepancyId });
  expect(detail.discrepancy).toMatchObject({
    uid: terminal.uid,
    amountUnits: 700n,
    state: 'open',
    correction: 'cancel',
  });
  expect(detail.transactions.map((row) => row.transactionId)).toContain(notPlayed.transactionId);
  expect(detail.logs.length).toBeGreaterThan(4);
  for (const log of detail.logs) {
    expect(Math.abs(Number(log.playedAtMs - notPlayed.occurredAtMs))).toBeLessThanOrEqual(120_000);
    expect(detail.transactions.map((row) => row.transactionId)).toContain(log.betTransactionId);
  }

  const summary = await client.call(method.getReconciliationSummary, {});
  const { discrepancies } = await client.call(method.listDiscrepancies, {});
  expect(Number(summary.open + summary.proposed)).toBe(discrepancies.length);
  expect(summary.groups.reduce((sum, group) => sum + group.count, 0n)).toBe(summary.open + summary.proposed);
  expect(summary.groups.find(({ kind }) => kind === 'spin_not_played')).toMatchObject({
    currencyCode: 'EUR',
    age: 'hour',
  });
  expect(Number(summary.reconciledUntilMs)).toBeGreaterThan(STARTS_AT_MS);
  await until(
    'the metrics tell of it',
    async () => (await metric(jobs, 'croupier_discrepancies{kind="spin_not_played",state="open"}')) >= 1,
  );

  const pages: bigint[] = [];
  for (let pageToken = ''; ; ) {
    const page = await client.call(method.listDiscrepancies, { state: 'all', pageSize: 1, pageToken });
    pages.push(...page.discrepancies.map((each) => each.discrepancyId));
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  expect(pages).toEqual((await here.discrepancies()).map((row) => row.discrepancy_id).reverse());
});

test('Reconcile goes on with all, or with one from a time on again', async () => {
  await using jobs = await startJobs();
  using client = clientOf(jobs);
  const terminal = await brokenTerminal();
  const all = await client.reconcile({});
  expect(all.at(-1)).toMatchObject({ terminals: 1, terminalsDone: 1, discrepanciesFound: 2n, finished: true });
  const names = { hallId: terminal.hallId, uid: terminal.uid };
  const [again] = (await client.reconcile({ ...names, fromMs: 1n })).slice(-1);
  expect(again).toMatchObject({ terminalsDone: 1, discrepanciesFound: 0n, recordsMatched: 0n, finished: true });
  await expect(client.reconcile({ ...names, uid: '424242' })).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(client.reconcile({ hallId: 'x', uid: '1' })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
});

test('nothing takes effect that the audit trail was not told of', async () => {
  const wallet = await startWallet({ env: { DATABASE_URL: here.world.databaseUrl } });
  await using jobs = await startJobs({ WALLET_URLS: wallet.address });
  using client = clientOf(jobs);
  const [, missing] = await found(client, await brokenTerminal());
  await wallet.stop();
  const propose = { discrepancyId: missing.discrepancyId, resolution: 'credit', actor: 'anna', note: '' };
  await expect(client.call(method.proposeResolution, propose)).rejects.toMatchObject({ code: status.UNAVAILABLE });
  const row = (await here.discrepancies()).find((each) => each.discrepancy_id === missing.discrepancyId);
  expect(row?.state).toBe('open');
});

test('killed between approval and correction, with the wallet away meanwhile: it is made once', async () => {
  const wallet = await startWallet({ env: { DATABASE_URL: here.world.databaseUrl } });
  const killed = await startJobs({ WALLET_URLS: wallet.address });
  const terminal = await brokenTerminal();
  const before = await terminal.balance();
  using client = clientOf(killed);
  const both = await found(client, terminal);
  await here.world.queues.reconcile.pause();
  for (const { discrepancyId, correction: resolution } of both) {
    await client.call(method.proposeResolution, { discrepancyId, resolution, actor: 'anna', note: '' });
    const approved = await client.call(method.approveResolution, { discrepancyId, resolution, actor: 'bert' });
    expect(approved.state).toBe('approved');
  }
  await wallet.kill();
  await here.world.queues.reconcile.resume();
  await killed.waitForLog((line) => line.queue === 'reconcile' && line.outcome === 'retried');
  await killed.kill();
  expect(await terminal.balance()).toBe(before);

  await using _jobs = await startJobs({ WALLET_URLS: wallet.address });
  const port = String(wallet.port);
  await using _ = await startWallet({ env: { DATABASE_URL: here.world.databaseUrl, WALLET_PORT: port } });
  await until('both are corrected', async () => {
    const rows = (await here.discrepancies()).filter(({ uid }) => uid === terminal.uid);
    return rows.every(({ state }) => state === 'corrected');
  });
  expect(await terminal.balance()).toBe(before + 700n + 450n);
  expect(await here.verify()).toMatchObject({ findings: 0n });
});
