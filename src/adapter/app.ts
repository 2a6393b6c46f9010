import express, { type ErrorRequestHandler, type Express, type Router } from 'express';
import { answerUnread } from './body.ts';
import { addPlatformRoutes, type PlatformDeps } from './platform/routes.ts';
import { addCallbackRoute, type CallbackDeps } from './stargame/callback.ts';
import { addStargameRoutes, type StargameDeps } from './stargame/routes.ts';

/**
 * All that is reachable on the adapter's port. Express without what a hot route does not need: no ETag, no query parser, no
 * X-Powered-By, no body parser.
 */
export function createApp(deps: {
  platform: PlatformDeps;
  stargame: StargameDeps;
  callback: CallbackDeps;
  /** Null: there is none. */
  lobby: Router | null;
  trustedProxies: string[];
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  // X-Forwarded-For is believed from these only; from nobody where the list is empty.
  app.set('trust proxy', deps.trustedProxies.length > 0 ? deps.trustedProxies : false);

  addPlatformRoutes(app, deps.platform);
  addStargameRoutes(app, deps.stargame);
  addCallbackRoute(app, deps.callback);
  // Last: what moves money is not to pass through it.
  if (deps.lobby !== null) app.use('/lobby', deps.lobby);
  app.use((request, response) => answerUnread(request, response, 404, false));

  // What reaches this is a path that express can't decode, or a bug.
  const onError: ErrorRequestHandler = (error, request, response, _next) => {
    if (!(error instanceof URIError)) deps.platform.log.error({ err: error }, 'route failed');
    if (!response.headersSent) answerUnread(request, response, 404, true);
  };
  app.use(onError);
  return app;
}
