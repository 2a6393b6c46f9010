import { createLog } from '../../src/common/log.ts';
import { createRandom } from '../../src/simulator/random.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { OPERATOR_ID, OPERATOR_SECRET } from '../requests.ts';

// PLATFORM with as many games as asked for. Prints a "ready" line as the other processes do.

const simulator = await startSimulator({
  log: createLog('simulator', 'error'),
  now: Date.now,
  random: createRandom(1),
});
const { state } = simulator.platform;
state.addOperator({
  operatorId: OPERATOR_ID,
  secret: OPERATOR_SECRET,
  adapterUrl: 'http://127.0.0.1:1',
  currencies: ['EUR'],
});
state.setGames(
  OPERATOR_ID,
  Array.from({ length: Number(process.env.BENCH_GAMES) }, (_, index) => ({
    id: index + 1,
    title: `Game number ${index + 1}`,
    platform: index % 5 === 0 ? 'mobile' : 'desktop',
    type: ['slots', 'live', 'table', 'lottery'][index % 4] ?? 'slots',
    enabled: 1,
    fun_mode: index % 3 === 0 ? 0 : 1,
    campaigns: 0,
    vendor: `vendor${index % 40}`,
    created_at: '2024-05-10',
    details: {
      description: { en: `The ${index + 1}th of many games, with words about it.`, ru: 'Игра' },
      thumbnails: { '300x300': `http://127.0.0.1:${simulator.port}/platform/pictures/games/300/${index + 1}.svg` },
    },
  })),
);
process.stdout.write(`${JSON.stringify({ msg: 'ready', port: simulator.port })}\n`);
process.once('SIGTERM', () => void simulator.close());
