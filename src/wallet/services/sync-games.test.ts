import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Listed, planSync, type Stored } from './sync-games.ts';

const IDS: readonly string[] = ['1', '2', '3', '4', '5'];
const ids = fc.constantFrom(...IDS);
const names = fc.constantFrom('', 'a', 'b');
const lists = fc
  .uniqueArray(fc.record({ gameId: ids, vendor: names, title: names, enabled: fc.boolean() }), {
    selector: ({ gameId }) => gameId,
    minLength: 1,
  })
  .map((games) => games.sort((a, b) => (a.gameId < b.gameId ? -1 : 1)));
const stored = fc
  .record({
    games: fc.array(fc.tuple(ids, fc.record({ vendor: names, title: names, pinned: fc.boolean() }))),
    disabled: fc.array(ids),
  })
  .map(({ games, disabled }): Stored => ({ games: new Map(games), disabled: new Set(disabled) }));

/** What the tables hold after a plan was written. */
function after(games: readonly Listed[], before: Stored): Stored {
  const plan = planSync({ games }, before);
  const held = new Map(before.games);
  for (const { gameId, vendor, title } of plan.added) held.set(gameId, { vendor, title, pinned: false });
  for (const { gameId, vendor, title } of plan.changed) held.set(gameId, { vendor, title, pinned: false });
  const disabled = new Set([...before.disabled, ...plan.disabled]);
  for (const gameId of plan.enabled) disabled.delete(gameId);
  return { games: held, disabled };
}

test('a list leaves what it says, pinned games and games that it does not name as they were, and says nothing twice', () => {
  fc.assert(
    fc.property(lists, stored, (games, before) => {
      const held = after(games, before);
      for (const { gameId, vendor, title, enabled } of games) {
        const pinned = before.games.get(gameId)?.pinned ? before.games.get(gameId) : undefined;
        expect(held.games.get(gameId)).toEqual(pinned ?? { vendor, title, pinned: false });
        expect(held.disabled.has(gameId)).toBe(!enabled);
      }
      const named = new Set(games.map(({ gameId }) => gameId));
      for (const [gameId, game] of before.games) if (!named.has(gameId)) expect(held.games.get(gameId)).toEqual(game);
      for (const gameId of IDS) {
        if (!named.has(gameId)) expect(held.disabled.has(gameId)).toBe(before.disabled.has(gameId));
      }
      expect(planSync({ games }, held)).toEqual({ added: [], changed: [], disabled: [], enabled: [] });
    }),
  );
});

test('the vendor that a person left a pinned game is not the list’s to change', () => {
  const before: Stored = {
    games: new Map([['1', { vendor: 'ours', title: 'ours', pinned: true }]]),
    disabled: new Set(),
  };
  const listed = { gameId: '1', vendor: 'theirs', title: 'theirs', enabled: false };
  expect(planSync({ games: [listed] }, before)).toEqual({ added: [], changed: [], disabled: ['1'], enabled: [] });
});
