import type { Client } from '@grpc/grpc-js';
import { callUnary } from '../../src/common/grpc.ts';
import { MoneyService, type Transaction, TransactionStatus } from '../../src/gen/wallet/v1/money_pb.ts';
import { listAll } from '../model/driver.ts';
import { WalletClient } from '../model/wallet-client.ts';
import type { Notification } from './game-server.ts';
import { CALL, FUNDS_UNITS, type Hall, OPERATOR_ID } from './hall.ts';

/**
 * What is wrong with the money after notifications that are all settled, in words. The game server played what was answered `success`
 * and nothing else; what is doubtful, as the ledger has it; wins it played whatever it heard. Each notification has amounts of its own: they say which row is whose.
 */
export async function checkMoney(hall: Hall): Promise<string[]> {
  const client = new WalletClient(hall.wallet.port);
  try {
    const wrong: string[] = [];
    for (const uid of hall.uids) {
      const rows = await listAll(client, { operatorId: OPERATOR_ID, userId: `player-${uid}` });
      const sent = hall.game.sent
        .filter((notification) => notification.uid === uid)
        .map((notification) => withoutDoubt(notification, rows));
      wrong.push(...checkRows(rows, sent), ...(await checkBalance(hall.grpc, uid, sent)));
    }
    const { findings } = await client.verify();
    return [...wrong, ...findings.map(({ playerId, seq, message }) => `verify: ${playerId} ${seq} ${message}`)];
  } finally {
    client.close();
  }
}

/** How many bets were debited and then canceled. */
export async function canceledBets(hall: Hall): Promise<number> {
  const client = new WalletClient(hall.wallet.port);
  try {
    const players = hall.uids.map((uid) => ({ operatorId: OPERATOR_ID, userId: `player-${uid}` }));
    const ledgers = await Promise.all(players.map((player) => listAll(client, player)));
    return ledgers.flat().filter(({ kind, status }) => kind === 'bet' && status === TransactionStatus.CANCELED).length;
  } finally {
    client.close();
  }
}

function withoutDoubt(notification: Notification, rows: readonly Transaction[]): Notification {
  if (notification.answer !== 'doubtful') return notification;
  return { ...notification, answer: standing(rows, 'bet', notification.betUnits) > 0 ? 'success' : 'none' };
}

const standing = (rows: readonly Transaction[], kind: string, units: bigint): number =>
  rows.filter((row) => row.kind === kind && row.amountUnits === units && row.status === TransactionStatus.OK).length;

const wasPlayed = ({ betUnits, answer }: Notification): boolean => betUnits === 0n || answer === 'success';

function checkRows(rows: readonly Transaction[], sent: readonly Notification[]): string[] {
  return sent.flatMap((notification) => {
    const { uid, betUnits, winUnits, answer } = notification;
    const expected = wasPlayed(notification) ? 1 : 0;
    const bets = betUnits === 0n ? expected : standing(rows, 'bet', betUnits);
    const wins = winUnits === 0n ? expected : standing(rows, 'win', winUnits);
    return bets === expected && wins === expected
      ? []
      : [`terminal ${uid}: bet ${betUnits} (${answer}) stands ${bets} times, win ${winUnits} ${wins} times`];
  });
}

async function checkBalance(grpc: Client, uid: string, sent: readonly Notification[]): Promise<string[]> {
  const expectedUnits = sent
    .filter(wasPlayed)
    .reduce((sum, { betUnits, winUnits }) => sum - betUnits + winUnits, FUNDS_UNITS);
  const player = { operatorId: OPERATOR_ID, userId: `player-${uid}` };
  const { balanceUnits } = await callUnary(grpc, MoneyService.method.getBalance, player, CALL);
  return balanceUnits === expectedUnits ? [] : [`terminal ${uid}: ${balanceUnits}, expected ${expectedUnits}`];
}
