import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callUnary } from '../../../src/common/grpc.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { success } from './case.ts';
import { addHall, CALL, type Chain, operatorOf, PATH_SECRET, startChain } from './chain.ts';
import { createState, type State } from './state.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

const HALL = '8001';
const operatorId = operatorOf(HALL);

// One terminal fits: most of what is asked for has to be looked up.
describe.each(['100', '1'])('terminals, of which %s are kept in memory', (max) => {
  let chain: Chain;
  let state: State;

  beforeAll(async () => {
    chain = await startChain({ HALLS_REFRESH_MS: '100', TERMINALS_CACHED_MAX: max }, async (grpc) => {
      await addHall(grpc, HALL);
      state = createState(grpc, operatorId, HALL);
      for (const player of ['1', '2', '3']) await state.apply({ player, balance: 100 });
    });
  });

  afterAll(() => chain.stop());

  const balance = async (uid: string): Promise<string> =>
    (await chain.get(`/stargame/${HALL}/${PATH_SECRET}?cmd=getBalance&uid=${uid}`)).text;

  it('are all served', async () => {
    for (const uid of ['1', '2', '3', '2', '1']) expect(await balance(uid)).toBe(success(100, { uid }));
  });

  it('speak the language that their player has now', async () => {
    await balance('1');
    const update = { operatorId, userId: '1', language: 'ru-RU' };
    await callUnary(chain.grpc, PlayerService.method.updatePlayer, update, CALL);
    await expect.poll(() => balance('1'), PATIENCE).toBe(success(100, { uid: '1', language: 'RUS' }));
  });

  it('are refused once they are unlinked, and served once they are linked again', async () => {
    await balance('2');
    await state.apply({ unlinked: '2' });
    await expect.poll(() => balance('2'), PATIENCE).toContain('unknown terminal');
    const link = { hallId: HALL, uid: '2', operatorId, userId: '2' };
    await callUnary(chain.grpc, HallService.method.linkTerminal, link, CALL);
    await expect.poll(() => balance('2'), PATIENCE).toBe(success(100, { uid: '2' }));
  });

  it('that are new are served soon, though they were just asked for', async () => {
    expect(await balance('4')).toContain('unknown terminal');
    await state.apply({ player: '4', balance: 7 });
    await expect.poll(() => balance('4'), PATIENCE).toBe(success(7, { uid: '4' }));
  });
});
