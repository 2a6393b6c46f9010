import type { PoolConnection, RowDataPacket } from 'mysql2/promise';

export type Debit = {
  transactionId: string;
  userId: string;
  token: string;
  amountUnits: bigint;
  currencyCode: string;
  roundId: string;
  gameId: string;
};

/** The code of a refusal as PLATFORM v2.49 names it, or the balance after the debit. */
export type DebitOutcome = { error: string } | { balanceUnits: bigint };

/** One debit as one transaction of five round trips: BEGIN, SELECT … FOR UPDATE, UPDATE, INSERT, COMMIT. */
export async function debit(connection: PoolConnection, request: Debit): Promise<DebitOutcome> {
  try {
    await connection.query('BEGIN');
    const [rows] = await connection.execute<RowDataPacket[]>(
      `SELECT p.balance_units, p.currency_code, s.expires_at_ms
       FROM players p LEFT JOIN sessions s ON s.token = ? AND s.user_id = p.user_id
       WHERE p.user_id = ? FOR UPDATE`,
      [request.token, request.userId],
    );
    const error = refusal(rows[0], request);
    if (error !== null) {
      await connection.query('ROLLBACK');
      return { error };
    }
    const balanceUnits = BigInt(rows[0]?.balance_units) - request.amountUnits;
    await connection.execute('UPDATE players SET balance_units = ? WHERE user_id = ?', [
      balanceUnits.toString(),
      request.userId,
    ]);
    await connection.execute('INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [
      request.transactionId,
      request.userId,
      'BET',
      request.amountUnits.toString(),
      balanceUnits.toString(),
      request.roundId,
      request.gameId,
      Date.now(),
    ]);
    await connection.query('COMMIT');
    return { balanceUnits };
  } catch (error) {
    await connection.query('ROLLBACK');
    if (error instanceof Error && 'code' in error && error.code === 'ER_DUP_ENTRY') return replay(connection, request);
    throw error;
  }
}

function refusal(row: RowDataPacket | undefined, request: Debit): string | null {
  if (row === undefined) return 'OP_34';
  if (row.expires_at_ms === null || Number(row.expires_at_ms) < Date.now()) return 'OP_21';
  if (row.currency_code !== request.currencyCode) return 'OP_30';
  if (BigInt(row.balance_units) < request.amountUnits) return 'OP_31';
  return null;
}

async function replay(connection: PoolConnection, request: Debit): Promise<DebitOutcome> {
  const [rows] = await connection.execute<RowDataPacket[]>(
    'SELECT user_id, amount_units, round_id, game_id, balance_after_units FROM transactions WHERE transaction_id = ?',
    [request.transactionId],
  );
  const known = rows[0];
  const same =
    known?.user_id === request.userId &&
    BigInt(known.amount_units) === request.amountUnits &&
    known.round_id === request.roundId &&
    known.game_id === request.gameId;
  return same ? { balanceUnits: BigInt(known.balance_after_units) } : { error: 'OP_40' };
}
