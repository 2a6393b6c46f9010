import { status } from '@grpc/grpc-js';
import { type Pool, selectRow } from '../../../common/db.ts';
import { invalidArgument } from '../../../common/fault.ts';
import { GameService } from '../../../gen/wallet/v1/games_pb.ts';
import { MoneyService, type Transaction, TransactionStatus } from '../../../gen/wallet/v1/money_pb.ts';
import type { DiscrepancyRow } from '../../reconcile/discrepancies.ts';
import { callerFault } from '../../stargame/faults.ts';
import { codeOf, type Wallet } from '../../wallet.ts';
import { atStakeUnits } from './compare.ts';
import { dayOf } from './due.ts';
import { parseFigures } from './figures.ts';
import { PROVIDER } from './play.ts';

const DAY_MS = 86_400_000;
const GAMES_A_PAGE = 1_000;
const PAGES = 100;

const MOVES: ReadonlySet<string> = new Set(['bet', 'win', 'refund']);

type Target = { userId: string; transactionId: string; amountUnits: bigint };

/** A transaction that stands and is part of a report's difference. Throws INVALID_ARGUMENT where it isn't, and the wallet's faults. */
export async function readPlayed(
  wallet: Wallet,
  row: DiscrepancyRow,
  { transactionId, requestId }: { transactionId: string; requestId: string },
): Promise<Target> {
  if (!/^[!-~]{1,64}$/.test(transactionId)) {
    throw invalidArgument('transaction_id', 'must name the transaction that is to be canceled');
  }
  const found = await readTransaction(wallet, { operatorId: row.operator_id, transactionId }, requestId);
  const problem = found === null ? 'is not known' : mismatch(row, found);
  if (found === null || problem !== null) throw invalidArgument('transaction_id', problem ?? 'is not known');
  if ((await readVendor(wallet, found.gameId, requestId)) !== row.vendor) {
    throw invalidArgument('transaction_id', "is not of this vendor's games");
  }
  return { userId: found.userId, transactionId, amountUnits: found.amountUnits };
}

/** Why a transaction can't be part of the difference; null: as far as it can tell, it is. */
export function mismatch(
  row: Pick<DiscrepancyRow, 'currency_code' | 'report_day'>,
  transaction: Pick<Transaction, 'kind' | 'status' | 'currencyCode' | 'roundId' | 'occurredAtMs' | 'createdAtMs'>,
): string | null {
  if (transaction.status === TransactionStatus.CANCELED) return 'is canceled already';
  if (transaction.status !== TransactionStatus.OK || !MOVES.has(transaction.kind)) return 'moved no money in play';
  if (transaction.currencyCode !== row.currency_code) return 'is in another currency';
  return playedDay(transaction) === row.report_day ? null : 'was not made on this day';
}

/** When the provider says that it was made, as far as it says so and within two days of when it was written. As the wallet's books. */
export function playedDay(transaction: Pick<Transaction, 'roundId' | 'occurredAtMs' | 'createdAtMs'>): string {
  const [occurred, created] = [Number(transaction.occurredAtMs), Number(transaction.createdAtMs)];
  const isTold = transaction.roundId !== '' && occurred > 0 && Math.abs(occurred - created) <= 2 * DAY_MS;
  return dayOf(isTold ? occurred : created);
}

async function readTransaction(
  wallet: Wallet,
  key: { operatorId: string; transactionId: string },
  requestId: string,
): Promise<Transaction | null> {
  try {
    return await wallet.call(MoneyService.method.getTransaction, { ...key, provider: PROVIDER }, requestId);
  } catch (error) {
    if (codeOf(error) === status.NOT_FOUND) return null;
    throw callerFault(error);
  }
}

/** As the wallet's catalogue has it; empty where it hasn't the game. */
async function readVendor(wallet: Wallet, gameId: string, requestId: string): Promise<string> {
  let pageToken = '';
  for (let page = 0; page < PAGES; page += 1) {
    const request = { provider: PROVIDER, pageSize: GAMES_A_PAGE, pageToken };
    const answer = await wallet.call(GameService.method.listGames, request, requestId).catch((error: unknown) => {
      throw callerFault(error);
    });
    const found = answer.games.find((game) => game.gameId === gameId);
    if (found !== undefined) return found.vendor;
    if (answer.nextPageToken === '') return '';
    pageToken = answer.nextPageToken;
  }
  return '';
}

/** What a difference is about as of the last comparison. */
export async function readAtStake(pool: Pool, row: DiscrepancyRow): Promise<bigint> {
  const compared = await selectRow<{ ours: string; theirs: string }>(
    pool,
    `SELECT ours, theirs FROM report_comparisons WHERE operator_id = ? AND report_day = ? AND vendor = ? AND currency_code = ?`,
    [row.operator_id, row.report_day, row.vendor, row.currency_code],
  );
  return compared === null
    ? row.amount_units
    : atStakeUnits(parseFigures(compared.ours), parseFigures(compared.theirs));
}
