import type { State } from './state.ts';

/** The other side of croupier's demo data: its operator, which has limits. Nothing is played until somebody plays. */
export function addPlatformDemo(state: State, adapterUrl: string): void {
  const { operatorId } = state.addOperator({
    operatorId: 'examplecasino',
    secret: 'secret_key',
    adapterUrl,
    currencies: ['EUR', 'RUB'],
  });
  state.setBalanceLimits(operatorId, {
    currencyCode: 'USD',
    availableUnits: 10_788_102n,
    currencies: { GBP: 8_634_797n, EUR: 9_916_423n, RUB: 971_253_170n },
  });
  state.setGgrLimits(operatorId, { currencyCode: 'EUR', limitUnits: 111_111_100n });
}
