import type { Notification } from './game-server.ts';
import type { Hall } from './hall.ts';

/** What a player's game sends, by its number: of five notifications three are bets, one a win and one both. */
const SHAPES = ['bet', 'win', 'bet', 'both', 'bet'] as const;

/**
 * Sends `count` notifications, `concurrency` at a time, each with amounts that no other of this hall has. Resolves when all have ended.
 */
export async function play(hall: Hall, count: number, concurrency: number): Promise<Notification[]> {
  const first = hall.game.sent.length;
  const ended: Notification[] = [];
  let next = 0;
  const playOn = async (): Promise<void> => {
    while (next < count) {
      ended.push(await playOne(hall, first + next++));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, playOn));
  return ended;
}

/** Sends the notification of this number, counted from all that were sent: no two of a hall may have the same. */
export function playOne(hall: Hall, index: number): Promise<Notification> {
  const uid = hall.uids[index % hall.uids.length] ?? '';
  const shape = SHAPES[index % SHAPES.length];
  const units = BigInt(10_000 + index);
  return hall.game.writeBet(uid, shape === 'win' ? 0n : units, shape === 'bet' ? 0n : units);
}

export const betsOf = (notifications: readonly Notification[]): Notification[] =>
  notifications.filter(({ betUnits }) => betUnits > 0n);
