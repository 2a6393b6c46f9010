import express, { Router } from 'express';
import { z } from 'zod';
import { faultRoutes, taking } from '../control.ts';
import type { Random } from '../random.ts';
import { type Faults, faultSchema } from './faults.ts';
import type { NewGame } from './games.ts';
import type { Play, PlayedRound } from './play.ts';
import { FIGURES, type Figure } from './report-book.ts';
import { drawKind, ROUND_KINDS } from './rounds.ts';
import type { Operator, State } from './state.ts';
import { isDay } from './times.ts';

const TRANSACTIONS_SHOWN = 100;

const text = z.string().min(1).max(255);
const units = z
  .string()
  .regex(/^\d{1,18}$/, 'must be units of 1/100, as digits')
  .transform(BigInt);
const difference = z
  .string()
  .regex(/^-?\d{1,18}$/, 'must be a count, or units of 1/100, as digits')
  .transform(BigInt);
const currency = z.string().min(1).max(4);
const gameId = z.number().int().min(1).max(999_999);
const flag = z.number().int().min(0).max(1);

const operatorBody = z.strictObject({
  operatorId: z.string().min(1).max(20),
  secret: text,
  adapterUrl: z.url(),
  currencies: z.array(currency).min(1).max(100),
});

const playBody = z.strictObject({
  operatorId: text,
  userId: text,
  token: z.string().max(50).nullable().default(null),
  gameId: gameId.default(200),
  currencyCode: currency.default('EUR'),
  betUnits: units.default(100n),
  rounds: z.number().int().min(1).max(10_000).default(1),
  /** any: mostly spins, now and then something else, but no prize. */
  kind: z.enum([...ROUND_KINDS, 'any']).default('any'),
  winUnits: units.optional(),
});

const gameBody = z.strictObject({
  operatorId: text,
  id: gameId,
  title: text.optional(),
  vendor: text.optional(),
  enabled: flag.optional(),
  fun_mode: flag.optional(),
});

const balanceLimitsBody = z.strictObject({
  operatorId: text,
  limits: z
    .strictObject({
      currencyCode: currency,
      availableUnits: difference,
      currencies: z.record(currency, difference).default({}),
    })
    .nullable(),
});

const ggrLimitsBody = z.strictObject({
  operatorId: text,
  limits: z.strictObject({ currencyCode: currency, limitUnits: units, usedUnits: units.default(0n) }).nullable(),
});

const reportBody = z.strictObject({
  operatorId: text,
  day: z.string().refine(isDay, 'must be yyyy-mm-dd'),
  vendor: text,
  currencyCode: currency,
  figure: z.enum(FIGURES as [Figure, ...Figure[]]),
  delta: difference,
});

/**
 * What a test or a developer tells PLATFORM's simulator, in JSON; amounts are digits in a string, in units of 1/100. 400 names the field,
 * 404 what doesn't exist. Secrets and tokens go in and never out.
 */
export function createControl(deps: { state: State; faults: Faults; play: Play; random: Random }): Router {
  const { state, faults, play, random } = deps;
  const router = Router();
  // Only JSON is read: a page of some other origin can't send that without being asked first.
  router.use(express.json({ limit: '64kb' }));
  router.use('/faults', faultRoutes(faults, faultSchema));

  router.get('/state', (_request, response) => {
    response.json({ operators: [...state.operators.values()].map(describeOperator) });
  });

  /** What is about an operator that is known. */
  const about = <Body extends { operatorId: string }>(schema: z.ZodType<Body>, handle: (body: Body) => unknown) =>
    taking(schema, async (body, response) => {
      if (!state.operators.has(body.operatorId)) response.status(404).json({ error: 'no such operator' });
      else response.json((await handle(body)) ?? {});
    });

  router.post(
    '/operators',
    taking(operatorBody, (operator, response) => {
      response.status(201).json(describeOperator(state.addOperator(operator)));
    }),
  );
  router.post(
    '/play',
    about(playBody, async ({ rounds, kind, ...order }) => {
      const played: PlayedRound[] = [];
      for (let round = 0; round < rounds; round++) {
        played.push(await play.playRound({ ...order, kind: kind === 'any' ? drawKind(random) : kind }));
      }
      return describeRounds(played);
    }),
  );
  router.put(
    '/games',
    about(gameBody, ({ operatorId, ...game }) => state.updateGame(operatorId, game as NewGame)),
  );
  router.put(
    '/balance-limits',
    about(balanceLimitsBody, ({ operatorId, limits }) => state.setBalanceLimits(operatorId, limits)),
  );
  router.put(
    '/ggr-limits',
    about(ggrLimitsBody, ({ operatorId, limits }) => state.setGgrLimits(operatorId, limits)),
  );
  router.post('/report', about(reportBody, state.alterReport));
  return router;
}

/** Not its secret. */
const describeOperator = ({ operatorId, adapterUrl, currencies, games, lobbies }: Operator): object => ({
  operatorId,
  adapterUrl,
  currencies,
  games: games.size,
  lobbies: lobbies.length,
});

function describeRounds(rounds: readonly PlayedRound[]): object {
  const count = (status: PlayedRound['status']): number => rounds.filter((round) => round.status === status).length;
  return {
    played: count('played'),
    refused: count('refused'),
    canceled: count('canceled'),
    lost: count('lost'),
    codes: [...new Set(rounds.flatMap(({ code }) => code ?? []))],
    balanceUnits: String(rounds.at(-1)?.balanceUnits ?? ''),
    transactions: rounds
      .flatMap(({ roundId, transactions }) =>
        transactions.map(({ amountUnits, ...transaction }) => ({
          roundId,
          amountUnits: String(amountUnits),
          ...transaction,
        })),
      )
      .slice(-TRANSACTIONS_SHOWN),
  };
}
