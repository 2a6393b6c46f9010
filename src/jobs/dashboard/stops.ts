import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { type Stop, StopScope, StopService } from '../../gen/wallet/v1/stops_pb.ts';
import type { Wallet } from '../wallet.ts';
import { answerFault } from './faults.ts';
import { refuse, sessionOf } from './guards.ts';
import type { StopScopeName, StopView } from './overview.ts';

const SCOPES = {
  all: StopScope.ALL,
  operator: StopScope.OPERATOR,
  vendor: StopScope.VENDOR,
  game: StopScope.GAME,
} as const satisfies Record<StopScopeName, StopScope>;
const SCOPE_NAMES = Object.keys(SCOPES) as StopScopeName[];

const scopeSchema = z.object({ scope: z.enum(SCOPE_NAMES), scopeId: z.string().max(200).default('') });
const stopSchema = scopeSchema.extend({ note: z.string().trim().min(1, 'say why').max(200) });

/** The emergency stop and its end. The wallet writes the audit trail with the stop itself, in one database transaction. */
export function stopRoutes(wallet: Wallet, onChange: () => Promise<void>): Router {
  const router = Router();
  const json = express.json({ limit: 4_096 });

  const serve = <T>(schema: z.ZodType<T>, run: (request: T, actor: string, requestId: string) => Promise<unknown>) => {
    return async (request: Request, response: Response): Promise<void> => {
      const parsed = schema.safeParse(request.body);
      if (!parsed.success) {
        const mistakes = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
        return refuse(request, response, 400, mistakes.join('; '));
      }
      try {
        await run(parsed.data, sessionOf(response).user, response.locals.requestId as string);
      } catch (error) {
        return answerFault(request, response, error, 'it');
      }
      await onChange();
      response.json({});
    };
  };

  router.post(
    '/api/stops',
    json,
    serve(stopSchema, ({ scope, scopeId, note }, actor, requestId) =>
      wallet.call(StopService.method.addStop, { scope: SCOPES[scope], scopeId, note, actor }, requestId),
    ),
  );
  router.post(
    '/api/stops/lift',
    json,
    serve(scopeSchema, ({ scope, scopeId }, actor, requestId) =>
      wallet.call(StopService.method.removeStop, { scope: SCOPES[scope], scopeId, actor }, requestId),
    ),
  );
  return router;
}

export const stopView = (stop: Stop): StopView => ({
  scope: SCOPE_NAMES.find((name) => SCOPES[name] === stop.scope) ?? 'all',
  scopeId: stop.scopeId,
  note: stop.note,
  sinceMs: Number(stop.createdAtMs),
});
