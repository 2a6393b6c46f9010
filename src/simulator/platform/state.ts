import {
  completeGame,
  completeLobby,
  demoGames,
  demoLobbies,
  type Game,
  type Lobby,
  type NewGame,
  type NewLobby,
  PRIZE_GAMES,
  PRIZE_VENDOR,
} from './games.ts';
import type { BalanceLimits, GgrLimits } from './limits.ts';
import { createReportBook } from './report-book.ts';

/** A casino, as PLATFORM knows it. */
export type Operator = {
  operatorId: string;
  secret: string;
  /** Where its adapter is; PLATFORM's commands are below `/platform`. */
  adapterUrl: string;
  currencies: readonly string[];
  games: ReadonlyMap<number, Game>;
  lobbies: readonly Lobby[];
  balanceLimits: BalanceLimits | null;
  ggrLimits: GgrLimits | null;
  /** GGR by currency that came before the limits were set. */
  balanceBaseline: ReadonlyMap<string, bigint>;
  ggrBaseline: ReadonlyMap<string, bigint>;
};

export type NewOperator = { operatorId: string; secret: string; adapterUrl: string; currencies?: readonly string[] };

/** The story of a transaction. `body`: JSON text, or the URL. */
export type HandHistory = {
  operatorId: string;
  transactionId: string;
  historyId: string;
  vendor: string;
  type: 'json' | 'url';
  body: string;
};

/** The oldest hand histories are forgotten. */
const HISTORIES_MAX = 100_000;

export type State = ReturnType<typeof createState>;

/** Everything that PLATFORM knows. In memory. */
export function createState() {
  const operators = new Map<string, Operator>();
  const histories = new Map<string, HandHistory>();
  const book = createReportBook();

  /** Its games and lobbies are the demo's until it is given others; it has no limits. */
  function addOperator({ currencies = ['EUR'], ...operator }: NewOperator): Operator {
    const added: Operator = {
      ...operator,
      adapterUrl: operator.adapterUrl.replace(/\/+$/, ''),
      currencies,
      games: byId(demoGames()),
      lobbies: demoLobbies(),
      balanceLimits: null,
      ggrLimits: null,
      balanceBaseline: new Map(),
      ggrBaseline: new Map(),
    };
    operators.set(added.operatorId, added);
    return added;
  }

  function find(operatorId: string): Operator {
    const operator = operators.get(operatorId);
    if (operator === undefined) throw new Error(`no operator ${operatorId}`);
    return operator;
  }

  function addHandHistory(history: HandHistory): void {
    histories.set(historyKey(history), history);
    const oldest = histories.keys().next();
    if (histories.size > HISTORIES_MAX && !oldest.done) histories.delete(oldest.value);
  }

  return {
    operators: operators as ReadonlyMap<string, Operator>,
    book,
    addOperator,
    /** Throws where there is no such operator, as all that follow do. */
    find,
    setGames(operatorId: string, games: readonly NewGame[]): void {
      find(operatorId).games = byId(games.map(completeGame));
    },
    /** Changes some fields of one game. */
    updateGame(operatorId: string, game: NewGame): void {
      const operator = find(operatorId);
      const known = operator.games.get(game.id);
      operator.games = new Map([...operator.games, [game.id, completeGame({ ...known, ...game })]]);
    },
    setLobbies(operatorId: string, lobbies: readonly NewLobby[]): void {
      find(operatorId).lobbies = lobbies.map(completeLobby);
    },
    /** Null: not limited. What the operator wins from now on lowers what is available. */
    setBalanceLimits(operatorId: string, limits: BalanceLimits | null): void {
      const operator = find(operatorId);
      operator.balanceLimits = limits;
      operator.balanceBaseline = book.ggrOf(operatorId);
    },
    /** Null: not limited. What the operator wins from now on counts as used. */
    setGgrLimits(operatorId: string, limits: GgrLimits | null): void {
      const operator = find(operatorId);
      operator.ggrLimits = limits;
      operator.ggrBaseline = book.ggrOf(operatorId);
    },
    alterReport: book.alter,
    addHandHistory,
    findHandHistory: (key: Pick<HandHistory, 'operatorId' | 'transactionId' | 'historyId'>): HandHistory | undefined =>
      histories.get(historyKey(key)),
    /** The operator's GGR by currency since then, in units of 1/100. */
    ggrSince(operatorId: string, baseline: ReadonlyMap<string, bigint>): Map<string, bigint> {
      const ggr = book.ggrOf(operatorId);
      for (const [currency, units] of baseline) ggr.set(currency, (ggr.get(currency) ?? 0n) - units);
      return ggr;
    },
    vendorOf(operatorId: string, gameId: number): string {
      return PRIZE_GAMES.includes(gameId) ? PRIZE_VENDOR : (find(operatorId).games.get(gameId)?.vendor ?? '');
    },
  };
}

const byId = (games: readonly Game[]): Map<number, Game> => new Map(games.map((game) => [game.id, game]));

const historyKey = ({
  operatorId,
  transactionId,
  historyId,
}: Pick<HandHistory, 'operatorId' | 'transactionId' | 'historyId'>): string =>
  JSON.stringify([operatorId, transactionId, historyId]);
