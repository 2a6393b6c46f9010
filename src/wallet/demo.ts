import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { Reason, TransferRequestSchema } from '../gen/wallet/v1/money_pb.ts';
import { CreateOperatorRequestSchema, ListCredentialsRequestSchema } from '../gen/wallet/v1/operators_pb.ts';
import { CreatePlayerRequestSchema } from '../gen/wallet/v1/players_pb.ts';
import { OpenSessionRequestSchema, SessionRequestSchema } from '../gen/wallet/v1/sessions_pb.ts';
import type { WalletHandlers } from './server.ts';
import { Fault } from './services/fault.ts';
import type { UnaryContext } from './services/handler.ts';

const OPERATOR = { operatorId: 'examplecasino', secret: 'secret_key', currencies: ['EUR', 'RUB'], allowlist: [] };

const PLAYERS = [
  {
    player: { userId: '611', userName: 'john_doe', displayName: 'John Doe', country: 'Germany', currencyCode: 'EUR' },
    balanceUnits: 42_076n,
  },
  { player: { userId: '17', userName: 'player_17', country: 'Germany', currencyCode: 'EUR' }, balanceUnits: 10_000n },
  { player: { userId: '398', userName: 'player_398', country: 'Germany', currencyCode: 'EUR' }, balanceUnits: 5_000n },
  { player: { userId: '117', userName: 'player_117', country: 'Russia', currencyCode: 'RUB' }, balanceUnits: 295_071n },
];

const SESSION = { userId: '611', gameId: '200', token: 'eqkB1WoKQCvjrvV6taJRN', ttlSeconds: 31_536_000 };

const CALL_TIMEOUT_MS = 10_000;

export type DemoHandlers = Pick<WalletHandlers, 'operators' | 'players' | 'sessions' | 'money'>;

/**
 * Makes the demo data where the database is empty, through the same handlers that everybody calls, so that the ledger is right. Each
 * step is idempotent and the session comes last: a seeding that was killed half way is finished by the next start, and
 * two at once make it once. Gives whether there was anything to do.
 */
export async function seedDemo(handlers: DemoHandlers, now: () => number): Promise<boolean> {
  const context = (): UnaryContext => ({
    service: 'demo',
    requestId: 'demo',
    deadlineAtMs: now() + CALL_TIMEOUT_MS,
  });
  if (!(await isEmptyOrBegun(handlers, context()))) return false;
  const { operatorId } = OPERATOR;
  await handlers.operators.createOperator(create(CreateOperatorRequestSchema, OPERATOR), context());
  for (const { player, balanceUnits } of PLAYERS) {
    await handlers.players.createPlayer(create(CreatePlayerRequestSchema, { operatorId, ...player }), context());
    const { reason } = await handlers.money.deposit(
      create(TransferRequestSchema, {
        operatorId,
        userId: player.userId,
        transactionId: `demo-${player.userId}`,
        amountUnits: balanceUnits,
        note: 'demo data',
      }),
      context(),
    );
    if (reason !== Reason.UNSPECIFIED) throw new Error(`demo data: the deposit of player ${player.userId} was refused`);
  }
  await handlers.sessions.openSession(create(OpenSessionRequestSchema, { operatorId, ...SESSION }), context());
  return true;
}

/** Empty: there is no operator. Begun: there is only the demo operator, exactly as made here, and its session is missing. */
async function isEmptyOrBegun({ operators, sessions }: DemoHandlers, context: UnaryContext): Promise<boolean> {
  const { credentials = [] } = await operators.listCredentials(create(ListCredentialsRequestSchema), context);
  const [first, ...others] = credentials;
  if (first === undefined) return true;
  if (others.length > 0 || first.operatorId !== OPERATOR.operatorId || first.secret !== OPERATOR.secret) return false;
  try {
    await sessions.getSession(create(SessionRequestSchema, { token: SESSION.token }), context);
    return false;
  } catch (error) {
    if (error instanceof Fault && error.code === status.NOT_FOUND) return true;
    throw error;
  }
}
