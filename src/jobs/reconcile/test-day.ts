import { creditId, type FindingKind, type LedgerRow, type LogRecord } from './types.ts';

/** What a simulated day holds: both sides, and what is wrong with them, by the keys that the findings must have. */
export type Day = {
  hallId: string;
  uid: string;
  records: LogRecord[];
  rows: LedgerRow[];
  wrong: string[];
  endsAtMs: number;
};

type Plan = {
  seed: number;
  spins: number;
  /** Which errors to inject, again and again. */
  errors: readonly FindingKind[];
  /** At least so many spins in order between two errors. */
  spacing: number;
  /** Money of others between the spins, late and queued wins, canceled and refused bets, free spins, breaks: all of it in order. */
  isLively?: boolean;
};

const STARTS_AT_MS = Date.UTC(2026, 2, 1);
const STAKES = [100n, 100n, 100n, 200n, 500n];

/** A small generator with a seed (mulberry32), so that a day that fails can be had again. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Plays a day at one terminal, as the game server and our wallet each write it down. */
export function simulateDay(plan: Plan): Day {
  const day = new SimulatedDay(plan);
  for (let spin = 0; spin < plan.spins; spin += 1) day.spin(spin);
  return day.end();
}

class SimulatedDay {
  readonly #plan: Plan;
  readonly #random: () => number;
  readonly #day: Day;
  /** Wins that arrived and are applied later, with the spin that they wait for. */
  readonly #queued: { row: LedgerRow; untilSpin: number }[] = [];
  #balanceUnits = 1_000_000n;
  #serverBalanceUnits = 1_000_000n;
  #nowMs = STARTS_AT_MS;
  #seq = 0n;
  #dataId = 5_951_155_076n;
  #driftMs: number;
  #injected = 0;
  #lastErrorAt = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#random = createRandom(plan.seed);
    const uid = String(10_000 + plan.seed);
    this.#day = { hallId: '255', uid, records: [], rows: [], wrong: [], endsAtMs: 0 };
    this.#driftMs = (this.#random() - 0.5) * 10_000;
  }

  spin(spin: number): void {
    this.#applyQueued(spin);
    this.#nowMs += 2_500 + Math.floor(this.#random() * 5_000);
    this.#driftMs += (this.#random() - 0.5) * 20;
    const error = this.#nextError(spin);
    // A canceled bet right before an error of its amount could as well be the one that was played.
    if (this.#plan.isLively === true && error === null) this.#live();
    if (error === null) this.#play(spin);
    else this.#inject(error, spin);
  }

  end(): Day {
    this.#applyQueued(Number.POSITIVE_INFINITY);
    this.#day.endsAtMs = this.#nowMs;
    return this.#day;
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #stake(): bigint {
    return STAKES[Math.floor(this.#random() * STAKES.length)] ?? 100n;
  }

  /** Often as much as the stake, so that the balance comes to the same again. */
  #prize(stakeUnits: bigint): bigint {
    if (this.#chance(0.65)) return 0n;
    return this.#chance(0.4) ? stakeUnits : stakeUnits * BigInt(1 + Math.floor(this.#random() * 9)) + 50n;
  }

  #nextError(spin: number): FindingKind | null {
    const { errors, spacing } = this.#plan;
    if (errors.length === 0 || spin - this.#lastErrorAt <= spacing || this.#chance(0.7)) return null;
    const error = errors[this.#injected % errors.length] ?? null;
    this.#injected += 1;
    this.#lastErrorAt = spin;
    return error;
  }

  #live(): void {
    if (this.#chance(0.005)) this.#nowMs += 120_000 + Math.floor(this.#random() * 600_000);
    if (this.#chance(0.02)) this.#balanceUnits += 12_345n;
    if (this.#chance(0.02)) this.#refusedBet();
    if (this.#chance(0.02)) this.#canceledBet();
    if (this.#chance(0.01)) this.#freeSpins();
  }

  #refusedBet(): void {
    this.#row('bet', this.#stake(), { status: 'refused' });
    this.#nowMs += 2_000;
  }

  /** The answer came too late: the game server doesn't play it, and the player tries again. */
  #canceledBet(): void {
    this.#row('bet', this.#stake(), { isCanceled: true });
    this.#nowMs += 1_500;
  }

  #freeSpins(): void {
    for (let count = 0; count < 5; count += 1) {
      const winUnits = this.#chance(0.5) ? 0n : 150n;
      if (winUnits > 0n) this.#serverBalanceUnits = this.#row('win', winUnits).balanceAfterUnits;
      this.#record(0n, winUnits);
      this.#nowMs += 1_800;
    }
  }

  #play(spin: number): LogRecord {
    const betUnits = this.#stake();
    const winUnits = this.#prize(betUnits);
    const bet = this.#row('bet', betUnits);
    this.#serverBalanceUnits = bet.balanceAfterUnits + winUnits;
    const record = this.#record(betUnits, winUnits);
    if (winUnits > 0n) this.#win(bet, winUnits, spin);
    return record;
  }

  #win(bet: LedgerRow, winUnits: bigint, spin: number): void {
    const isLively = this.#plan.isLively === true;
    if (isLively && this.#chance(0.05)) {
      this.#row('win', winUnits, { transactionId: `${bet.transactionId}+win` });
      return;
    }
    // Arrived in time, and applied when the next spins are over.
    if (isLively && this.#chance(0.03)) {
      this.#queued.push({ row: this.#blank('win', winUnits, 200), untilSpin: spin + 3 });
      return;
    }
    if (isLively && this.#chance(0.03)) this.#balanceUnits += 5_000n;
    this.#row('win', winUnits, { atMs: this.#nowMs + 5 + Math.floor(this.#random() * 1_200) });
  }

  #inject(kind: FindingKind, spin: number): void {
    switch (kind) {
      case 'spin_not_played':
        this.#wrong(kind, this.#row('bet', this.#stake()).transactionId);
        return;
      case 'bet_missing':
        this.#serverBalanceUnits -= 100n;
        this.#wrong(kind, this.#record(100n, 0n).dataId);
        return;
      case 'bet_canceled': {
        const bet = this.#row('bet', 200n, { isCanceled: true });
        this.#serverBalanceUnits = bet.balanceAfterUnits;
        this.#wrong(kind, this.#record(200n, 0n).dataId);
        return;
      }
      case 'bet_amount_differs':
        this.#serverBalanceUnits = this.#row('bet', 100n).balanceAfterUnits;
        this.#wrong(kind, this.#record(200n, 0n).dataId);
        return;
      case 'win_missing':
        this.#wrong(kind, this.#playedFor(100n, 300n).dataId);
        return;
      case 'win_amount_differs':
        this.#wrong(kind, this.#playedFor(100n, 300n).dataId);
        this.#row('win', 250n, { atMs: this.#nowMs + 300 });
        return;
      case 'win_unlogged':
        this.#playedFor(100n, 0n);
        this.#wrong(kind, this.#row('win', this.#stake(), { atMs: this.#nowMs + 300 }).transactionId);
        return;
      case 'win_twice': {
        const record = this.#playedFor(100n, 300n);
        this.#row('win', 300n, { atMs: this.#nowMs + 300 });
        this.#credit(record);
        this.#wrong(kind, record.dataId);
        return;
      }
      case 'balance_differs': {
        const record = this.#play(spin);
        record.balanceUnits += 7n;
        this.#wrong(kind, record.dataId);
        return;
      }
    }
  }

  /** A spin whose win isn't in our ledger. */
  #playedFor(betUnits: bigint, winUnits: bigint): LogRecord {
    this.#serverBalanceUnits = this.#row('bet', betUnits).balanceAfterUnits + winUnits;
    return this.#record(betUnits, winUnits);
  }

  /** What a reconciliation credits hours later. */
  #credit(record: LogRecord): void {
    const transactionId = creditId(this.#day.hallId, this.#day.uid, record.dataId);
    this.#row('win', record.winUnits, { transactionId, atMs: this.#nowMs + 7_200_000 });
  }

  #wrong(kind: FindingKind, name: string | bigint): void {
    this.#day.wrong.push(`${this.#day.hallId}:${this.#day.uid}:${kind}:${name}`);
  }

  #blank(kind: LedgerRow['kind'], amountUnits: bigint, afterMs: number): LedgerRow {
    return {
      seq: 0n,
      transactionId: `t${this.#day.uid}-${this.#nowMs}-${kind}-${Math.floor(this.#random() * 1e9)}`,
      kind,
      status: 'ok',
      amountUnits,
      balanceAfterUnits: 0n,
      atMs: this.#nowMs + afterMs,
      isCanceled: false,
    };
  }

  /** Applies one, and its reversal at once where it is canceled. */
  #row(kind: LedgerRow['kind'], amountUnits: bigint, changed: Partial<LedgerRow> = {}): LedgerRow {
    const row = { ...this.#blank(kind, amountUnits, 0), ...changed };
    this.#apply(row);
    if (row.isCanceled) this.#balanceUnits += kind === 'bet' ? amountUnits : -amountUnits;
    return row;
  }

  #apply(row: LedgerRow): void {
    this.#seq += 1n;
    row.seq = this.#seq;
    if (row.status === 'ok') this.#balanceUnits += row.kind === 'bet' ? -row.amountUnits : row.amountUnits;
    row.balanceAfterUnits = this.#balanceUnits;
    this.#day.rows.push(row);
  }

  #applyQueued(spin: number): void {
    for (let due = this.#queued[0]; due !== undefined && due.untilSpin <= spin; due = this.#queued[0]) {
      this.#queued.shift();
      this.#apply(due.row);
    }
  }

  #record(betUnits: bigint, winUnits: bigint): LogRecord {
    this.#dataId += 1n + BigInt(Math.floor(this.#random() * 400));
    const record = {
      dataId: this.#dataId,
      playedAtMs: Math.floor((this.#nowMs + 400 + this.#driftMs) / 1_000) * 1_000,
      betUnits,
      winUnits,
      balanceUnits: this.#serverBalanceUnits,
      gameId: '12',
      gameName: 'Deuces Wild',
    };
    this.#day.records.push(record);
    return record;
  }
}
