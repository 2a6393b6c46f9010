import type { Express, Request, Response } from 'express';
import type { Arrivals } from '../arrivals.ts';
import { answerUnread } from '../body.ts';
import type { Hall, Halls } from './halls.ts';
import { Notification, type NotificationDeps } from './notification.ts';

export type StargameDeps = NotificationDeps & { halls: Halls; arrivals: Arrivals };

type HallRequest = Request<{ hallId: string; pathSecret: string }>;

/** StarGame, Game Notifications API: `GET /stargame/{hallId}/{pathSecret}?cmd=…`, with or without a slash before the query. */
export function addStargameRoutes(app: Express, deps: StargameDeps): void {
  app.get('/stargame/:hallId/:pathSecret{/}', (request: HallRequest, response, next) => {
    // express takes HEAD for GET, but this one moves money.
    if (request.method !== 'GET') {
      next();
      return;
    }
    const startedAtMs = deps.arrivals.firstByteAtMs(request);
    const { hallId, pathSecret } = request.params;
    const hall = deps.halls.admit(hallId, pathSecret);
    return hall === undefined
      ? admitNew(deps, request, response, startedAtMs)
      : admit(deps, hall, request, response, startedAtMs);
  });
}

/** The hall or its path secret may be new: they are read anew, which a caller who is turned away waits for within the budget. */
async function admitNew(
  deps: StargameDeps,
  request: HallRequest,
  response: Response,
  startedAtMs: number,
): Promise<void> {
  await atMost(deps.halls.refresh(), startedAtMs + deps.budgetMs - performance.now());
  const { hallId, pathSecret } = request.params;
  const hall = deps.halls.admit(hallId, pathSecret);
  if (hall === undefined) deny(deps, 'path', request, response);
  else admit(deps, hall, request, response, startedAtMs);
}

function admit(deps: StargameDeps, hall: Hall, request: Request, response: Response, startedAtMs: number): void {
  if (!hall.allowlist.isOpen && !hall.allowlist.allows(request.ip ?? '')) {
    deny(deps, 'address', request, response, hall);
    return;
  }
  new Notification(deps, request, response, hall, startedAtMs).start();
}

/** HTTP 403; which check failed is told to our log only, and never what the path was. */
function deny(deps: StargameDeps, denial: 'path' | 'address', request: Request, response: Response, hall?: Hall): void {
  deps.metrics.countDenied('stargame', 403);
  deps.log.info({ provider: 'stargame', outcome: '403', denial, hall: hall?.hallId, address: request.ip }, 'denied');
  answerUnread(request, response, 403, deps.isDraining());
}

async function atMost(promise: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.max(0, limitMs));
  });
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}
