import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { pino } from 'pino';
import { callUnary, openServerStream, type ServerStreamMethod, type UnaryMethod } from '../../../src/common/grpc.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import type { PlayedRound } from '../../../src/simulator/platform/play.ts';
import type { Figure } from '../../../src/simulator/platform/report-book.ts';
import type { RoundKind } from '../../../src/simulator/platform/rounds.ts';
import { createRandom } from '../../../src/simulator/random.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import { startAdapter, type TestProcess } from '../../harness/processes.ts';
import { createWorld, type World } from '../world.ts';

export const HOUSE = 'house';
const SECRET = 'secret_key';
const DAY_MS = 86_400_000;

/** The last of them ended a day ago at least: then our books of it can be complete. */
export const DAYS = [4, 3, 2].map((ago) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10));
export const VENDORS = ['netent', 'slotsXX', 'evolution', 'vivo'] as const;
export const CURRENCIES = ['EUR', 'USD'] as const;

export type Currency = (typeof CURRENCIES)[number];
export type Group = { day: string; vendor: string; currency: Currency };

/** Whom a vendor's games are played with: PLATFORM, an adapter and a wallet. Jobs are started by the test, when all is played. */
export type ReportWorld = AsyncDisposable & {
  world: World;
  simulator: Simulator;
  /** A round as PLATFORM plays it, on the group's day; `hour` of it. */
  play: (
    group: Group,
    round: { kind?: RoundKind; betUnits?: bigint; winUnits?: bigint; atMs?: number },
  ) => Promise<PlayedRound>;
  /** What PLATFORM knows nothing of: straight into the wallet. */
  move: (method: 'bet' | 'win', group: Group, what: { transactionId: string; amountUnits: bigint }) => Promise<Reason>;
  finish: (group: Group, transactionId: string) => Promise<void>;
  /** What the report says in this group changes by so much. */
  alter: (group: Group, figures: Partial<Record<Figure, bigint>>) => void;
  /** Everything is written as if it had come half a second after it was made. */
  backdate: () => Promise<void>;
  balanceUnits: (currency: Currency) => Promise<bigint>;
};

export const userOf = (currency: Currency): string => `player-${currency}`;
export const gameOf = (vendor: string): number => 1 + ['ours-only', ...VENDORS].indexOf(vendor);
export const noonOf = (day: string): number => Date.parse(day) + DAY_MS / 2;

export async function createReportWorld(): Promise<ReportWorld> {
  const world = await createWorld();
  const adapter = await startAdapter({ env: { WALLET_URLS: world.wallet.address } });
  const log = pino({ level: 'silent' });
  const simulator = await startSimulator({ log, now: Date.now, random: createRandom(7) });
  const { state, play } = simulator.platform;
  const currencies = [...CURRENCIES];
  await world.call(OperatorService.method.createOperator, { operatorId: HOUSE, secret: SECRET, currencies });
  state.addOperator({ operatorId: HOUSE, secret: SECRET, adapterUrl: adapter.url, currencies });
  state.setGames(
    HOUSE,
    VENDORS.map((vendor) => ({ id: gameOf(vendor), vendor })),
  );
  for (const vendor of ['ours-only', ...VENDORS]) {
    const game = { provider: 'platform', gameId: String(gameOf(vendor)), enabled: true, vendor, title: vendor };
    await world.call(GameService.method.setGame, game);
  }
  const tokens = new Map<Currency, string>();
  for (const currency of CURRENCIES) {
    const player = { operatorId: HOUSE, userId: userOf(currency) };
    const person = { ...player, userName: 'jane', country: 'Latvia', currencyCode: currency };
    await world.call(PlayerService.method.createPlayer, person);
    const opening = { ...player, transactionId: `opening-${currency}`, amountUnits: 1_000_000n };
    await world.call(MoneyService.method.deposit, opening);
    const { token } = await world.call(SessionService.method.openSession, { ...player, gameId: '2' });
    tokens.set(currency, token);
  }
  const placeOf = ({ vendor, currency }: Group, roundId: string) => ({
    ...{ operatorId: HOUSE, userId: userOf(currency), provider: 'platform', roundId },
    gameId: String(gameOf(vendor)),
  });

  return {
    world,
    simulator,
    play: ({ day, vendor, currency }, { kind, betUnits = 100n, winUnits, atMs = noonOf(day) }) =>
      play.playRound({
        ...{ operatorId: HOUSE, userId: userOf(currency), token: tokens.get(currency) ?? '', gameId: gameOf(vendor) },
        ...{ currencyCode: currency, betUnits, winUnits, kind, atMs },
      }),
    move: async (method, group, { transactionId, amountUnits }) => {
      const occurredAtMs = BigInt(noonOf(group.day));
      const request = { ...placeOf(group, `round-${transactionId}`), transactionId, amountUnits, occurredAtMs };
      return (await world.call(MoneyService.method[method], request)).reason;
    },
    finish: async (group, transactionId) => {
      const request = placeOf(group, `round-${transactionId}`);
      const { reason } = await world.call(MoneyService.method.finishRound, request);
      if (reason !== Reason.UNSPECIFIED) throw new Error(`the round was not finished: ${reason}`);
    },
    alter: ({ day, vendor, currency }, figures) => {
      for (const [figure, delta] of Object.entries(figures)) {
        const of = { operatorId: HOUSE, day, vendor, currencyCode: currency };
        state.alterReport({ ...of, figure: figure as Figure, delta });
      }
    },
    backdate: async () => {
      await world.sql.query(
        `UPDATE transactions SET created_at_ms = occurred_at_ms + 500
         WHERE operator_id = ? AND provider = 'platform' AND is_reversal = 0 AND occurred_at_ms > 0`,
        [HOUSE],
      );
    },
    balanceUnits: async (currency) => {
      const player = { operatorId: HOUSE, userId: userOf(currency) };
      return (await world.call(MoneyService.method.getBalance, player)).balanceUnits;
    },
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      await adapter.stop();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** A jobs process as somebody else sees it. */
export function asked(jobs: TestProcess) {
  const client = new Client(`127.0.0.1:${jobs.grpcPort}`, credentials.createInsecure());
  return {
    call: <I extends DescMessage, O extends DescMessage>(
      method: UnaryMethod<I, O>,
      request: MessageInitShape<I>,
    ): Promise<MessageShape<O>> => callUnary(client, method, request, { deadlineMs: 20_000 }),
    stream: async <I extends DescMessage, O extends DescMessage>(
      method: ServerStreamMethod<I, O>,
      request: MessageInitShape<I>,
    ): Promise<MessageShape<O>[]> => {
      const messages: MessageShape<O>[] = [];
      for await (const one of openServerStream(client, method, request, { deadlineMs: 20_000 })) messages.push(one);
      return messages;
    },
    [Symbol.dispose]: () => client.close(),
  };
}
