import { describe, expect, test } from 'vitest';
import { anomaliesOf } from './anomalies.ts';
import type { Entry } from './entry.ts';
import { entry, reversalOf, win } from './test-entry.ts';

const RULES = { promotional: new Set(['platform:400']), overdueBeforeMs: 0 };
const CLOSED_AT_MS = entry().createdAtMs + 1_000;

const kinds = (entries: Entry[], closedAtMs: number | null = CLOSED_AT_MS): string[] =>
  anomaliesOf(entries, closedAtMs, RULES).map((anomaly) => anomaly.kind);

const late = (changed: Partial<Entry> = {}): Entry => win({ createdAtMs: CLOSED_AT_MS + 1, ...changed });

test.each<[string, Entry[]]>([
  ['a bet and a win', [entry(), win()]],
  ['a bet and a loss', [entry(), win({ amountUnits: 0n })]],
  ['a bet and a refund', [entry(), win({ kind: 'refund' })]],
  ['nothing', []],
  ['a canceled bet', [entry(), reversalOf(entry())]],
  ['a refused bet', [entry({ status: 'error' })]],
  ['a tombstone', [entry({ kind: 'tombstone', status: 'canceled' })]],
  ['a win of nothing without a bet', [win({ amountUnits: 0n })]],
])('%s is in order', (_, entries) => {
  expect(kinds(entries)).toEqual([]);
});

describe('win_without_bet', () => {
  test.each<[string, Entry[]]>([
    ['a win alone', [win()]],
    ['a win whose bet was canceled', [entry(), reversalOf(entry()), win()]],
    ['a win whose bet was refused', [entry({ status: 'error' }), win()]],
    ['a win in a game of that number of another provider', [win({ provider: 'other', gameId: '400' })]],
    ['a win of another reason', [win({ context: '{"reason":"SPIN","campaign_code":""}' })]],
  ])('%s', (_, entries) => {
    expect(kinds(entries)).toEqual(['win_without_bet']);
    expect(kinds(entries, null)).toEqual(['win_without_bet']);
  });

  test.each<[string, Entry]>([
    ['in a promotional game', win({ gameId: '400' })],
    ['of a campaign', win({ context: '{"campaign_code":"c1"}' })],
    ['of a free spin', win({ context: '{"reason":"PROMO-FREESPIN"}' })],
    ['that was canceled', win()],
  ])('not %s', (what, prize) => {
    expect(kinds(what === 'that was canceled' ? [prize, reversalOf(prize)] : [prize])).toEqual([]);
  });

  test('names the first such win, in whichever order they come', () => {
    const first = win({ amountUnits: 1_205n });
    const second = win({ transactionId: 't3', createdAtMs: first.createdAtMs + 1 });
    for (const entries of [
      [first, second],
      [second, first],
    ]) {
      expect(anomaliesOf(entries, null, RULES)).toEqual([
        {
          playerId: 1n,
          provider: 'platform',
          roundId: 'r1',
          gameId: '200',
          kind: 'win_without_bet',
          detail: 'win t2 of 12.05 EUR, and no bet that stands',
        },
      ]);
    }
  });
});

describe('money_after_close', () => {
  test.each<[string, Entry[]]>([
    ['a win', [entry(), late()]],
    ['a refund', [entry(), late({ kind: 'refund' })]],
    ['a reversal', [entry(), win(), entry({ transactionId: 't3' }), reversalOf(entry({ transactionId: 't3' }), 2_000)]],
    ['a win that was canceled later', [entry(), win(), late({ transactionId: 't3' }), reversalOf(late(), 5_000)]],
  ])('%s', (_, entries) => {
    expect(kinds(entries)).toEqual(['money_after_close']);
    expect(kinds(entries, null)).toEqual([]);
  });

  test.each<[string, Entry[]]>([
    ['a refusal', [entry(), win(), late({ transactionId: 't3', status: 'error' })]],
    ['the reversal of a refusal', [entry(), win(), ...refusedAndReversed()]],
    ['what was written in that very millisecond', [entry(), late({ createdAtMs: CLOSED_AT_MS })]],
  ])('not %s', (_, entries) => {
    expect(kinds(entries)).toEqual([]);
  });

  test('says how late', () => {
    expect(anomaliesOf([entry(), late()], CLOSED_AT_MS, RULES)[0]?.detail).toBe(
      'win t2 of 1.00 EUR, 0.001 s after the round was closed',
    );
  });
});

function refusedAndReversed(): Entry[] {
  const refused = entry({ transactionId: 't3', status: 'error' });
  return [refused, reversalOf(refused, 5_000)];
}

describe('bet_unresolved', () => {
  test.each<[string, Entry[]]>([
    ['a bet alone', [entry()]],
    ['a bet whose win was canceled', [entry(), win(), reversalOf(win())]],
    ['one of two bets canceled', [entry(), entry({ transactionId: 't3' }), reversalOf(entry({ transactionId: 't3' }))]],
  ])('%s, once the round is closed', (_, entries) => {
    expect(kinds(entries)).toEqual(['bet_unresolved']);
    expect(kinds(entries, null)).toEqual([]);
  });
});

test('a bet is unresolved in an open round, too, once it is overdue', () => {
  const ofOpen = (overdueBeforeMs: number, entries: Entry[]): string[] =>
    anomaliesOf(entries, null, { ...RULES, overdueBeforeMs }).map((anomaly) => anomaly.kind);
  const { createdAtMs } = entry();
  expect(ofOpen(createdAtMs, [entry()])).toEqual([]);
  expect(ofOpen(createdAtMs + 1, [entry()])).toEqual(['bet_unresolved']);
  expect(ofOpen(createdAtMs + 1, [entry(), win({ amountUnits: 0n })])).toEqual([]);
});

test('all kinds that there are, each once', () => {
  expect(kinds([entry(), entry({ transactionId: 't3', createdAtMs: CLOSED_AT_MS + 5 })])).toEqual([
    'money_after_close',
    'bet_unresolved',
  ]);
});
