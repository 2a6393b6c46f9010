import { integer, type Random, word } from '../random.ts';
import { phpNumber } from './amounts.ts';
import { printJson } from './json.ts';

export type Told = {
  roundId: string;
  userId: string;
  gameTitle: string;
  gameType: string;
  currencyCode: string;
  startedAtMs: number;
  settledAtMs: number;
  bets: readonly { transactionId: string; amountUnits: bigint }[];
  winUnits: bigint;
};

const RANKS = '23456789TJQKA';
const SUITS = 'CDHS';

/** The story of a round as PLATFORM's sample has it; amounts are decimals. */
export function historyJson(round: Told, random: Random): string {
  const card = (): string =>
    `${RANKS[integer(random, 0, RANKS.length - 1)]}${SUITS[integer(random, 0, SUITS.length - 1)]}`;
  const hand = () => ({ score: integer(random, 0, 9), cards: [card(), card()] });
  return printJson({
    id: round.roundId,
    startedAt: new Date(round.startedAtMs).toISOString(),
    settledAt: new Date(round.settledAtMs).toISOString(),
    status: 'Resolved',
    gameType: round.gameType,
    table: { id: word(random, 16), name: round.gameTitle },
    result: { banker: hand(), player: hand() },
    participants: [
      {
        playerId: round.userId,
        currency: round.currencyCode,
        bets: round.bets.map(({ transactionId, amountUnits }) => ({
          code: 'Player',
          stake: phpNumber(amountUnits),
          payout: phpNumber(round.winUnits),
          transactionId,
        })),
        playMode: 'RealMoney',
      },
    ],
  });
}

/** Where a person sees the story of a round. */
export const historyUrl = (roundId: string, random: Random): string =>
  `https://backstaging.the-rgs.example/rounds/CG-${roundId}/${word(random, 32)}`;
