import express from 'express';
import type { Express, NextFunction, Request, Response, Router } from 'express';
import type { Logger } from 'pino';
import { bodyDeadline } from './body-deadline.js';

export interface AppOptions {
  readonly log: Logger;
  readonly health: Router;
  /** Mounted at /freeswitch. */
  readonly switches: Router;
  /** Mounted at /api/v1. */
  readonly api: Router;
  /** Most time a body may take to arrive, uploads of files apart; 30 s when unset. */
  readonly bodyDeadlineMs?: number;
}

const BODY_DEADLINE_MS = 30_000;

/** The whole HTTP side, without a listening socket, so that tests can mount it anywhere. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(bodyDeadline(options.bodyDeadlineMs ?? BODY_DEADLINE_MS));
  app.use('/freeswitch', options.switches);
  app.use((_request: Request, response: Response, next: NextFunction) => {
    response.set({
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  app.use(options.health);
  app.use('/api/v1', options.api);
  app.use((_request: Request, response: Response) => {
    response.status(404).type('application/problem+json').send({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      code: 'not_found',
    });
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    options.log.error({ err: error }, 'request failed');
    if (response.headersSent) {
      next(error);
      return;
    }
    response.status(500).type('application/problem+json').send({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'internal_error',
    });
  });
  return app;
}
