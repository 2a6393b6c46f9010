/** What varies by vendor. PLATFORM v2.49, Exception handling (OP_50), cancel, finishround, Hand history API. */
export type Habits = {
  /** After a BET without a certain answer: canceled at once, or sent again first. OP_47 always means cancel. */
  unknownBet: 'cancel' | 'retry';
  /** Asks for the transaction's status before it sends it again. */
  asksStatus: boolean;
  /** Sends finishround after a round. */
  finishesRounds: boolean;
  /** Else `round_finished` is null. */
  tellsFinished: boolean;
  history: 'json' | 'url';
};

const SLOTS: Habits = {
  unknownBet: 'cancel',
  asksStatus: false,
  finishesRounds: false,
  tellsFinished: true,
  history: 'url',
};

const LIVE: Habits = {
  unknownBet: 'retry',
  asksStatus: true,
  finishesRounds: true,
  tellsFinished: false,
  history: 'json',
};

const HABITS: ReadonlyMap<string, Habits> = new Map([
  ['netent', SLOTS],
  ['slotsXX', { ...SLOTS, unknownBet: 'retry', finishesRounds: true }],
  ['evolution', LIVE],
  ['ezugi', LIVE],
  ['portomaso', { ...LIVE, unknownBet: 'cancel' }],
  ['live168', { ...LIVE, finishesRounds: false }],
  ['vivo', { ...SLOTS, unknownBet: 'retry', asksStatus: true, history: 'json' }],
]);

export const habitsOf = (vendor: string): Habits => HABITS.get(vendor) ?? SLOTS;
