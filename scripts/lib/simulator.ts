import type { CurlLine } from './curl-lines.ts';

/** The demo data's hall and its terminal, which is also its player's id. */
const HALL = '1890';
const TERMINAL = '117';
const GAME = '206';

/** So that a newcomer sees logs harvested and reconciled within a minute. */
const PACE = {
  HARVEST_EVERY_MS: '15000',
  HARVEST_TICK_MS: '5000',
  HARVEST_LAG_MS: '2000',
  RECONCILE_EVERY_MS: '10000',
  RECONCILE_SETTLE_MS: '5000',
  // Both sides have the same clock here. So near to the beginning of a terminal's logs nothing is said of spins without one.
  RECONCILE_CLOCK_TOLERANCE_MS: '2000',
};

/** Points the jobs at the simulator, and has them hurry; what the environment says goes first. */
export function demoPace(env: NodeJS.ProcessEnv, adapterUrl: string, simulatorPort: number): Record<string, string> {
  const wanted = {
    STARGAME_API_URL: `http://127.0.0.1:${simulatorPort}/stargame`,
    STARGAME_CALLBACK_URL: adapterUrl,
    ...PACE,
  };
  return Object.fromEntries(Object.entries(wanted).map(([name, value]) => [name, env[name] || value]));
}

/** What can be tried where the simulator runs, from launching to a discrepancy. */
export function simulatorLines(simulatorPort: number, env: NodeJS.ProcessEnv): CurlLine[] {
  const inFolder = env.CROUPIER_DATA_DIR ? `CROUPIER_DATA_DIR='${env.CROUPIER_DATA_DIR}' ` : '';
  const croupier = (title: string, verb: string): CurlLine => ({ title, line: `${inFolder}npx croupier ${verb}` });
  const tell = (title: string, path: string, body: object): CurlLine => ({
    title,
    line: `curl -sS -w '\\n' http://127.0.0.1:${simulatorPort}/stargame/control/${path} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`,
  });
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
