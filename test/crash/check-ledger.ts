import type { Transaction } from '../../src/gen/wallet/v1/money_pb.ts';
import { createDriver, listAll } from '../model/driver.ts';
import { OPERATOR } from '../model/fixture.ts';
import type { Operation } from '../model/types.ts';
import type { WalletClient } from '../model/wallet-client.ts';
import type { Settled } from './load.ts';

/**
 * What is wrong with the ledger after a load that got its certain ends, in words: every request must be there exactly once, as it
 * was answered, and nothing else.
 */
export async function checkLedger(
  client: WalletClient,
  userIds: readonly string[],
  fundsUnits: bigint,
  settled: readonly Settled[],
): Promise<string[]> {
  const driver = createDriver(client);
  const byPlayer = Map.groupBy(settled, ({ operation }) => operation.userId);
  const wrong: string[] = [];
  for (const userId of userIds) {
    const player = { operatorId: OPERATOR.operatorId, userId };
    const rows = await listAll(client, player);
    const asked = byPlayer.get(userId) ?? [];
    const expectedUnits = asked.reduce((sum, each) => sum + unitsOf(each.operation, asked), fundsUnits);
    const problems = [
      ...compareRows(rows.slice(1), asked),
      ...compareBalance(await driver.balanceUnits(player), expectedUnits),
      ...compareBalance(rows.at(-1)?.balanceAfterUnits ?? 0n, expectedUnits),
    ];
    wrong.push(...problems.map((problem) => `player ${userId}: ${problem}`));
  }
  const { findings } = await client.verify();
  return [...wrong, ...findings.map(({ playerId, seq, message }) => `verify: ${playerId} ${seq} ${message}`)];
}

/** Net of cancels: a bet that was canceled moved nothing in the end. */
function unitsOf(operation: Operation, asked: readonly Settled[]): bigint {
  if (operation.kind === 'cancel') return canceledOf(operation, asked);
  return operation.kind === 'bet' ? -operation.amountUnits : operation.amountUnits;
}

function canceledOf({ transactionId }: Operation, asked: readonly Settled[]): bigint {
  const bet = asked.find(({ operation }) => operation.kind === 'bet' && operation.transactionId === transactionId);
  return bet?.operation.amountUnits ?? 0n;
}

function compareRows(rows: readonly Transaction[], asked: readonly Settled[]): string[] {
  const wrong: string[] = [];
  const rowsById = Map.groupBy(rows, keyOfRow);
  for (const { operation, balanceUnits, notDoneBy } of asked) {
    const key = `${operation.transactionId} ${operation.kind === 'cancel'}`;
    const found = rowsById.get(key) ?? [];
    rowsById.delete(key);
    const [row] = found;
    if (row === undefined || found.length > 1) {
      wrong.push(`${operation.kind} ${operation.transactionId} is there ${found.length} times`);
      continue;
    }
    if (notDoneBy.includes(row.requestId))
      wrong.push(`${key}: done by ${row.requestId}, which was told that nothing was`);
    if (balanceUnits !== null && row.balanceAfterUnits !== balanceUnits) {
      wrong.push(`${key}: answered ${balanceUnits}, the ledger says ${row.balanceAfterUnits}`);
    }
  }
  return [...wrong, ...[...rowsById.keys()].map((key) => `${key} is there, but was never asked for`)];
}

const keyOfRow = (row: Transaction): string => `${row.transactionId} ${row.isReversal}`;

function compareBalance(realUnits: bigint, expectedUnits: bigint): string[] {
  return realUnits === expectedUnits ? [] : [`balance ${realUnits}, expected ${expectedUnits}`];
}
