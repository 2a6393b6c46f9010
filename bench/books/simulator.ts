import { createLog } from '../../src/common/log.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { HALL_ID, TERMINAL_COUNT, uidOf } from '../stargame/notifications.ts';
import { BOOKS_HALL_ID, BOOKS_HALL_SECRET, booksPasswordOf, booksUidOf, SPINS_EACH, spinsOf } from './plays.ts';

// StarGame's server with a hall full of played terminals. Prints a "ready" line as the other processes do.

const terminals = Number(process.env.BOOKS_TERMINALS);
const beganAtMs = Number(process.env.BOOKS_BEGAN_AT_MS);

const simulator = await startSimulator({
  log: createLog('simulator', 'error'),
  now: Date.now,
  random: createRandom(1),
});
const { state } = simulator.stargame;
state.addAgent({ agentId: '1', password: 'bench', name: 'bench', balanceUnits: 0n });
const notified = state.addHall({ agentId: '1', hallId: HALL_ID, name: 'notified', secret: BOOKS_HALL_SECRET });
for (let terminal = 0; terminal < TERMINAL_COUNT; terminal += 1) {
  state.addTerminal({ hall: notified, uid: uidOf(terminal), password: booksPasswordOf(terminal) });
}
const hall = state.addHall({
  agentId: '1',
  hallId: BOOKS_HALL_ID,
  name: 'books',
  secret: BOOKS_HALL_SECRET,
  mode: 'seamless',
});
for (let terminal = 0; terminal < terminals; terminal += 1) {
  const { logs } = state.addTerminal({ hall, uid: booksUidOf(terminal), password: booksPasswordOf(terminal) });
  logs.reserve(SPINS_EACH);
  for (const spin of spinsOf(terminal, beganAtMs)) {
    if (spin.error === 'spin_not_played') continue;
    logs.add({
      dataId: spin.dataId,
      gameId: spin.gameId,
      wallSeconds: Math.floor(spin.playedAtMs / 1_000),
      betUnits: spin.betUnits,
      winUnits: spin.winUnits,
      lines: 1,
      balanceUnits: spin.balanceAfterBetUnits + spin.winUnits,
    });
  }
}
process.stdout.write(`${JSON.stringify({ msg: 'ready', port: simulator.port })}\n`);
process.once('SIGTERM', () => void simulator.close());
