import { integer, type Random, word } from '../random.ts';
import { GameLogs, type GameRecord } from './game-logs.ts';
import { md5 } from './signatures.ts';
import { wallSeconds } from './times.ts';

/** Amounts are in units of 1/100 of the hall's currency. */
export type Agent = {
  agentId: string;
  password: string;
  name: string;
  balanceUnits: bigint;
  story: AgentOperation[];
};

/** What an agent did to a hall's balance. StarGame, Receiving user operations list. */
export type AgentOperation = {
  id: string;
  description: string;
  atSeconds: number;
  balanceBeforeUnits: bigint;
  sumUnits: bigint;
  balanceAfterUnits: bigint;
  by: string;
};

/** seamless: the money is the casino's, which is asked at every spin; transfer: it is moved to the terminal and played from there. */
export type HallMode = 'seamless' | 'transfer';

export type Hall = {
  hallId: string;
  agentId: string;
  name: string;
  secret: string;
  /** Of the hall's clocks. */
  zone: string;
  balanceUnits: bigint;
  currencyName: string;
  /** ISO 4217's number. */
  currencyIso: string;
  /** Null: nobody may move money to and from its terminals. */
  operatorName: string | null;
  mode: HallMode;
  /** The casino's "Notify server", up to the `?`. */
  notifyUrl: string | null;
  settings: Map<string, string>;
  jackpotUnits: bigint;
  jackpotSettings: Map<string, string>;
  messages: Map<string, HallMessage>;
  terminals: Terminal[];
  /** What was done under an operation_id, so that a packet that is sent again does nothing more. */
  registrations: Map<string, Terminal>;
  payments: Map<string, Payment>;
};

export type HallMessage = { text: string; repeat: number; sendType: string; schedule: Record<string, string> };

export type Payment = { uid: string; operation: string; oldUnits: bigint; newUnits: bigint };

export type Terminal = {
  uid: string;
  hall: Hall;
  password: string;
  /** md5 of the password: what tote_opbetting3 sends. */
  passwordMd5: string;
  name: string;
  phone: string;
  email: string;
  exId: string;
  /** `YYYY-MM-DD`, or empty. */
  birthdate: string;
  country: string;
  address: string;
  balanceUnits: bigint;
  /** In a seamless hall what the casino last said that the player has; null before. */
  cashUnits: bigint | null;
  /** Of these; the hall's where the casino has not named one. */
  currencyName: string | null;
  session: Session | null;
  hasDeposited: boolean;
  hasEntered: boolean;
  logs: GameLogs;
};

export type Session = { sessionId: string; key1: string; key2: string };

export type NewHall = Pick<Hall, 'agentId' | 'name' | 'secret'> & Partial<Omit<Hall, 'terminals'>>;
export type NewTerminal = { hall: Hall } & Partial<Omit<Terminal, 'hall' | 'logs' | 'passwordMd5'>>;

/** Kept of each log that would otherwise grow for ever; the oldest go first. */
const KEPT = 100_000;

export type State = ReturnType<typeof createState>;

/** All that StarGame's server knows, in memory. */
export function createState({ now, random }: { now: () => number; random: Random }) {
  const agents = new Map<string, Agent>();
  const halls = new Map<string, Hall>();
  const terminals = new Map<string, Terminal>();
  const phones = new Map<string, Terminal>();
  const sessions = new Map<string, Terminal>();
  // A simulator that is started again must not give out ids that a casino has kept from its former life.
  let lastId = Math.floor(now() / 1000);
  let lastDataId = BigInt(now()) * 1000n;
  const nextId = (): string => String(++lastId);

  function addAgent(agent: Omit<Agent, 'story'>): Agent {
    const added = { ...agent, story: [] };
    agents.set(agent.agentId, added);
    return added;
  }

  /** Throws a RangeError where the hall's zone is no time zone. */
  function addHall(hall: NewHall): Hall {
    const added: Hall = {
      hallId: nextId(),
      zone: 'UTC',
      balanceUnits: 0n,
      currencyName: 'RUB',
      currencyIso: '643',
      operatorName: 'operator',
      mode: 'transfer',
      notifyUrl: null,
      settings: new Map(FIRST_SETTINGS),
      jackpotUnits: 0n,
      jackpotSettings: new Map(FIRST_JACKPOT_SETTINGS),
      messages: new Map(),
      registrations: new Map(),
      payments: new Map(),
      ...hall,
      terminals: [],
    };
    wallSeconds(0, added.zone);
    halls.set(added.hallId, added);
    return added;
  }

  function addTerminal(terminal: NewTerminal): Terminal {
    const uid = terminal.uid ?? nextId();
    const password = terminal.password ?? word(random, 8);
    const added: Terminal = {
      name: `terminal${uid}`,
      phone: '',
      email: `${word(random, 10)}@stargamecasino.com`,
      exId: '',
      birthdate: '',
      country: '',
      address: '',
      balanceUnits: 0n,
      cashUnits: null,
      currencyName: null,
      session: null,
      hasDeposited: false,
      hasEntered: false,
      ...terminal,
      uid,
      password,
      passwordMd5: md5(password),
      logs: new GameLogs(),
    };
    terminals.set(uid, added);
    added.hall.terminals.push(added);
    if (added.phone !== '') phones.set(added.phone, added);
    return added;
  }

  /** A new session of the terminal, in place of the one it had. */
  function openSession(terminal: Terminal): Session {
    closeSession(terminal);
    const key = (): string => String(integer(random, 100_000, 999_999_999));
    const session = { sessionId: nextId(), key1: key(), key2: key() };
    terminal.session = session;
    terminal.hasEntered = true;
    sessions.set(session.sessionId, terminal);
    return session;
  }

  function closeSession(terminal: Terminal): void {
    if (terminal.session !== null) sessions.delete(terminal.session.sessionId);
    terminal.session = null;
  }

  /** The terminal whose session this is. */
  function findSession({ sessionId, key1, key2 }: Session): Terminal | undefined {
    const terminal = sessions.get(sessionId);
    return terminal?.session?.key1 === key1 && terminal.session.key2 === key2 ? terminal : undefined;
  }

  /** A game record of the terminal, at `atMs` by the hall's clock. Gives it with its id. */
  function addRecord(terminal: Terminal, game: Omit<GameRecord, 'dataId' | 'wallSeconds'>, atMs: number): GameRecord {
    const record = { ...game, dataId: ++lastDataId, wallSeconds: wallSeconds(atMs, terminal.hall.zone) };
    terminal.logs.add(record);
    return record;
  }

  function addStory(agent: Agent, operation: Omit<AgentOperation, 'id'>): void {
    agent.story.push({ id: nextId(), ...operation });
    if (agent.story.length > KEPT) agent.story.shift();
  }

  return {
    random,
    agents: agents as ReadonlyMap<string, Agent>,
    halls: halls as ReadonlyMap<string, Hall>,
    terminals: terminals as ReadonlyMap<string, Terminal>,
    phones: phones as ReadonlyMap<string, Terminal>,
    nextId,
    addAgent,
    addHall,
    addTerminal,
    openSession,
    closeSession,
    findSession,
    addRecord,
    addStory,
  };
}

/** Remembers what was done under an id, and forgets what is oldest. */
export function remember<T>(done: Map<string, T>, id: string, value: T): void {
  done.set(id, value);
  const oldest = done.keys().next();
  if (done.size > KEPT && !oldest.done) done.delete(oldest.value);
}

const FIRST_SETTINGS: readonly [string, string][] = [
  ['maxbetperline', '10'],
  ['maxwin', '5000'],
  ['maxriskwin', '5000'],
  ['creditlimit', '100000'],
  ['matproc', '93'],
  ['maxriskround', '5'],
  ['denominationenable', '1'],
  ['denominationminval', '0.01'],
  ['denominationmaxval', '1.00'],
  ['minamount', '1'],
  ['pbonus', '0'],
  ['mbonus', '1'],
];

const FIRST_JACKPOT_SETTINGS: readonly [string, string][] = [
  ['jackpotpercent', '1'],
  ['enable', '0'],
  ['jackpotactivatevalue', '1000000'],
  ['jackpotwinelapsedtime', '3600'],
  ['autorestart', '1'],
  ['minbet', '0'],
  ['outtext', 'Jackpot!'],
];
