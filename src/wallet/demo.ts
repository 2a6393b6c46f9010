import { isDeepStrictEqual } from 'node:util';
import { create } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { Fault } from '../common/fault.ts';
import type { UnaryContext } from '../common/grpc-handler.ts';
import {
  CreateHallRequestSchema,
  HallMode,
  LinkTerminalRequestSchema,
  ListAgentsRequestSchema,
  ListHallCredentialsRequestSchema,
  SetAgentRequestSchema,
  SetTerminalPasswordsRequestSchema,
  TerminalRequestSchema,
  UpdateHallRequestSchema,
} from '../gen/wallet/v1/halls_pb.ts';
import { Reason, TransferRequestSchema } from '../gen/wallet/v1/money_pb.ts';
import { CreateOperatorRequestSchema, ListCredentialsRequestSchema } from '../gen/wallet/v1/operators_pb.ts';
import { CreatePlayerRequestSchema } from '../gen/wallet/v1/players_pb.ts';
import { OpenSessionRequestSchema, SessionRequestSchema } from '../gen/wallet/v1/sessions_pb.ts';
import type { WalletHandlers } from './services.ts';

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

const HALL = {
  hallId: '1890',
  operatorId: OPERATOR.operatorId,
  secret: 'secret',
  pathSecret: 'notify',
  allowlist: [],
  timeZone: 'UTC',
  mode: HallMode.SEAMLESS,
};
const TERMINAL = { hallId: HALL.hallId, uid: '117', operatorId: OPERATOR.operatorId, userId: '117' };
const AGENT = { agentId: '1334', password: 'agentpassword' };
const TERMINAL_PASSWORD = { uid: TERMINAL.uid, password: 'terminal117' };

const CALL_TIMEOUT_MS = 10_000;

export type DemoHandlers = Pick<WalletHandlers, 'operators' | 'players' | 'sessions' | 'money' | 'halls'>;

/**
 * Makes the demo data where the database is empty, through the same handlers that everybody calls, so that the ledger is right. Each
 * step is idempotent, and each part ends with what says that it is there: a seeding that was killed half way is finished by the next
 * start, and two at once make it once. A database that an earlier version seeded gets what is new. Gives whether there was
 * anything to do.
 */
export async function seedDemo(handlers: DemoHandlers, now: () => number): Promise<boolean> {
  const newContext = (): UnaryContext => ({
    service: 'demo',
    requestId: 'demo',
    deadlineAtMs: now() + CALL_TIMEOUT_MS,
  });
  if (!(await isOurs(handlers, newContext()))) return false;
  const lacksPeople = !(await hasSession(handlers, newContext()));
  if (lacksPeople) await seedPeople(handlers, newContext);
  const lacksHall = await mayLinkTerminal(handlers, newContext());
  if (lacksHall) await seedHall(handlers, newContext());
  const lacksAgent = await mayAddAgent(handlers, newContext());
  if (lacksAgent) await seedAgent(handlers, newContext());
  return lacksPeople || lacksHall || lacksAgent;
}

/** There is no operator, or only the demo operator, exactly as made here. */
async function isOurs({ operators }: DemoHandlers, context: UnaryContext): Promise<boolean> {
  const { credentials = [] } = await operators.listCredentials(create(ListCredentialsRequestSchema), context);
  const [first, ...others] = credentials;
  if (first === undefined) return true;
  const { operatorId, secret, currencies = [], allowlist = [] } = first;
  return others.length === 0 && isDeepStrictEqual({ operatorId, secret, currencies, allowlist }, OPERATOR);
}

/** The operator, the players, and last the session. */
async function seedPeople(handlers: DemoHandlers, newContext: () => UnaryContext): Promise<void> {
  const { operatorId } = OPERATOR;
  await handlers.operators.createOperator(create(CreateOperatorRequestSchema, OPERATOR), newContext());
  for (const { player, balanceUnits } of PLAYERS) {
    await handlers.players.createPlayer(create(CreatePlayerRequestSchema, { operatorId, ...player }), newContext());
    const { reason } = await handlers.money.deposit(
      create(TransferRequestSchema, {
        operatorId,
        userId: player.userId,
        transactionId: `demo-${player.userId}`,
        amountUnits: balanceUnits,
        note: 'demo data',
      }),
      newContext(),
    );
    if (reason !== Reason.UNSPECIFIED) throw new Error(`demo data: the deposit of player ${player.userId} was refused`);
  }
  await handlers.sessions.openSession(create(OpenSessionRequestSchema, { operatorId, ...SESSION }), newContext());
}

function hasSession({ sessions }: DemoHandlers, context: UnaryContext): Promise<boolean> {
  return isFound(sessions.getSession(create(SessionRequestSchema, { token: SESSION.token }), context));
}

/** There is no hall, or only the demo hall as made here, and its terminal is missing. */
async function mayLinkTerminal(handlers: DemoHandlers, context: UnaryContext): Promise<boolean> {
  if ((await hallState(handlers, context)) === 'others') return false;
  return !(await isFound(handlers.halls.getTerminal(create(TerminalRequestSchema, TERMINAL), context)));
}

/** The hall, and last its terminal. */
async function seedHall(handlers: DemoHandlers, context: UnaryContext): Promise<void> {
  const { halls } = handlers;
  if ((await hallState(handlers, context)) === 'none') {
    await halls.createHall(create(CreateHallRequestSchema, HALL), context);
  }
  await halls.linkTerminal(create(LinkTerminalRequestSchema, TERMINAL), context);
}

/** There is no agent, and only the demo hall as made here. */
async function mayAddAgent(handlers: DemoHandlers, context: UnaryContext): Promise<boolean> {
  if ((await hallState(handlers, context)) !== 'ours') return false;
  const { agents = [] } = await handlers.halls.listAgents(create(ListAgentsRequestSchema), context);
  return agents.length === 0;
}

/** What calls to the game server are signed with: whose the hall is, the terminal's password, and last the agent. */
async function seedAgent({ halls }: DemoHandlers, context: UnaryContext): Promise<void> {
  const { hallId } = HALL;
  const passwords = { hallId, passwords: [TERMINAL_PASSWORD] };
  await halls.updateHall(create(UpdateHallRequestSchema, { hallId, agentId: AGENT.agentId }), context);
  await halls.setTerminalPasswords(create(SetTerminalPasswordsRequestSchema, passwords), context);
  await halls.setAgent(create(SetAgentRequestSchema, AGENT), context);
}

/** ours: only the demo hall, as made here, with its agent or, as yet, without one. */
async function hallState({ halls }: DemoHandlers, context: UnaryContext): Promise<'none' | 'ours' | 'others'> {
  const { credentials = [] } = await halls.listHallCredentials(create(ListHallCredentialsRequestSchema), context);
  const [first, ...others] = credentials;
  if (first === undefined) return 'none';
  const { hall, secret, pathSecret } = first;
  const found = {
    hallId: hall?.hallId,
    operatorId: hall?.operatorId,
    secret,
    pathSecret,
    allowlist: hall?.allowlist,
    timeZone: hall?.timeZone,
    mode: hall?.mode,
  };
  const isOwn = hall?.agentId === '' || hall?.agentId === AGENT.agentId;
  return others.length === 0 && isOwn && isDeepStrictEqual(found, HALL) ? 'ours' : 'others';
}

async function isFound(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === status.NOT_FOUND) return false;
    throw error;
  }
}
