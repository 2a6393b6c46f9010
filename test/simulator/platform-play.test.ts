import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/simulator/platform/exchange.ts';
import type { NewFault } from '../../src/simulator/platform/faults.ts';
import type { PlayedRound } from '../../src/simulator/platform/play.ts';
import type { Figures } from '../../src/simulator/platform/report-book.ts';
import { ROUND_KINDS, type RoundKind } from '../../src/simulator/platform/rounds.ts';
import {
  apiHeaders,
  type CountedRow,
  type PlatformWorld,
  type Player,
  SECRET,
  sha1,
  startPlatform,
  startPlatformWorld,
} from './platform-world.ts';
import { type Listener, listen } from './world.ts';

let world: PlatformWorld;
beforeAll(async () => {
  world = await startPlatformWorld();
});
afterAll(() => world.stop());

const DAY_MS = 86_400_000;
/** Of vendors that cancel, that retry, that ask for the status, and that finish their rounds. */
const GAMES = [1, 200, 220, 240, 270, 280, 300];

type ReportRow = Record<string, string | number>;

async function report(operatorId: string, day: string): Promise<ReportRow[]> {
  const url = `${world.simulator.platformUrl}/api/generic/businessReport?date=${day}`;
  const response = await fetch(url, { headers: apiHeaders('businessReport', operatorId) });
  return (await response.json()) as ReportRow[];
}

/** A sum of the report in units of 1/100: it is printed with up to two decimals. */
const unitsOf = (value: string | number | undefined): bigint => {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(String(value)) ?? [];
  return BigInt(`${sign}${whole}${fraction.padEnd(2, '0')}`);
};

const figuresOf = (row: ReportRow): Figures => ({
  bets_sum: unitsOf(row.bets_sum),
  bets_count: BigInt(row.bets_count ?? 0),
  wins_count: BigInt(row.wins_count ?? 0),
  wins_sum: unitsOf(row.wins_sum),
  freespins_sum: unitsOf(row.freespins_sum),
  freespins_count: BigInt(row.freespins_count ?? 0),
  jackpots_count: BigInt(row.jackpots_count ?? 0),
  jackpots_sum: unitsOf(row.jackpots_sum),
  gross_gaming_revenue: unitsOf(row.gross_gaming_revenue),
});

/** What a report of the wallet's own transactions would say. */
function figuresFrom(rows: readonly CountedRow[]): Figures {
  const sum = (field: 'count' | 'units', isIt: (row: CountedRow) => boolean): bigint =>
    rows.filter(isIt).reduce((total, row) => total + row[field], 0n);
  const isBet = ({ kind }: CountedRow): boolean => kind === 'bet';
  const isWin = ({ kind }: CountedRow): boolean => kind === 'win';
  const isFree = ({ reason }: CountedRow): boolean => reason === 'PROMO-FREESPIN';
  const isJackpot = (row: CountedRow): boolean => isWin(row) && row.reason.includes('JACKPOT');
  return {
    bets_sum: sum('units', isBet),
    bets_count: sum('count', isBet),
    wins_count: sum('count', isWin),
    wins_sum: sum('units', isWin),
    freespins_sum: sum('units', (row) => isWin(row) && isFree(row)),
    freespins_count: sum('count', (row) => isBet(row) && isFree(row)),
    jackpots_count: sum('count', isJackpot),
    jackpots_sum: sum('units', isJackpot),
    gross_gaming_revenue: sum('units', isBet) - sum('units', (row) => !isBet(row)),
  };
}

const NOTHING = figuresFrom([]);

/** The report less the wallet's books, by day and vendor; what is equal is left out. */
async function differences(operatorId: string, days: readonly string[]): Promise<Record<string, Partial<Figures>>> {
  const { state } = world.simulator.platform;
  const ours = Map.groupBy(
    await world.counted(operatorId),
    ({ day, gameId }) => `${day} ${state.vendorOf(operatorId, Number(gameId))}`,
  );
  const theirs = new Map<string, Figures>();
  for (const day of days) {
    for (const row of await report(operatorId, day)) theirs.set(`${day} ${row.vendor}`, figuresOf(row));
  }
  const found: Record<string, Partial<Figures>> = {};
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const mine = figuresFrom(ours.get(key) ?? []);
    const other = theirs.get(key) ?? NOTHING;
    const figures = (Object.keys(NOTHING) as (keyof Figures)[]).filter((figure) => mine[figure] !== other[figure]);
    if (figures.length > 0)
      found[key] = Object.fromEntries(figures.map((figure) => [figure, other[figure] - mine[figure]]));
  }
  return found;
}

const today = (): string => new Date().toISOString().slice(0, 10);
const dayBefore = (day: string): string => new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, 10);
const dayAfter = (day: string): string => new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, 10);

const play = (
  player: Player,
  round: { kind?: RoundKind; gameId?: number; winUnits?: bigint; betUnits?: bigint; atMs?: number } = {},
): Promise<PlayedRound> =>
  world.simulator.platform.play.playRound({ ...player, gameId: 200, currencyCode: 'EUR', betUnits: 100n, ...round });

const fault = (kind: Extract<NewFault, { kind: unknown }>['kind'], type: 'BET' | 'WIN' | 'REFUND' = 'BET'): void =>
  void world.simulator.platform.faults.add({ operation: 'play', kind, type, count: 1 } as NewFault);

describe('the report is what was sent, and taken, and not canceled', () => {
  const troubles: [Parameters<typeof fault>[0], 'BET' | 'WIN' | 'REFUND'][] = [
    ['lose_answer', 'BET'],
    ['lose_answer', 'WIN'],
    ['lose_answer', 'REFUND'],
    ['duplicate', 'BET'],
    ['duplicate', 'WIN'],
    ['late_bet', 'BET'],
    ['cancel', 'BET'],
  ];
  const rounds = fc.array(
    fc.record({
      who: fc.nat(2),
      kind: fc.constantFrom(...ROUND_KINDS),
      gameId: fc.constantFrom(...GAMES),
      betUnits: fc.bigInt(0n, 60_000n),
      // Both sides of midnight, and now.
      shiftMs: fc.constantFrom(0, 0, -1, 999, -DAY_MS),
      trouble: fc.option(fc.constantFrom(...troubles), { freq: 2 }),
    }),
    { minLength: 12, maxLength: 40 },
  );

  test('whatever is played, and whatever is lost, sent twice, late or canceled', async () => {
    const states = new Set<string>();
    const property = fc.asyncProperty(rounds, async (played) => {
      const operatorId = await world.addOperator();
      const players = await Promise.all([0n, 5_000n, 1_000_000n].map((units) => world.addPlayer(operatorId, units)));
      const day = today();
      const midnightMs = Date.parse(day);
      await Promise.all(
        players.map(async (player, index) => {
          for (const { who, shiftMs, trouble, ...round } of played) {
            if (who !== index) continue;
            if (trouble !== null) fault(...trouble);
            const { status } = await play(player, {
              ...round,
              ...(shiftMs === 0 ? {} : { atMs: midnightMs + shiftMs }),
            });
            states.add(status);
          }
        }),
      );
      await world.simulator.platform.play.settled();
      world.simulator.platform.faults.clear();
      expect(await differences(operatorId, [dayBefore(dayBefore(day)), dayBefore(day), day, dayAfter(day)])).toEqual(
        {},
      );
    });
    await fc.assert(property, { numRuns: 4 });
    expect(states).toEqual(new Set(['played', 'refused', 'canceled']));
  }, 60_000);

  const known: [string, Parameters<typeof fault>, (day: string) => Record<string, Partial<Figures>>][] = [
    [
      'unreported',
      ['unreported', 'BET'],
      (day) => ({ [`${day} netent`]: { bets_sum: -250n, bets_count: -1n, gross_gaming_revenue: -250n } }),
    ],
    [
      'reported_twice',
      ['reported_twice', 'WIN'],
      (day) => ({ [`${day} netent`]: { wins_sum: 400n, wins_count: 1n, gross_gaming_revenue: -400n } }),
    ],
    [
      'shift_day',
      ['shift_day', 'BET'],
      (day) => ({
        [`${day} netent`]: { bets_sum: -250n, bets_count: -1n, gross_gaming_revenue: -250n },
        [`${dayAfter(day)} netent`]: { bets_sum: 250n, bets_count: 1n, gross_gaming_revenue: 250n },
      }),
    ],
    [
      'skip_win',
      ['skip_win', 'BET'],
      (day) => ({ [`${day} netent`]: { wins_sum: 400n, wins_count: 1n, gross_gaming_revenue: -400n } }),
    ],
  ];

  test.each(known)('%s: the report differs by just that', async (_name, injected, expected) => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    const day = today();
    const atMs = Date.parse(day) + 1_000;
    await play(player, { betUnits: 100n, winUnits: 10n, atMs });
    fault(...injected);
    await play(player, { betUnits: 250n, winUnits: 400n, atMs });
    await play(player, { betUnits: 300n, winUnits: 20n, atMs });
    const days = [dayBefore(day), day, dayAfter(day)];
    expect(await differences(player.operatorId, days)).toEqual(expected(day));
  });

  test('a canceled bet leaves the report of its own day', async () => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    const yesterday = dayBefore(today());
    fault('cancel');
    const round = await play(player, { atMs: Date.parse(yesterday) + 5_000 });
    expect([round.status, round.transactions.map(({ outcome }) => outcome)]).toEqual(['canceled', ['canceled']]);
    expect([await report(player.operatorId, yesterday), await world.balanceUnits(player)]).toEqual([[], 10_000n]);
  });
});

describe('a round', () => {
  test('a bet and a win with ids beyond any JavaScript number; the balance is what the operator says', async () => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    const round = await play(player, { betUnits: 250n, winUnits: 1_005n });
    expect(round).toMatchObject({
      status: 'played',
      code: null,
      betUnits: 250n,
      winUnits: 1_005n,
      balanceUnits: 10_755n,
    });
    expect(round.transactions.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual(['BET ok', 'WIN ok']);
    for (const { transactionId } of round.transactions) expect(BigInt(transactionId)).toBeGreaterThan(2n ** 53n);
    expect(await world.balanceUnits(player)).toBe(10_755n);
  });

  test('has a hand history at each of its transactions, by vendor as json or url', async () => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    for (const [gameId, vendor, type] of [
      [200, 'netent', 'url'],
      [240, 'evolution', 'json'],
    ] as const) {
      const { transactions } = await play(player, { gameId });
      for (const { transactionId, historyId } of transactions) {
        const url = `${world.simulator.platformUrl}/api/generic/handHistory/${transactionId}/${historyId}`;
        const headers = { ...apiHeaders('handHistory', player.operatorId), 'x-vendor-id': vendor };
        expect(await (await fetch(url, { headers })).json()).toMatchObject({ success: true, type });
      }
    }
  });

  test('a prize comes without a bet, on a game that no list has', async () => {
    const player = await world.addPlayer(await world.addOperator(), 0n);
    const round = await play(player, { kind: 'prize', winUnits: 5_000n });
    expect(round.transactions.map(({ type, reason }) => `${type} ${reason}`)).toEqual([
      expect.stringMatching(/^WIN PROMO-/),
    ]);
    expect(await world.balanceUnits(player)).toBe(5_000n);
    expect(await report(player.operatorId, today())).toMatchObject([
      { vendor: 'promotions', bets_count: 0, wins_count: 1 },
    ]);
  });

  test.each([
    ['OP_31', async (player: Player) => play(player, { betUnits: 10_001n })],
    ['OP_34', async (player: Player) => play({ ...player, userId: 'nobody' })],
    [
      'OP_21',
      async (player: Player) => {
        await world.closeSession(player);
        return play(player);
      },
    ],
  ])('%s: refused, and in no report', async (code, playIt) => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    expect(await playIt(player)).toMatchObject({ status: 'refused', code, winUnits: 0n });
    expect(await report(player.operatorId, today())).toEqual([]);
  });

  test('a bet after its cancel is refused', async () => {
    const player = await world.addPlayer(await world.addOperator(), 10_000n);
    fault('late_bet');
    expect(await play(player)).toMatchObject({ status: 'canceled', code: 'OP_49' });
    expect(await world.balanceUnits(player)).toBe(10_000n);
  });
});

describe('an operator that says strange things', () => {
  /** What the operator answers to its next requests, by command; OK where nothing is said. */
  let scripted: [command: string, answer: string][] = [];
  let operator: Listener;
  beforeAll(async () => {
    operator = await listen(({ url, body }, response) => {
      const command = url.pathname.split('/').at(-1) ?? '';
      const at = scripted.findIndex(([name]) => name === command);
      const [, said = 'OK'] = at === -1 ? [] : (scripted.splice(at, 1)[0] ?? []);
      if (said === 'drop') response.destroy();
      else if (said === 'html') response.end('<html></html>');
      else if (said === '503') response.writeHead(503).end(answerTo(body, 'OK'));
      else response.end(answerTo(body, said));
    });
  });
  afterAll(() => operator.stop());

  const timestamp = '2026-11-20 12:00:00';
  function answerTo(body: string, said: string): string {
    const isOk = !said.startsWith('OP_');
    const status = isOk ? 'OK' : 'ERROR';
    const data = isOk ? '{"balance":10.5,"transaction_status":"OK"}' : `{"error_code":"${said}"}`;
    const hash = said === 'unsigned' ? sha1('') : sha1(status + timestamp + SECRET);
    const echo = said === 'echo' ? '{}' : body;
    return `{"request":${echo},"response":{"status":"${status}","response_timestamp":"${timestamp}","hash":"${hash}","data":${data}}}`;
  }

  /** A round, and the commands that it took. */
  async function playAt(
    gameId: number,
    answers: [string, string][],
  ): Promise<[PlayedRound['status'], string | null, string[]]> {
    await using stack = new AsyncDisposableStack();
    const simulator = await startPlatform();
    stack.defer(simulator.close);
    simulator.platform.state.addOperator({ operatorId: 'x', secret: SECRET, adapterUrl: operator.url });
    scripted = answers;
    operator.requests.length = 0;
    const { status, code } = await simulator.platform.play.playRound({
      ...{ operatorId: 'x', userId: '611', token: null, gameId, currencyCode: 'EUR', betUnits: 100n },
    });
    const sent = operator.requests.map(
      ({ body }) => JSON.parse(body) as { command: string; data: { transaction_type?: string } },
    );
    return [
      status,
      code,
      sent.map(({ command, data }) => (command === 'changebalance' ? (data.transaction_type ?? '') : command)),
    ];
  }

  test.each(['OP_50', 'OP_99', 'drop', 'html', '503', 'unsigned', 'echo'])(
    '%s to a bet: canceled, or sent again, by vendor',
    async (said) => {
      expect(await playAt(200, [['changebalance', said]])).toEqual(['canceled', 'OP_50', ['BET', 'cancel']]);
      expect(await playAt(220, [['changebalance', said]])).toEqual([
        'played',
        null,
        ['BET', 'BET', 'WIN', 'finishround'],
      ]);
      expect(await playAt(240, [['changebalance', said]])).toEqual([
        'played',
        null,
        ['BET', 'status', 'WIN', 'finishround'],
      ]);
    },
  );

  test('OP_47 to a bet always means that it is canceled, until that is certain', async () => {
    const answers: [string, string][] = [
      ['changebalance', 'OP_47'],
      ['cancel', 'drop'],
      ['cancel', 'OP_50'],
      ['cancel', 'OP_47'],
      ['cancel', 'OP_41'],
    ];
    const commands = ['BET', 'cancel', 'cancel', 'cancel', 'cancel'];
    expect(await playAt(220, answers)).toEqual(['canceled', 'OP_47', commands]);
  });

  test('a win is sent until it is taken, and a finishround until it is known', async () => {
    const answers: [string, string][] = [
      ['changebalance', 'OK'],
      ['changebalance', 'OP_50'],
      ['changebalance', 'drop'],
      ['finishround', 'OP_47'],
    ];
    const commands = ['BET', 'WIN', 'WIN', 'WIN', 'finishround', 'finishround'];
    expect(await playAt(220, answers)).toEqual(['played', null, commands]);
  });

  test('a balance is read to the cent, however large; what is no answer is OP_50', () => {
    const sent = '{"command":"balance","data":{"id":12345678901234567890}}';
    const read = (text: string) => readAnswer(text, sent, SECRET);
    expect(read(answerTo(sent, 'OK').replace('10.5', '9999999999999999.99'))).toMatchObject({
      status: 'ok',
      data: { balance: { text: '9999999999999999.99' } },
    });
    const otherId = answerTo(sent.replace('67890', '67891'), 'OK');
    for (const text of ['', 'null', '[]', '{}', otherId])
      expect(read(text)).toEqual({ status: 'error', code: 'OP_50' });
  });
});
