import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { type Pool, selectRow, selectRows } from '../common/db.ts';
import { toFault } from '../common/grpc-handler.ts';
import type { VerifyRequest, VerifyResponse } from '../gen/wallet/v1/money_pb.ts';
import { brokenByAccount, brokenByRow, type CheckedRow, type Standing } from './core/invariants.ts';

const PLAYERS_A_PAGE = 500;
const ROWS_A_PAGE = 5_000;
const MAX_ID = 9_223_372_036_854_775_807n;

export type Finding = { playerId: bigint; seq: bigint; message: string };
export type Summary = { players: bigint; transactions: bigint; findings: bigint };

type AccountRow = { player_id: bigint; balance_units: bigint; seq: bigint; currency_code: string | null };

type LedgerDbRow = {
  player_id: bigint;
  seq: bigint;
  is_reversal: number;
  kind: string;
  status: string;
  amount_units: bigint;
  currency_code: string;
  debit_account: string;
  credit_account: string;
  balance_after_units: bigint;
  original_player_id: bigint | null;
  original_kind: string | null;
  original_status: string | null;
  original_amount_units: bigint | null;
  original_debit_account: string | null;
  original_credit_account: string | null;
};

/**
 * Checks every player's ledger against the invariants in core/invariants.ts, in pages, while the wallet goes on: rows never change,
 * and an account is read before its rows, so that rows up to its `seq` are all there. `onFinding` may be slow: it is awaited.
 */
export async function verifyLedger(pool: Pool, onFinding: (finding: Finding) => Promise<void>): Promise<Summary> {
  const summary: Summary = { players: 0n, transactions: 0n, findings: 0n };
  const report: Report = async (playerId, seq, messages) => {
    for (const message of messages) {
      summary.findings += 1n;
      await onFinding({ playerId, seq, message });
    }
  };
  for (const { player_id } of await playersWithoutAccount(pool)) await report(player_id, 0n, ['has no account']);
  for (let afterId = -1n; ; ) {
    const accounts = await accountPage(pool, afterId);
    const lastId = accounts.at(-1)?.player_id;
    // Behind the last account there may still be rows of nobody.
    summary.transactions += await verifyPage(pool, accounts, { afterId, lastId: lastId ?? MAX_ID }, report);
    summary.players += BigInt(accounts.length);
    if (lastId === undefined) return summary;
    afterId = lastId;
  }
}

type Report = (playerId: bigint, seq: bigint, messages: readonly string[]) => Promise<void>;

/** The rows of the players in (afterId, lastId], of whom `accounts` are those that have one. */
async function verifyPage(
  pool: Pool,
  accounts: readonly AccountRow[],
  { afterId, lastId }: { afterId: bigint; lastId: bigint },
  report: Report,
): Promise<bigint> {
  const standings = new Map<bigint, Standing>();
  const ends = new Map(accounts.map((account) => [account.player_id, account.seq]));
  /** Rows that were not there, or not anybody's, when the accounts were read: the highest of each player. */
  const ahead = new Map<bigint, bigint>();
  for (const { player_id: playerId, currency_code } of accounts) {
    if (currency_code === null) await report(playerId, 0n, ['has an account, but is no player']);
    standings.set(playerId, { playerId, currencyCode: currency_code ?? '', seq: 0n, balanceUnits: 0n });
  }
  let after = { playerId: afterId, seq: MAX_ID };
  let checked = 0n;
  for (;;) {
    const rows = await ledgerPage(pool, after, lastId);
    for (const row of rows) {
      const before = standings.get(row.player_id);
      if (before === undefined || row.seq > (ends.get(row.player_id) ?? 0n)) {
        ahead.set(row.player_id, row.seq);
        continue;
      }
      checked += 1n;
      await report(row.player_id, row.seq, brokenByRow(before, checkedRow(row)));
      before.seq = row.seq;
      before.balanceUnits = row.balance_after_units;
    }
    const end = rows.at(-1);
    if (end === undefined || rows.length < ROWS_A_PAGE) break;
    after = { playerId: end.player_id, seq: end.seq };
  }
  for (const { player_id, seq, balance_units } of accounts) {
    const end = standings.get(player_id);
    if (end !== undefined) await report(player_id, 0n, brokenByAccount(end, { seq, balanceUnits: balance_units }));
  }
  await verifyAhead(pool, ahead, report);
  return checked;
}

/** An account that was written with those rows is there by now, and says so. */
async function verifyAhead(pool: Pool, ahead: ReadonlyMap<bigint, bigint>, report: Report): Promise<void> {
  for (const [playerId, seq] of ahead) {
    const account = await selectRow<{ seq: bigint }>(pool, 'SELECT seq FROM accounts WHERE player_id = ?', [playerId]);
    if (account === null) await report(playerId, seq, ['belongs to no account']);
    else if (account.seq < seq) await report(playerId, seq, [`is ahead of the account, whose seq is ${account.seq}`]);
  }
}

function accountPage(pool: Pool, afterId: bigint): Promise<AccountRow[]> {
  return selectRows<AccountRow>(
    pool,
    `SELECT a.player_id, a.balance_units, a.seq, p.currency_code FROM accounts a
     LEFT JOIN players p ON p.player_id = a.player_id WHERE a.player_id > ? ORDER BY a.player_id LIMIT ${PLAYERS_A_PAGE}`,
    [afterId],
  );
}

function playersWithoutAccount(pool: Pool): Promise<{ player_id: bigint }[]> {
  return selectRows(
    pool,
    `SELECT p.player_id FROM players p LEFT JOIN accounts a ON a.player_id = p.player_id
     WHERE a.player_id IS NULL LIMIT ${PLAYERS_A_PAGE}`,
  );
}

function ledgerPage(pool: Pool, after: { playerId: bigint; seq: bigint }, lastId: bigint): Promise<LedgerDbRow[]> {
  return selectRows<LedgerDbRow>(
    pool,
    `SELECT t.player_id, t.seq, t.is_reversal, t.kind, t.status, t.amount_units, t.currency_code, t.debit_account,
       t.credit_account, t.balance_after_units, o.player_id AS original_player_id, o.kind AS original_kind,
       o.status AS original_status, o.amount_units AS original_amount_units, o.debit_account AS original_debit_account,
       o.credit_account AS original_credit_account
     FROM transactions t LEFT JOIN transactions o ON t.is_reversal = 1 AND o.operator_id = t.operator_id
       AND o.provider = t.provider AND o.transaction_id = t.transaction_id AND o.is_reversal = 0
     WHERE (t.player_id = ? AND t.seq > ?) OR (t.player_id > ? AND t.player_id <= ?)
     ORDER BY t.player_id, t.seq LIMIT ${ROWS_A_PAGE}`,
    [after.playerId, after.seq, after.playerId, lastId],
  );
}

function checkedRow(row: LedgerDbRow): CheckedRow {
  return {
    seq: row.seq,
    isReversal: row.is_reversal === 1,
    kind: row.kind,
    status: row.status,
    amountUnits: row.amount_units,
    currencyCode: row.currency_code,
    debitAccount: row.debit_account,
    creditAccount: row.credit_account,
    balanceAfterUnits: row.balance_after_units,
    original:
      row.original_player_id === null
        ? null
        : {
            playerId: row.original_player_id,
            kind: row.original_kind ?? '',
            status: row.original_status ?? '',
            amountUnits: row.original_amount_units ?? 0n,
            debitAccount: row.original_debit_account ?? '',
            creditAccount: row.original_credit_account ?? '',
          },
  };
}

/** MoneyService.Verify: findings as they are found, and a summary at the end. */
export function createVerify(pool: Pool): (call: ServerWritableStream<VerifyRequest, VerifyResponse>) => void {
  return (call) => {
    const cancelled = new Promise((resolve) => call.once('cancelled', resolve));
    const send = async (event: VerifyResponse['event']): Promise<void> => {
      if (call.cancelled) throw new Error('the caller went away');
      if (!call.write({ $typeName: 'wallet.v1.VerifyResponse', event })) {
        await Promise.race([once(call, 'drain'), cancelled]);
      }
    };
    verifyLedger(pool, (finding) =>
      send({ case: 'finding', value: { $typeName: 'wallet.v1.VerifyFinding', ...finding } }),
    )
      .then((summary) => send({ case: 'summary', value: { $typeName: 'wallet.v1.VerifySummary', ...summary } }))
      .then(() => call.end())
      .catch((error: unknown) => {
        const fault = toFault(error);
        call.emit('error', { code: fault.code, details: fault.message });
      });
  };
}
