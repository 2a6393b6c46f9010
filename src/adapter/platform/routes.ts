import type { Express, Request, Response } from 'express';
import { answerUnread, readBody } from '../body.ts';
import { commands } from './commands/index.ts';
import { Exchange, type ExchangeDeps, readRequestId } from './exchange.ts';
import type { Operator, Operators } from './operators.ts';

export type PlatformDeps = ExchangeDeps & { operators: Operators };

const MAX_BODY_BYTES = 64 * 1024;

/** Why a request is turned away with 403 before its body is read. */
type Denial = 'operator' | 'signature' | 'address';

/** PLATFORM v2.49, Endpoints: `POST /platform/{command}` and `GET /platform/ping`. */
export function addPlatformRoutes(app: Express, deps: PlatformDeps): void {
  app.get('/platform/ping', (_request, response) => {
    response.writeHead(200, ['Content-Type', 'text/plain; charset=utf-8', 'Content-Length', '4']).end('PONG');
  });
  app.post('/platform/:command', (request: CommandRequest, response) => {
    const operator = deps.operators.find(operatorIdOf(request));
    return operator === undefined ? admitNew(deps, request, response) : admit(deps, operator, request, response);
  });
}

type CommandRequest = Request<{ command: string }>;

/** The operator may be new: it is looked for once more when the operators have been read anew. */
async function admitNew(deps: PlatformDeps, request: CommandRequest, response: Response): Promise<void> {
  await deps.operators.refresh();
  const operator = deps.operators.find(operatorIdOf(request));
  if (operator === undefined) deny(deps, 'operator', request, response);
  else admit(deps, operator, request, response);
}

function admit(deps: PlatformDeps, operator: Operator, request: CommandRequest, response: Response): void {
  const startedAtMs = performance.now();
  const denial = checkHeaders(operator, request);
  if (denial !== null) {
    deny(deps, denial, request, response);
    return;
  }
  const commandName = request.params.command;
  const command = commands.get(commandName);
  const requestId = readRequestId(request.headers['x-req-id']);
  const exchange = new Exchange(deps, response, operator, { commandName, command, requestId, startedAtMs });
  readBody(
    request,
    MAX_BODY_BYTES,
    (body) => exchange.start(body),
    () => {
      deps.metrics.countDenied('platform', 413);
      answerUnread(request, response, 413, true);
    },
  );
}

function checkHeaders(operator: Operator, request: CommandRequest): Denial | null {
  if (!operator.signer.authorizes(request.params.command, request.headers['x-authorization'])) return 'signature';
  if (!operator.allowlist.isOpen && !operator.allowlist.allows(request.ip ?? '')) return 'address';
  return null;
}

/** PLATFORM v2.49, X-Authorization header: HTTP 403. Which check failed is told to our log only. */
function deny(deps: PlatformDeps, denial: Denial, request: Request, response: Response): void {
  deps.metrics.countDenied('platform', 403);
  deps.log.info({ provider: 'platform', outcome: '403', denial, address: request.ip }, 'denied');
  answerUnread(request, response, 403, deps.isDraining());
}

/** X-Operator-Id, or its name before v2.31. */
function operatorIdOf(request: Request): string {
  const { headers } = request;
  const operatorId = headers['x-operator-id'] ?? headers['x-tt-operator-id'];
  return typeof operatorId === 'string' ? operatorId : '';
}
