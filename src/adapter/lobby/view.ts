/** What the lobby's API answers, for the page and the server alike. */

export type SessionView = {
  /** Guests play for fun; `nobody` has to log in before there is anything to see. */
  who: 'player' | 'guest' | 'nobody';
  casino: string;
  player: { name: string; balance: BalanceView; blocked: boolean } | null;
  /** '' where there is none. */
  homeUrl: string;
  depositUrl: string;
  loginUrl: string;
  demoPlayers: { userId: string; name: string }[];
};

/** A decimal, such as 420.76, and its currency. */
export type BalanceView = { balance: string; currency: string };

export type GameView = {
  /** What it is launched by. */
  key: string;
  title: string;
  vendor: string;
  /** '' where there is none. */
  picture: string;
  fun: boolean;
  real: boolean;
  /** Works only in a tab of its own, which has to be opened while the click lasts. */
  tab: boolean;
};

export type CategoryView = { id: string; label: string; kind: 'all' | 'list' | 'type' | 'vendor'; count: number };

export type GamesView = {
  games: GameView[];
  total: number;
  /** The next page's number; null where this is the last. */
  nextPage: number | null;
  /** Of all games, whatever is searched; on the first page only. */
  categories?: CategoryView[];
};

/** '': not a phone. */
export type Device = 'mobile' | '';

export type OpenAs = 'frame' | 'redirect' | 'new_tab';

export type LaunchRequestView = { key: string; mode: 'real' | 'fun'; device: Device };
export type LaunchView = { url: string; openAs: OpenAs; gameOrigin: string };

/** Why something can't be done, for the program and for the player. */
export type ProblemView = { error: ProblemCode; message: string };

export type ProblemCode =
  | 'login'
  | 'expired'
  | 'blocked'
  | 'stopped'
  | 'disabled'
  | 'no_fun'
  | 'unavailable'
  | 'too_fast'
  | 'refused'
  | 'unknown_game';
