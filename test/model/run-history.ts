import { isDeepStrictEqual } from 'node:util';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Bench } from './bench.ts';
import { CASHIER, type Cast, cast, createCast, isUnaryOnly } from './cast.ts';
import { createDriver, type Driver } from './driver.ts';
import { openHouse, pick } from './house.ts';
import { linearize, type Sent, show, type Trace, type Traces } from './linearize.ts';
import { balanceOf, ledgerOf } from './model.ts';
import type { Plan, Turn, Via } from './plan.ts';
import { roundOf, usedIn } from './sums.ts';
import type { Answer, LedgerRow, Operation, OperationKind } from './types.ts';
import type { ModelPlayer, World } from './world.ts';

/** The real wallet differs from the model; the message tells the history up to there. */
export class Mismatch extends Error {}

/** `each`: every request goes to one wallet; `every`: to all of them at once. */
export type Spread = 'each' | 'every';
type OperationsTurn = Extract<Turn, { type: 'operations' }>;
export type Figures = { operations: number; rows: number };

const DAY_MS = 86_400_000;
/** No turn begins so near to midnight that it might end in another day, week or month than it began in. */
const MIDNIGHT_MARGIN_MS = 20_000;

/** Runs one history against the real wallet and the model, in operators of its own; throws where they differ. */
export async function runHistory(bench: Bench, plan: Plan, spread: Spread): Promise<Figures> {
  const names = createCast(bench.nextRun());
  const house = await openHouse(bench.clients[0], bench.database, names);
  const drivers = bench.clients.map(createDriver);
  const driver = createDriver(bench.clients[0]);
  const story: string[] = [];
  const earlier: Operation[] = [];
  const place: Place = { drivers, database: bench.database, spread, world: house.world, names, earlier, story };
  const play = (turn: OperationsTurn): Promise<void> => runTurn(place, turn);
  try {
    await play(startingFunds());
    for (const turn of plan) {
      await awayFromMidnight();
      if (turn.type === 'operations') {
        await play(turn);
        continue;
      }
      story.push(`setting ${show(turn.setting)}`);
      await house.apply(turn.setting);
    }
    await compareEnd(driver, bench.database, house.world, names);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new Mismatch(`${error.message}\n\nthe history:\n${story.map((line) => `  ${line}`).join('\n')}`);
  } finally {
    await house.close();
  }
  return { operations: earlier.length, rows: house.world.players.reduce((sum, { rows }) => sum + rows.length, 0) };
}

/** A deposit each, judged like all else. */
function startingFunds(): OperationsTurn {
  const amount = 6;
  const deposit = (player: number) =>
    ({
      type: 'fresh',
      via: 'unary',
      kind: 'deposit',
      player,
      provider: 0,
      transaction: 29 - player,
      amount,
      win: 0,
      voidIfLate: false,
      currency: 0,
      round: 0,
      game: 0,
      session: 0,
      roundFinished: null,
      context: '',
    }) as const;
  return { type: 'operations', how: 'apart', drafts: [0, 1, 2, 3].map(deposit) };
}

type Place = {
  drivers: readonly Driver[];
  database: Connection;
  spread: Spread;
  world: World;
  names: Cast;
  /** What was asked so far. */
  earlier: Operation[];
  story: string[];
};

type Request = { operation: Operation; via: Via; driver: Driver };

async function runTurn(place: Place, turn: OperationsTurn): Promise<void> {
  const requests = requestsOf(place, turn);
  if (requests.length === 0) return;
  const atMs = Date.now();
  const answers = await (turn.how === 'frame' ? sendFrames(requests) : sendApart(requests));
  const sent = requests.map(({ operation }, i): Sent => ({ operation, answer: pick(answers, i) }));
  place.story.push(...sent.map((each, i) => tell(place, turn.how, pick(requests, i), each)));

  // One request alone can only have come first; what it left behind is compared in the end.
  const traces = requests.length === 1 ? null : await readTraces(place, requests);
  const sequences = turn.how === 'frame' && place.drivers.length === 1 ? inOrder(sent) : sent.map((each) => [each]);
  const problem = linearize(place.world, sequences, traces, atMs);
  if (problem !== null) throw new Mismatch(problem);
}

function requestsOf({ drivers, spread, names, earlier }: Place, turn: OperationsTurn): Request[] {
  return turn.drafts.flatMap((draft, i) => {
    const request = cast(names, draft, earlier);
    if (request === null) return [];
    earlier.push(request.whole);
    return (spread === 'every' ? drivers : [pick(drivers, i)]).map((driver) => ({ ...request, driver }));
  });
}

const sendApart = (requests: readonly Request[]): Promise<Answer[]> =>
  Promise.all(requests.map(({ driver, operation, via }) => driver.send(operation, via)));

/** One frame for each wallet; what can't go into one goes beside it. */
async function sendFrames(requests: readonly Request[]): Promise<Answer[]> {
  const [beside = [], framed = []] = [true, false].map((alone) =>
    [...requests.keys()].filter((i) => isUnaryOnly(pick(requests, i).operation) === alone),
  );
  const frames = Map.groupBy(framed, (i) => pick(requests, i).driver);
  const answers: Answer[] = [];
  const sendBeside = async (i: number): Promise<void> => {
    const { driver, operation } = pick(requests, i);
    answers[i] = await driver.send(operation, 'unary');
  };
  await Promise.all([
    ...beside.map(sendBeside),
    ...[...frames].map(async ([driver, positions]) => {
      const outcomes = await driver.sendFrame(positions.map((i) => pick(requests, i).operation));
      for (const [nth, i] of positions.entries()) answers[i] = pick(outcomes, nth);
    }),
  ]);
  return answers;
}

function tell(
  { drivers }: Place,
  how: 'frame' | 'apart',
  { driver, via }: Request,
  { operation, answer }: Sent,
): string {
  const wallet = drivers.length === 1 ? '' : `wallet ${drivers.indexOf(driver) + 1} `;
  return `${how} ${wallet}${how === 'frame' && !isUnaryOnly(operation) ? '' : `${via} `}${show(operation)} -> ${show(answer)}`;
}

async function readTraces({ world, drivers, database }: Place, requests: readonly Request[]): Promise<Traces> {
  const driver = pick(drivers, 0);
  const players = world.players.filter(({ operatorId, userId }) =>
    requests.some(({ operation }) => operation.operatorId === operatorId && operation.userId === userId),
  );
  const read = async (player: ModelPlayer): Promise<[ModelPlayer, Trace]> => {
    const [rows, totalsOwed] = await Promise.all([driver.ledger(player), countMessages(database, player)]);
    return [player, { newRows: rows.slice(player.rows.length), totalsOwed }];
  };
  return new Map(await Promise.all(players.map(read)));
}

/** One wallet decides a player's movements of a frame in their order. Reads change nothing, so they may be answered at any time. */
function inOrder(sent: readonly Sent[]): Sent[][] {
  const sequences = Map.groupBy(sent.keys(), (i) => {
    const { operation } = pick(sent, i);
    const apart = READS.has(operation.kind) || isUnaryOnly(operation) ? `${i}` : '';
    return `${operation.operatorId} ${operation.userId} ${apart}`;
  });
  return [...sequences.values()].map((positions) => positions.map((i) => pick(sent, i)));
}

const READS: ReadonlySet<OperationKind> = new Set(['balance', 'status', 'authenticate']);

async function compareEnd(driver: Driver, database: Connection, world: World, names: Cast): Promise<void> {
  await Promise.all(world.players.map((player) => comparePlayer(driver, database, player, names)));
  const [operatorId] = names.operatorIds;
  expectSame('a transaction that nobody made', await driver.transaction(operatorId, CASHIER, 'nobody-made-it'), null);
}

async function comparePlayer(driver: Driver, database: Connection, player: ModelPlayer, names: Cast): Promise<void> {
  const who = `${player.operatorId} ${player.userId}`;
  const rows = ledgerOf(player);
  expectSame(`${who}: balance`, await driver.balanceUnits(player), balanceOf(player));
  // Small pages, so that their edges are met.
  expectSame(`${who}: ledger`, await driver.ledger(player, 7), rows);
  expectSame(`${who}: round-close messages`, await countMessages(database, player), player.totalsOwed);
  await compareCounters(database, player, who);
  await Promise.all([
    ...names.providers.flatMap((provider) =>
      names.roundIds
        .filter((roundId) => roundId !== '')
        .map((roundId) => compareRound(driver, player, provider, roundId)),
    ),
    ...rows.filter(({ isReversal }) => !isReversal).map((row) => compareTransaction(driver, player, row)),
  ]);
}

async function compareRound(driver: Driver, player: ModelPlayer, provider: string, roundId: string): Promise<void> {
  const what = `${player.operatorId} ${player.userId}: round ${roundId} of ${provider}`;
  expectSame(what, await driver.round(player, provider, roundId), roundOf(player, provider, roundId));
}

async function compareTransaction(driver: Driver, player: ModelPlayer, row: LedgerRow): Promise<void> {
  const found = await driver.transaction(player.operatorId, row.provider, row.transactionId);
  expectSame(`transaction ${row.provider} ${row.transactionId}`, found, row);
}

/** What the limits are checked against has no method of its own; it is compared where it is kept. */
async function compareCounters(database: Connection, player: ModelPlayer, who: string): Promise<void> {
  const [rows] = await database.query<RowDataPacket[]>(
    `SELECT counted_day, stake_day_units, stake_week_units, stake_month_units, loss_day_units, loss_week_units, loss_month_units
     FROM accounts JOIN players USING (player_id) WHERE operator_id = ? AND user_id = ?`,
    [player.operatorId, player.userId],
  );
  const [row] = rows;
  if (row === undefined) throw new Mismatch(`${who}: no account`);
  const { counted_day: day, ...counters } = row;
  const used = usedIn(player, Number(day) * DAY_MS);
  expectSame(
    `${who}: counters of limits`,
    Object.values(counters).map(BigInt),
    [used.map(({ stakeUnits }) => stakeUnits), used.map(({ lossUnits }) => lossUnits)].flat(),
  );
}

/** What is owed to the bookkeeping job, however often it was asked for. */
async function countMessages(database: Connection, { operatorId, userId }: ModelPlayer): Promise<number> {
  const [rows] = await database.query<RowDataPacket[]>(
    `SELECT message_id FROM outbox JOIN players USING (player_id)
     WHERE topic = 'round-close' AND operator_id = ? AND user_id = ?`,
    [operatorId, userId],
  );
  return rows.length;
}

function expectSame(what: string, real: unknown, expected: unknown): void {
  if (isDeepStrictEqual(real, expected)) return;
  if (!Array.isArray(real) || !Array.isArray(expected)) {
    throw new Mismatch(`${what}: ${show(real)}, expected ${show(expected)}`);
  }
  const at = Array.from({ length: Math.max(real.length, expected.length) }, (_, i) => i).find(
    (i) => !isDeepStrictEqual(real[i], expected[i]),
  );
  throw new Mismatch(`${what} at ${at}: ${show(real[at ?? 0])}, expected ${show(expected[at ?? 0])}`);
}

async function awayFromMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < MIDNIGHT_MARGIN_MS) await new Promise((resolve) => setTimeout(resolve, leftMs + 1_000));
}
