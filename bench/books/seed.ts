import type { Connection } from 'mysql2/promise';
import { type BenchDatabase, insertRows } from '../database.ts';
import { CURRENCY_CODE, OPERATOR_ID } from '../requests.ts';
import { BOOKS_HALL_ID, booksPasswordOf, booksPlayerIdOf, booksUidOf, type Spin, spinsOf } from './plays.ts';

const TERMINALS_AT_ONCE = 20;
/** The deposit that every player begins with. */
const FIRST_SEQ = 1;

/** The ledger of the played hours, as notifications would have made it, and the terminals that played them. */
export async function seedPlay({ connection }: BenchDatabase, terminals: number, beganAtMs: number): Promise<void> {
  await insertRows(
    connection,
    'terminals (hall_id, uid, player_id, unlinked_at_ms, created_at_ms, updated_at_ms)',
    Array.from({ length: terminals }, (_, terminal) => [
      BOOKS_HALL_ID,
      booksUidOf(terminal),
      booksPlayerIdOf(terminal),
      null,
      beganAtMs,
      beganAtMs,
    ]),
  );
  for (let first = 0; first < terminals; first += TERMINALS_AT_ONCE) {
    const count = Math.min(TERMINALS_AT_ONCE, terminals - first);
    await seedTerminals(
      connection,
      Array.from({ length: count }, (_, index) => first + index),
      beganAtMs,
    );
  }
}

async function seedTerminals(connection: Connection, terminals: readonly number[], beganAtMs: number): Promise<void> {
  const accounts: unknown[][] = [];
  const rows: unknown[][] = [];
  for (const terminal of terminals) {
    const spins = spinsOf(terminal, beganAtMs);
    const ledger = spins.flatMap((spin) => movementsOf(spin));
    ledger.forEach((movement, index) => {
      rows.push(ledgerRow(terminal, FIRST_SEQ + 1 + index, movement));
    });
    const balance = spins.at(-1)?.balanceAfterWinUnits ?? 0n;
    accounts.push([booksPlayerIdOf(terminal), balance, FIRST_SEQ + ledger.length, 0, 0, 0, 0, 0, 0, 0]);
  }
  await connection.beginTransaction();
  await insertRows(connection, 'transactions', rows);
  await connection.query('REPLACE INTO accounts VALUES ?', [accounts]);
  await connection.commit();
}

type Movement = { kind: 'bet' | 'win'; units: bigint; balanceUnits: bigint; atMs: number; id: string };

function movementsOf(spin: Spin): Movement[] {
  const bet: Movement = {
    kind: 'bet',
    units: spin.betUnits,
    balanceUnits: spin.balanceAfterBetUnits,
    atMs: spin.playedAtMs,
    id: `bet-${spin.dataId}`,
  };
  if (spin.winUnits === 0n || spin.error === 'win_missing') return [bet];
  const win: Movement = {
    kind: 'win',
    units: spin.winUnits,
    balanceUnits: spin.balanceAfterWinUnits,
    atMs: spin.winAtMs,
    id: `win-${spin.dataId}`,
  };
  return [bet, win];
}

function ledgerRow(terminal: number, seq: number, { kind, units, balanceUnits, atMs, id }: Movement): unknown[] {
  const context = JSON.stringify({ hall: BOOKS_HALL_ID, terminal: booksUidOf(terminal) });
  const [debit, credit] = kind === 'bet' ? ['player', 'games'] : ['games', 'player'];
  return [
    booksPlayerIdOf(terminal),
    seq,
    OPERATOR_ID,
    'stargame',
    id,
    0,
    kind,
    'ok',
    '',
    units,
    CURRENCY_CODE,
    debit,
    credit,
    balanceUnits,
    '',
    '',
    context,
    '',
    atMs,
    atMs,
  ];
}

/** As the wallet is told them. */
export const passwordsOf = (first: number, count: number): { uid: string; password: string }[] =>
  Array.from({ length: count }, (_, index) => ({
    uid: booksUidOf(first + index),
    password: booksPasswordOf(first + index),
  }));
