import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StargameService } from '../../../src/gen/jobs/v1/stargame_pb.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { until } from '../until.ts';
import { createStargameWorld, HALL, OPERATOR, type StargameWorld } from './world.ts';

let stargame: StargameWorld;
beforeAll(async () => {
  stargame = await createStargameWorld();
});
afterAll(() => stargame?.[Symbol.asyncDispose]());
afterEach(() => stargame.simulator.stargame.faults.clear());

const register = (userId: string, over: { hallId?: string; phone?: string } = {}) =>
  stargame.ask(StargameService.method.registerTerminal, { hallId: HALL, userId, ...over });

/** What the player has on both sides: one terminal, with the same number and a password that is known. */
async function expectOneTerminal(userId: string, before: number): Promise<void> {
  const [terminal, ...more] = await stargame.terminals(userId);
  expect(more).toEqual([]);
  expect(terminal).toMatchObject({ hallId: HALL, linked: true, hasPassword: true });
  expect(stargame.hall.terminals.length).toBe(before + 1);
  expect(stargame.hall.terminals.at(-1)?.uid).toBe(terminal?.uid);
  const sql = 'SELECT uid, registered_at_ms FROM registrations WHERE user_id = ?';
  expect(await stargame.row(sql, [userId])).toEqual({
    uid: terminal?.uid,
    registered_at_ms: expect.stringMatching(/^\d+$/),
  });
}

test('a terminal is registered when first needed, once, however many ask at the same time', async () => {
  const userId = await stargame.addPlayer();
  const before = stargame.hall.terminals.length;
  const answers = await Promise.all(Array.from({ length: 5 }, () => register(userId)));
  expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(new Set(answers.map(({ uid }) => uid)).size).toBe(1);
  await expectOneTerminal(userId, before);
  expect(await register(userId)).toMatchObject({ uid: answers[0]?.uid, isNew: false });
  const uids = answers.slice(0, 1).map(({ uid }) => uid);
  const { credentials } = await stargame.world.call(HallService.method.listTerminalCredentials, { hallId: HALL, uids });
  expect(credentials[0]?.password).toBe(stargame.hall.terminals.at(-1)?.password);
});

test.each(['lost_reply', 'lost_request', 'malformed_xml'] as const)(
  '%s: it is not known, and asked again',
  async (kind) => {
    const userId = await stargame.addPlayer();
    const before = stargame.hall.terminals.length;
    stargame.fault({ operation: 'api_reg', kind, count: 1 });
    await expect(register(userId)).rejects.toMatchObject({ code: status.UNKNOWN });
    await register(userId);
    await expectOneTerminal(userId, before);
  },
);

test('killed while StarGame has the request: it is done there, and found again', async () => {
  const userId = await stargame.addPlayer();
  const before = stargame.hall.terminals.length;
  stargame.fault({ operation: 'api_reg', kind: 'slow', ms: 500, count: 1 });
  const asked = register(userId).catch(() => undefined);
  await stargame.faultsMet();
  await stargame.killJobs();
  await asked;
  await stargame.restartJobs();
  await until('StarGame has done it', async () => stargame.hall.terminals.length === before + 1);
  await register(userId);
  await expectOneTerminal(userId, before);
});

test('killed while the wallet has the link: the registration is found again', async () => {
  const userId = await stargame.addPlayer();
  const before = stargame.hall.terminals.length;
  stargame.fault({ operation: 'api_reg', kind: 'slow', ms: 500, count: 1 });
  const heard = stargame.heard('api_reg');
  const asked = register(userId).catch(() => undefined);
  await stargame.faultsMet();
  await stargame.world.wallet.kill('SIGSTOP');
  await until('StarGame has answered', async () => stargame.heard('api_reg') > heard);
  await stargame.killJobs();
  await stargame.world.wallet.kill('SIGCONT');
  await asked;
  await stargame.restartJobs();
  await register(userId);
  await expectOneTerminal(userId, before);
});

test('a made-up phone that is taken is replaced by another; a given one is not', async () => {
  const userId = await stargame.addPlayer();
  const before = stargame.hall.terminals.length;
  stargame.fault({ operation: 'api_reg', kind: 'error_code', code: 'user_phone_already_exist', count: 2 });
  await register(userId);
  await expectOneTerminal(userId, before);

  const other = await stargame.addPlayer();
  const { phone } = stargame.hall.terminals.at(-1) ?? {};
  await expect(register(other, { phone: phone ?? '' })).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: 'StarGame refuses: user_phone_already_exist',
  });
  await register(other, { phone: '37120000001' });
  expect(stargame.hall.terminals.at(-1)?.phone).toBe('37120000001');
});

test('what StarGame refuses, and what is not known', async () => {
  const userId = await stargame.addPlayer();
  stargame.fault({ operation: 'api_reg', kind: 'error_code', code: 'hall_not_exist', count: 1 });
  await expect(register(userId)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  await expect(register(userId, { hallId: '4' })).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(register('nobody')).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(register(userId, { phone: '+371 2' })).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    details: 'phone: must be 5 to 18 digits',
  });
});

test('an unlinked terminal is not linked again by a launch, and a linked one is taken as it is', async () => {
  const userId = await stargame.addPlayer();
  const { uid } = await register(userId);
  await stargame.world.call(HallService.method.unlinkTerminal, { hallId: HALL, uid });
  await expect(register(userId)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });

  const other = await stargame.addPlayer();
  const known = stargame.simulator.stargame.state.addTerminal({ hall: stargame.hall });
  const link = { hallId: HALL, uid: known.uid, operatorId: OPERATOR, userId: other };
  await stargame.world.call(HallService.method.linkTerminal, link);
  expect(await register(other)).toMatchObject({ uid: known.uid, isNew: false });
  await stargame.world.call(PlayerService.method.blockPlayer, { operatorId: OPERATOR, userId: other });
  expect(await register(other)).toMatchObject({ uid: known.uid, isNew: false });
});
