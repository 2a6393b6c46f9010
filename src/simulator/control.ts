import { type NextFunction, type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import type { FaultSchema } from './faults.ts';

export type ControlRequest = Request<Record<string, string | undefined>>;
type Handler<Body> = (body: Body, response: Response, request: ControlRequest) => unknown;

/** Hands over the body once it is what `schema` says; 400 names the field where it is not. */
export function taking<Body>(schema: z.ZodType<Body>, handle: Handler<Body>) {
  return async (request: ControlRequest, response: Response, next: NextFunction): Promise<void> => {
    const body = schema.safeParse(request.body);
    if (!body.success) response.status(400).json(mistakes(body.error));
    else await Promise.resolve(handle(body.data, response, request)).catch(next);
  };
}

/** A provider's faults: list, add, remove all, remove one. */
export function faultRoutes<S extends FaultSchema>(
  faults: {
    add: (fault: z.input<S>) => string;
    list: () => object[];
    remove: (id: string) => boolean;
    clear: () => void;
  },
  schema: S,
): Router {
  const router = Router();
  router.get('/', (_request, response) => void response.json(faults.list()));
  router.post('/', (request, response) => {
    const fault = schema.safeParse(request.body);
    if (!fault.success) response.status(400).json(mistakes(fault.error));
    else response.status(201).json({ id: faults.add(request.body) });
  });
  router.delete('/', (_request, response) => {
    faults.clear();
    response.status(204).end();
  });
  router.delete('/:id', (request, response) => {
    response.status(faults.remove(request.params.id) ? 204 : 404).end();
  });
  return router;
}

const mistakes = (error: z.ZodError): object => ({
  error: error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; '),
});
