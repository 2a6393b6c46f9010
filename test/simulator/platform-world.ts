import { createHash } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import mysql from 'mysql2/promise';
import { callUnary } from '../../src/common/grpc.ts';
import { createLog } from '../../src/common/log.ts';
import { GameService } from '../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../src/gen/wallet/v1/sessions_pb.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';
import { createTestDatabase } from '../harness/database.ts';
import { track } from '../harness/leaks.ts';
import { startAdapter, startWallet } from '../harness/processes.ts';

export const SECRET = 'secret_key';
const CALL = { deadlineMs: 20_000 };

export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

/** What an operator sends with a request to one of PLATFORM's APIs, by the document's formula. */
export const apiHeaders = (api: string, operatorId: string): Record<string, string> => ({
  'x-authorization': sha1(api + operatorId + SECRET),
  'x-operator-id': operatorId,
});

/** PLATFORM alone: nobody is there where its commands go. */
export async function startPlatform(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    log: createLog('simulator', 'silent'),
    now: Date.now,
    random: createRandom(1),
    ...options,
  });
  const untrack = track('simulator', simulator.close);
  return {
    ...simulator,
    async close() {
      await simulator.close();
      untrack();
    },
  };
}

export type Player = { operatorId: string; userId: string; token: string };

/** PLATFORM, and a real adapter and wallet for it to play at. */
export type PlatformWorld = {
  simulator: Simulator;
  /** An operator on both sides, with an id of its own. */
  addOperator: () => Promise<string>;
  addPlayer: (operatorId: string, balanceUnits: bigint) => Promise<Player>;
  closeSession: (player: Player) => Promise<void>;
  disableGame: (gameId: string, enabled: boolean) => Promise<void>;
  balanceUnits: (player: Player) => Promise<bigint>;
  /** What the wallet counts, by the day that PLATFORM made it on and by game. */
  counted: (operatorId: string) => Promise<CountedRow[]>;
  stop: () => Promise<void>;
};

export type CountedRow = {
  day: string;
  gameId: string;
  kind: string;
  reason: string;
  count: bigint;
  units: bigint;
};

const COUNTED = `
  SELECT DATE_FORMAT(FROM_UNIXTIME(0) + INTERVAL t.occurred_at_ms DIV 1000 SECOND, '%Y-%m-%d') AS day, t.game_id, t.kind,
    JSON_UNQUOTE(JSON_EXTRACT(t.context, '$.reason')) AS reason, COUNT(*) AS count, SUM(t.amount_units) AS units
  FROM transactions t
  LEFT JOIN transactions r ON r.operator_id = t.operator_id AND r.provider = t.provider
    AND r.transaction_id = t.transaction_id AND r.is_reversal = 1
  WHERE t.operator_id = ? AND t.provider = 'platform' AND t.is_reversal = 0 AND t.kind IN ('bet', 'win', 'refund')
    AND t.status = 'ok' AND r.transaction_id IS NULL
  GROUP BY day, t.game_id, t.kind, reason`;

export async function startPlatformWorld(options: Partial<SimulatorOptions> = {}): Promise<PlatformWorld> {
  const database = await createTestDatabase();
  const wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const adapter = await startAdapter({ env: { WALLET_URLS: wallet.address } });
  const simulator = await startPlatform(options);
  const grpc = new Client(wallet.address, credentials.createInsecure());
  const sql = await mysql.createConnection({ uri: database.url, supportBigNumbers: true, bigNumberStrings: true });
  await sql.query("SET time_zone = '+00:00'");
  let operators = 0;
  let players = 0;

  return {
    simulator,
    async addOperator() {
      const operatorId = `casino${++operators}`;
      const currencies = ['EUR', 'USD'];
      await callUnary(grpc, OperatorService.method.createOperator, { operatorId, secret: SECRET, currencies }, CALL);
      simulator.platform.state.addOperator({ operatorId, secret: SECRET, adapterUrl: adapter.url, currencies });
      return operatorId;
    },
    async addPlayer(operatorId, balanceUnits) {
      const userId = `player${++players}`;
      const player = { operatorId, userId };
      const person = { ...player, userName: 'john', country: 'Germany', currencyCode: 'EUR' };
      await callUnary(grpc, PlayerService.method.createPlayer, person, CALL);
      const opening = { ...player, transactionId: `opening-${userId}`, amountUnits: balanceUnits };
      if (balanceUnits > 0n) await callUnary(grpc, MoneyService.method.deposit, opening, CALL);
      const { token } = await callUnary(grpc, SessionService.method.openSession, { ...player, gameId: '200' }, CALL);
      return { ...player, token };
    },
    async closeSession({ token }) {
      await callUnary(grpc, SessionService.method.closeSession, { token }, CALL);
    },
    async disableGame(gameId, enabled) {
      await callUnary(grpc, GameService.method.setGame, { gameId, enabled }, CALL);
    },
    async balanceUnits({ operatorId, userId }) {
      const player = await callUnary(grpc, PlayerService.method.getPlayer, { operatorId, userId }, CALL);
      return player.balanceUnits;
    },
    async counted(operatorId) {
      const [rows] = await sql.query<mysql.RowDataPacket[]>(COUNTED, [operatorId]);
      return rows.map(({ day, game_id, kind, reason, count, units }) => ({
        day,
        gameId: game_id,
        kind,
        reason,
        count: BigInt(count),
        units: BigInt(units),
      }));
    },
    async stop() {
      await simulator.close();
      grpc.close();
      await sql.end();
      await adapter.stop();
      await wallet.stop();
      await database.drop();
    },
  };
}
