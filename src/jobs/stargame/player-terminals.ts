import { HallService, type Terminal } from '../../gen/wallet/v1/halls_pb.ts';
import type { Wallet } from '../wallet.ts';

export type PlayerInHall = { operatorId: string; userId: string; hallId: string };

/** A player has one terminal in a hall, or few. */
const TERMINALS_MAX = 100;

/** The player's terminals in the hall, linked ones first. */
export async function playerTerminals(wallet: Wallet, player: PlayerInHall, requestId: string): Promise<Terminal[]> {
  const request = { ...player, pageSize: TERMINALS_MAX };
  const { terminals } = await wallet.call(HallService.method.listTerminals, request, requestId);
  return [...terminals].sort((one, other) => Number(other.linked) - Number(one.linked));
}
