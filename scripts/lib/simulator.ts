import { randomBytes } from 'node:crypto';
import { isLoopback } from '../../src/common/loopback.ts';
import type { CurlLine } from './curl-lines.ts';
import { freePort } from './ports.ts';

/** The demo data's operator, a player and the session of a game. */
const OPERATOR = 'examplecasino';
const PLAYER = '611';
const TOKEN = 'eqkB1WoKQCvjrvV6taJRN';

/** The demo data's hall and its terminal, which is also its player's id. */
const HALL = '1890';
const HALL_CURRENCY = 'RUB';
const TERMINAL = '117';
const GAME = '206';

/** So that a newcomer sees logs harvested and reconciled, and reports and catalogues read, within a minute. */
const PACE = {
  HARVEST_EVERY_MS: '15000',
  HARVEST_TICK_MS: '5000',
  HARVEST_LAG_MS: '2000',
  RECONCILE_EVERY_MS: '10000',
  RECONCILE_SETTLE_MS: '5000',
  // Both sides have the same clock here. So near to the beginning of a terminal's logs nothing is said of spins without one.
  RECONCILE_CLOCK_TOLERANCE_MS: '2000',
  CATALOGUE_EVERY_MS: '60000',
  CATALOGUE_TICK_MS: '5000',
  REPORT_TODAY_EVERY_MS: '15000',
  REPORT_TICK_MS: '5000',
  LIMITS_EVERY_MS: '30000',
};

/**
 * Where the jobs and the simulator (null: none) will be, which is told to processes that start before them, and what signs the lobby's
 * links.
 */
export type Plan = { simulatorPort: number | null; jobsPort: number; lobbySecret: string };

export async function planDemo(env: NodeJS.ProcessEnv, hasSimulator: boolean): Promise<Plan> {
  return {
    simulatorPort: hasSimulator ? await portOf(env.SIMULATOR_PORT || '8070') : null,
    jobsPort: await portOf(env.JOBS_PORT || '50052'),
    lobbySecret: env.LOBBY_SECRET || randomBytes(24).toString('base64url'),
  };
}

/** What is to be any free port is chosen now. */
const portOf = async (port: string): Promise<number> => (port === '0' ? await freePort() : Number(port));

/** Points the jobs at the simulators, and has them hurry; what the environment says goes first. */
export function demoPace(env: NodeJS.ProcessEnv, adapterUrl: string, simulatorPort: number): Record<string, string> {
  const url = `http://127.0.0.1:${simulatorPort}`;
  return unlessSaid(env, {
    STARGAME_API_URL: `${url}/stargame`,
    STARGAME_CALLBACK_URL: adapterUrl,
    PLATFORM_API_URL: `${url}/platform`,
    GAME_LAUNCH_HOST: `${url}/platform/launch`,
    ...PACE,
  });
}

/** The lobby page of the demo data's operator, for the adapter; what the environment says goes first. */
export function demoLobby(env: NodeJS.ProcessEnv, plan: Plan): Record<string, string> {
  const origin = plan.simulatorPort === null ? '' : `http://127.0.0.1:${plan.simulatorPort}`;
  return unlessSaid(env, {
    JOBS_URL: `127.0.0.1:${plan.jobsPort}`,
    LOBBY_SECRET: plan.lobbySecret,
    LOBBY_OPERATOR: OPERATOR,
    LOBBY_DEMO: isLoopback(env.ADAPTER_HOST || '127.0.0.1') ? '1' : '0',
    LOBBY_HALLS: `${OPERATOR}/${HALL_CURRENCY}=${HALL}`,
    LOBBY_PICTURE_ORIGINS: origin,
    LOBBY_FRAME_ORIGINS: origin,
  });
}

const unlessSaid = (env: NodeJS.ProcessEnv, wanted: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, env[name] || value]));

/** What can be tried at StarGame's simulator, from launching to a discrepancy. */
export function stargameTries(simulatorPort: number, env: NodeJS.ProcessEnv): CurlLine[] {
  const { croupier, tell } = lineMakers(`${simulatorPort}/stargame`, env);
  const terminal = `--hall ${HALL} --uid ${TERMINAL}`;
  return [
    croupier('open a game for a player', `stargame launch --hall ${HALL} --user ${TERMINAL} --game ${GAME}`),
    croupier('any operation by hand', `stargame call api_get_balance hall_id=${HALL} user_id=${TERMINAL}`),
    tell('once, the game server takes a bet and then does not play the spin', 'faults', {
      operation: 'play',
      kind: 'skip_spin',
      count: 1,
    }),
    tell('three rounds', 'play', { uid: TERMINAL, rounds: 3 }),
    croupier('read the game logs now (it is done every 15 s here, in earnest every hour)', `harvest ${terminal}`),
    croupier('the game logs, and what they were matched with', `game-log list ${terminal}`),
    croupier(
      'match them with the ledger now (every 10 s here, of spins that are some seconds old)',
      `reconcile ${terminal}`,
    ),
    croupier('how far it is', 'reconcile status'),
    croupier(
      'what differs: some seconds later, the spin that was not played, and what curl sent above, which no game server played',
      'discrepancy list',
    ),
  ];
}

/** What can be tried at PLATFORM's simulator, from its catalogue to a report that differs. */
export function platformTries(simulatorPort: number, env: NodeJS.ProcessEnv): CurlLine[] {
  const { croupier, tell } = lineMakers(`${simulatorPort}/platform`, env);
  const play = {
    operatorId: OPERATOR,
    userId: PLAYER,
    token: TOKEN,
    gameId: 200,
    currencyCode: 'EUR',
    betUnits: '100',
  };
  return [
    croupier(
      "PLATFORM's games, read every minute here, in earnest every hour",
      `catalogue search --operator ${OPERATOR} lynx`,
    ),
    croupier(
      'a game at PLATFORM for real money',
      `platform launch --operator ${OPERATOR} --mode real --user ${PLAYER} --game 200`,
    ),
    croupier('a game at PLATFORM for play credits', `platform launch --operator ${OPERATOR} --mode fun --game 200`),
    croupier('the lobby, as that player', `lobby-url --operator ${OPERATOR} --user ${PLAYER}`),
    tell('once, PLATFORM leaves a bet out of its report', 'faults', {
      operation: 'play',
      kind: 'unreported',
      count: 1,
    }),
    tell('PLATFORM plays three rounds', 'play', { ...play, rounds: 3 }),
    croupier(
      "today's report beside our books (every 15 s here); it is judged when the day is over",
      `report list --operator ${OPERATOR}`,
    ),
    croupier('what PLATFORM lets the casino lose', 'platform limits'),
  ];
}

/** Lines for the command line, and for the control API of a simulator at `place`: its port and path. */
function lineMakers(place: string, env: NodeJS.ProcessEnv) {
  const inFolder = env.CROUPIER_DATA_DIR ? `CROUPIER_DATA_DIR='${env.CROUPIER_DATA_DIR}' ` : '';
  return {
    croupier: (title: string, verb: string): CurlLine => ({ title, line: `${inFolder}npx croupier ${verb}` }),
    tell: (title: string, path: string, body: object): CurlLine => ({
      title,
      line: `curl -sS -w '\\n' http://127.0.0.1:${place}/control/${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`,
    }),
  };
}
