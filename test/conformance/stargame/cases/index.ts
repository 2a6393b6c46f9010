import type { Case } from '../case.ts';
import { getBalance } from './get-balance.ts';
import { malformed } from './malformed.ts';
import { transferHall } from './transfer-hall.ts';
import { writeBet } from './write-bet.ts';

/** The samples run apart, against the demo data. */
export const cases: Record<string, Case[]> = { getBalance, writeBet, transferHall, malformed };
