import { Client, credentials } from '@grpc/grpc-js';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openServerStream } from '../../src/common/grpc.ts';
import { MoneyService, type VerifyFinding, type VerifySummary } from '../../src/gen/wallet/v1/money_pb.ts';
import { verifyLedger } from '../../src/wallet/verify.ts';
import { createFixture, type Fixture, START_UNITS } from './lanes/fixture.ts';
import { bet, cancel, finishRound, refund, win } from './lanes/operations.ts';
import { addOperator, addPlayer, startFixture, type Fixture as WalletFixture } from './services/fixture.ts';

describe('a ledger', () => {
  let fixture: Fixture;

  /** Rows of players 1 to 3, as `seq kind`: 1 deposit, 2 bet, 3 win, 4 bet that is undone, 5 its reversal, 6 refused, 7 tombstone. */
  beforeAll(async () => {
    fixture = await createFixture({ players: 20 });
    const engine = fixture.engine();
    for (const user of [1, 2, 3]) {
      await engine.perform(bet(user, { transactionId: `bet-${user}` }));
      await engine.perform(win(user, { transactionId: `win-${user}` }));
      await engine.perform(bet(user, { transactionId: `undone-${user}` }));
      await engine.perform(cancel(user, { transactionId: `undone-${user}` }));
      await engine.perform(bet(user, { transactionId: `refused-${user}`, amountUnits: 10n ** 12n }));
      await engine.perform(cancel(user, { transactionId: `buried-${user}` }));
    }
    for (const table of ['players', 'accounts', 'transactions']) {
      await fixture.sql.query(`CREATE TABLE ${table}_sound LIKE ${table}`);
      await fixture.sql.query(`INSERT INTO ${table}_sound SELECT * FROM ${table}`);
    }
  });
  afterAll(() => fixture.end());

  test('that is sound has no finding, and all of it was read', async () => {
    const summary = await verifyLedger(fixture.pool, async () => {
      throw new Error('there is nothing to find');
    });
    expect(summary).toEqual({ players: 20n, transactions: 38n, findings: 0n });
  });

  describe('with one thing wrong', () => {
    afterEach(async () => {
      await fixture.sql.beginTransaction();
      for (const table of ['players', 'accounts', 'transactions']) {
        await fixture.sql.query(`DELETE FROM ${table}`);
        await fixture.sql.query(`INSERT INTO ${table} SELECT * FROM ${table}_sound`);
      }
      await fixture.sql.commit();
    });

    const AT = (seq: number) => `WHERE player_id = 2 AND seq = ${seq}`;

    test.each<[string, string, { seq: bigint; message: RegExp }[]]>([
      [
        'a row is gone',
        `DELETE FROM transactions ${AT(3)}`,
        [
          { seq: 4n, message: /seq follows 2/ },
          { seq: 4n, message: /balance after/ },
        ],
      ],
      [
        'the last row is gone',
        `DELETE FROM transactions ${AT(7)}`,
        [{ seq: 0n, message: /seq is 7, the ledger ends with 6/ }],
      ],
      [
        'an amount',
        `UPDATE transactions SET amount_units = amount_units + 1 ${AT(2)}`,
        [{ seq: 2n, message: /balance after/ }],
      ],
      [
        'a balance in the ledger',
        `UPDATE transactions SET balance_after_units = balance_after_units + 1 ${AT(6)}`,
        [
          { seq: 6n, message: /balance after/ },
          { seq: 7n, message: /balance after/ },
        ],
      ],
      [
        'the balance of the account',
        'UPDATE accounts SET balance_units = balance_units - 1 WHERE player_id = 2',
        [{ seq: 0n, message: /the account's balance is 99999, the ledger makes 100000/ }],
      ],
      [
        'an account that is behind its ledger, as of an older copy',
        'UPDATE accounts SET seq = 6 WHERE player_id = 2',
        [{ seq: 7n, message: /is ahead of the account, whose seq is 6/ }],
      ],
      [
        'an account that is ahead of its ledger',
        'UPDATE accounts SET seq = 8 WHERE player_id = 2',
        [{ seq: 0n, message: /seq is 8, the ledger ends with 7/ }],
      ],
      [
        'one side only',
        `UPDATE transactions SET credit_account = '' ${AT(2)}`,
        [{ seq: 2n, message: /sides are 'player' and '', not 'player' and 'games'/ }],
      ],
      [
        'two equal sides',
        `UPDATE transactions SET debit_account = 'player' ${AT(3)}`,
        [{ seq: 3n, message: /sides are 'player' and 'player', not 'games' and 'player'/ }],
      ],
      [
        'a movement the other way',
        `UPDATE transactions SET debit_account = 'player', credit_account = 'games' ${AT(3)}`,
        [
          { seq: 3n, message: /balance after/ },
          { seq: 3n, message: /sides are 'player' and 'games', not 'games' and 'player'/ },
        ],
      ],
      [
        'another account of the house',
        `UPDATE transactions SET debit_account = 'cashier' ${AT(3)}`,
        [{ seq: 3n, message: /sides are 'cashier' and 'player', not 'games' and 'player'/ }],
      ],
      [
        'a movement that was refused',
        `UPDATE transactions SET status = 'error' ${AT(2)}`,
        [{ seq: 2n, message: /sides are 'player' and 'games', not '' and ''/ }],
      ],
      [
        'a currency',
        `UPDATE transactions SET currency_code = 'USD' ${AT(2)}`,
        [{ seq: 2n, message: /moves USD in an account of EUR/ }],
      ],
      [
        'a bet of more than was there',
        `UPDATE transactions SET kind = 'bet', amount_units = 200000, balance_after_units = -99700, debit_account = 'player',
           credit_account = 'games', status = 'ok' ${AT(3)}`,
        [
          { seq: 3n, message: /balance after|overdraws/ },
          { seq: 3n, message: /overdraws/ },
          { seq: 4n, message: /balance after/ },
        ],
      ],
      [
        'a reversal of nothing',
        `DELETE FROM transactions ${AT(4)}`,
        [
          { seq: 5n, message: /seq follows 3/ },
          { seq: 5n, message: /balance after/ },
          { seq: 5n, message: /undoes nothing/ },
        ],
      ],
      [
        'a reversal of more than there was',
        `UPDATE transactions SET amount_units = 301 ${AT(5)}`,
        [
          { seq: 5n, message: /balance after/ },
          { seq: 5n, message: /undoes 301 of 300/ },
        ],
      ],
      [
        'a reversal of what was refused',
        `UPDATE transactions SET transaction_id = 'refused-2' ${AT(5)}`,
        [{ seq: 5n, message: /undoes 300 of 0/ }],
      ],
      [
        'a reversal of a tombstone',
        `UPDATE transactions SET transaction_id = 'buried-2' ${AT(5)}`,
        [
          { seq: 5n, message: /undoes a tombstone/ },
          { seq: 5n, message: /undoes 300 of 0/ },
        ],
      ],
      [
        'a reversal of another player’s transaction',
        `UPDATE transactions SET transaction_id = 'bet-3' ${AT(5)}`,
        [{ seq: 5n, message: /undoes another player's/ }],
      ],
      [
        'a reversal in the same direction as what it undoes',
        `UPDATE transactions SET transaction_id = 'win-2' ${AT(5)}`,
        [{ seq: 5n, message: /sides are 'games' and 'player', not 'player' and 'games'/ }],
      ],
      [
        'a reversal that is called a refund',
        `UPDATE transactions SET kind = 'refund' ${AT(5)}`,
        [{ seq: 5n, message: /kind and is_reversal differ/ }],
      ],
      [
        'a bet that is done, and moved nothing',
        `UPDATE transactions SET status = 'ok', reason = '', amount_units = 5 ${AT(6)}`,
        [{ seq: 6n, message: /./ }],
      ],
    ])('%s: it is found and named', async (_, change, expected) => {
      await fixture.sql.query(change);
      const found = await fixture.findings();
      const missing = expected.filter(
        ({ seq, message }) =>
          !found.some((each) => each.playerId === 2n && each.seq === seq && message.test(each.message)),
      );
      expect({ found, missing }).toMatchObject({ missing: [] });
      expect(found.every(({ playerId }) => playerId === 2n)).toBe(true);
    });

    test('an account without a player', async () => {
      await fixture.sql.query('DELETE FROM players WHERE player_id = 2');
      expect(await fixture.findings()).toContainEqual({
        playerId: 2n,
        seq: 0n,
        message: expect.stringMatching(/is no player/),
      });
    });

    test('a player without an account, whose rows belong to none', async () => {
      await fixture.sql.query('DELETE FROM accounts WHERE player_id = 2');
      const found = await fixture.findings();
      expect(found).toContainEqual({ playerId: 2n, seq: 0n, message: 'has no account' });
      expect(found).toContainEqual({ playerId: 2n, seq: 7n, message: 'belongs to no account' });
    });

    test('several things: each is found', async () => {
      await fixture.sql.query("UPDATE transactions SET currency_code = 'USD' WHERE seq = 2");
      const found = await fixture.findings();
      expect(found.map(({ playerId }) => playerId)).toEqual([1n, 2n, 3n]);
    });
  });

  test('that is written meanwhile has no finding', async () => {
    const engine = fixture.engine({ lanes: 3 });
    let going = true;
    const busy = Array.from({ length: 12 }, async (_, index) => {
      const user = index + 4;
      while (going) {
        const operations = [bet(user), win(user), refund(user, { amountUnits: 1n }), finishRound(user)];
        const [undone] = operations;
        await Promise.all(operations.map((each) => engine.perform(each)));
        if (undone !== undefined) await engine.perform(cancel(user, { transactionId: undone.transactionId }));
      }
    });
    const rows: bigint[] = [];
    // At least so often, and until something was written in between.
    for (let n = 0; n < 8 || rows.at(-1) === rows[0]; n += 1) {
      const summary = await verifyLedger(fixture.pool, async (finding) => {
        throw new Error(`found ${finding.message} of ${finding.playerId} at ${finding.seq}`);
      });
      rows.push(summary.transactions);
    }
    going = false;
    await Promise.all(busy);
    expect(rows.at(-1)).toBeGreaterThan(rows[0] ?? 0n);
  });
});

describe('a large ledger', () => {
  const PLAYERS = 1_100;
  const ROWS = 12_000;
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await createFixture({ players: PLAYERS });
    // Player 700 has more rows than are read at a time: each takes a unit.
    for (let from = 2; from <= ROWS; from += 3_000) {
      const seqs = Array.from({ length: 3_000 }, (_, n) => from + n).filter((seq) => seq <= ROWS);
      await fixture.sql.query('INSERT INTO transactions VALUES ?', [
        seqs.map((seq) => [
          ...[700, seq, 'casino', 'platform', `many-${seq}`, 0, 'bet', 'ok', '', 1, 'EUR', 'player', 'games'],
          ...[START_UNITS - BigInt(seq - 1), 'r1', '200', null, '', 0, 1],
        ]),
      ]);
    }
    const spent = BigInt(ROWS - 1);
    await fixture.sql.query('UPDATE accounts SET seq = ?, balance_units = ? WHERE player_id = 700', [
      ROWS,
      START_UNITS - spent,
    ]);
  });
  afterAll(() => fixture.end());

  test('is read whole, page after page', async () => {
    const summary = await verifyLedger(fixture.pool, async () => {});
    expect(summary).toEqual({ players: BigInt(PLAYERS), transactions: BigInt(PLAYERS - 1 + ROWS), findings: 0n });
  });

  test.each([
    ['of the first player', 1, 1],
    ['of the last player of a page', 500, 1],
    ['of the first player of the next page', 501, 1],
    ['of the last player', PLAYERS, 1],
    ['in the middle of more rows than a page has', 700, 5_001],
    ['at the end of them', 700, ROWS],
  ])('a row %s is not overlooked', async (_, playerId, seq) => {
    const at = [playerId, seq];
    await fixture.sql.query("UPDATE transactions SET currency_code = 'USD' WHERE player_id = ? AND seq = ?", at);
    const found = await fixture.findings();
    await fixture.sql.query("UPDATE transactions SET currency_code = 'EUR' WHERE player_id = ? AND seq = ?", at);
    expect(found).toEqual([{ playerId: BigInt(playerId), seq: BigInt(seq), message: expect.stringMatching(/USD/) }]);
  });
});

describe('Verify', () => {
  const FINDINGS = 8_000;
  let fixture: WalletFixture;
  let client: Client;

  beforeAll(async () => {
    fixture = await startFixture();
    client = new Client(fixture.wallet.address, credentials.createInsecure());
    await addOperator(fixture.call);
    await addPlayer(fixture.call, 'u1', 100n);
    const sql = await mysql.createConnection(fixture.databaseUrl);
    const [[player] = []] = await sql.query<mysql.RowDataPacket[]>(
      'SELECT CAST(player_id AS CHAR) AS id FROM accounts',
    );
    await sql.query(`UPDATE accounts SET seq = ${FINDINGS + 1}`);
    await sql.query('INSERT INTO transactions VALUES ?', [
      Array.from({ length: FINDINGS }, (_, index) => [
        ...[player?.id, index + 2, 'casino', 'platform', `x-${index}`, 0, 'bet', 'ok', '', 0, 'USD', 'player', 'games'],
        ...[100, 'r1', '200', null, '', 0, 1],
      ]),
    ]);
    await sql.end();
  });
  afterAll(async () => {
    client.close();
    await fixture.stop();
  });

  const verify = () => openServerStream(client, MoneyService.method.verify, {}, { deadlineMs: 30_000 });

  test('streams every finding and then the summary', async () => {
    const findings: VerifyFinding[] = [];
    let summary: VerifySummary | null = null;
    for await (const { event } of verify()) {
      expect(summary).toBeNull();
      if (event.case === 'finding') findings.push(event.value);
      if (event.case === 'summary') summary = event.value;
      // A reader who is slower than the wallet.
      if (findings.length % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(findings.map(({ seq }) => seq)).toEqual(Array.from({ length: FINDINGS }, (_, n) => BigInt(n + 2)));
    expect(summary).toMatchObject({ players: 1n, transactions: BigInt(FINDINGS + 1), findings: BigInt(FINDINGS) });
    // Node says so where listeners pile up.
    expect(fixture.wallet.output()).toBe('');
  });

  test('may be left by its caller before the end', async () => {
    for await (const { event } of verify()) {
      expect(event.case).toBe('finding');
      break;
    }
    expect(await fixture.call(MoneyService.method.getBalance, { operatorId: 'casino', userId: 'u1' })).toMatchObject({
      balanceUnits: 100n,
    });
  });
});
