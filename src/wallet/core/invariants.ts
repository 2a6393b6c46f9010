/** One ledger row as `verify` reads it; `original` is what a reversal undoes. */
export type CheckedRow = {
  seq: bigint;
  isReversal: boolean;
  kind: string;
  status: string;
  amountUnits: bigint;
  currencyCode: string;
  debitAccount: string;
  creditAccount: string;
  balanceAfterUnits: bigint;
  original: {
    playerId: bigint;
    kind: string;
    status: string;
    amountUnits: bigint;
    debitAccount: string;
    creditAccount: string;
  } | null;
};

/** Where a player's ledger stands after a row. */
export type Standing = { playerId: bigint; currencyCode: string; seq: bigint; balanceUnits: bigint };

/** What must hold for every row, given where the ledger stood before it; each broken invariant in words. Amounts in units. */
export function brokenByRow(before: Standing, row: CheckedRow): string[] {
  const broken: string[] = [];
  const moved = movedUnits(row);
  if (row.seq !== before.seq + 1n) broken.push(`seq follows ${before.seq}`);
  if (row.balanceAfterUnits !== before.balanceUnits + moved) {
    broken.push(`balance after is ${row.balanceAfterUnits}, but ${before.balanceUnits} and ${moved} make another`);
  }
  const [debit, credit] = sidesOf(row);
  if (row.debitAccount !== debit || row.creditAccount !== credit) {
    broken.push(`its sides are '${row.debitAccount}' and '${row.creditAccount}', not '${debit}' and '${credit}'`);
  }
  if (row.debitAccount !== '' && row.currencyCode !== before.currencyCode) {
    broken.push(`moves ${row.currencyCode} in an account of ${before.currencyCode}`);
  }
  if (takesOnlyWhatIsThere(row) && moved < 0n && row.balanceAfterUnits < 0n) broken.push('overdraws');
  return [...broken, ...brokenByReversal(before, row)];
}

function brokenByReversal(before: Standing, row: CheckedRow): string[] {
  const { original } = row;
  if (row.isReversal !== (row.kind === 'reversal')) return ['its kind and is_reversal differ'];
  if (!row.isReversal) return [];
  if (original === null) return ['undoes nothing'];
  const broken: string[] = [];
  if (original.playerId !== before.playerId) broken.push("undoes another player's transaction");
  if (original.kind === 'tombstone') broken.push('undoes a tombstone');
  const owed = original.status === 'ok' ? original.amountUnits : 0n;
  if (row.amountUnits !== owed) broken.push(`undoes ${row.amountUnits} of ${owed}`);
  return broken;
}

/** The debit and the credit account that a row must have: what it is says so, and a reversal has its original's, turned round. */
function sidesOf({ kind, status, amountUnits, original }: CheckedRow): [debit: string, credit: string] {
  if (status !== 'ok') return ['', ''];
  switch (kind) {
    case 'bet':
      return ['player', 'games'];
    case 'win':
    case 'refund':
      return ['games', 'player'];
    case 'deposit':
      return ['cashier', 'player'];
    case 'withdrawal':
      return ['player', 'cashier'];
    case 'correction':
      return amountUnits < 0n ? ['player', 'corrections'] : ['corrections', 'player'];
    case 'reversal':
      return [original?.creditAccount ?? '', original?.debitAccount ?? ''];
    default:
      return ['', ''];
  }
}

/** The change of the balance that the entry's sides say. A correction's amount carries the sign; its sides say the same. */
function movedUnits(row: CheckedRow): bigint {
  const amount = row.amountUnits < 0n ? -row.amountUnits : row.amountUnits;
  if (row.creditAccount === 'player') return amount;
  return row.debitAccount === 'player' ? -amount : 0n;
}

/** A reversal and a correction may leave a debt; a stake and a withdrawal never. */
const takesOnlyWhatIsThere = (row: CheckedRow): boolean => row.kind === 'bet' || row.kind === 'withdrawal';

/** What must hold at the end of a player's ledger. */
export function brokenByAccount(end: Standing, account: { seq: bigint; balanceUnits: bigint }): string[] {
  const broken: string[] = [];
  if (end.seq !== account.seq) broken.push(`the account's seq is ${account.seq}, the ledger ends with ${end.seq}`);
  if (end.balanceUnits !== account.balanceUnits) {
    broken.push(`the account's balance is ${account.balanceUnits}, the ledger makes ${end.balanceUnits}`);
  }
  return broken;
}
