/** What a notification asks for. StarGame, Game Notifications API. */
export type Query = { command: 'getBalance'; uid: string } | WriteBet;

export type WriteBet = {
  command: 'writeBet';
  uid: string;
  /** In units of 1/100. */
  betUnits: bigint;
  /** In units of 1/100. */
  winUnits: bigint;
};

/** `command` as far as it is known; `problem` names the parameter. */
export type Malformed = { command: Query['command'] | 'unknown'; problem: string };

const UID = /^[0-9]{1,20}$/;
/** 18 digits: what the wallet takes at most. No sign, point, exponent or space. */
const UNITS = /^[0-9]{1,18}$/;

/**
 * Reads the query of a notification's URL. A parameter that counts must be there exactly once: readers disagree about which of two
 * counts. Others are ignored; the game server adds `foo` against caches.
 */
export function readQuery(url: string): Query | Malformed {
  const start = url.indexOf('?');
  const parameters = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const command = single(parameters, 'cmd');
  if (command !== 'getBalance' && command !== 'writeBet') {
    return { command: 'unknown', problem: 'cmd must be getBalance or writeBet' };
  }
  const uid = single(parameters, 'uid');
  if (uid === null || !UID.test(uid)) return { command, problem: 'uid must be an integer of up to 20 digits' };
  if (command === 'getBalance') return { command, uid };
  const bet = single(parameters, 'bet');
  if (bet === null || !UNITS.test(bet)) return { command, problem: 'bet must be an integer of up to 18 digits' };
  const win = single(parameters, 'win');
  if (win === null || !UNITS.test(win)) return { command, problem: 'win must be an integer of up to 18 digits' };
  return { command, uid, betUnits: BigInt(bet), winUnits: BigInt(win) };
}

/** Null where it is absent or occurs twice. */
function single(parameters: URLSearchParams, name: string): string | null {
  const values = parameters.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}
