import type { ProviderName } from './overview.ts';

/** Refused: the answer that the rules ask for. All else that isn't OK is a failure, which somebody should look at. */
const REFUSALS: Record<ProviderName, ReadonlySet<string>> = {
  // PLATFORM v2.49, "Status codes": without OP_20 (signature), OP_47 (unknown) and OP_50 (fault).
  platform: new Set([
    'OP_21',
    'OP_22',
    'OP_30',
    'OP_31',
    'OP_32',
    'OP_33',
    'OP_34',
    'OP_35',
    'OP_40',
    'OP_41',
    'OP_49',
  ]),
  stargame: new Set([
    'insufficient_funds',
    'limit_reached',
    'play_stopped',
    'player_blocked',
    'player_not_found',
    'currency_mismatch',
    'game_disabled',
    'unknown_terminal',
    'transfer_hall',
  ]),
};

export const isFailure = (provider: ProviderName, outcome: string): boolean =>
  outcome !== 'OK' && outcome !== '' && !REFUSALS[provider].has(outcome);
