import express from 'express';
import type { NextFunction, Request, RequestHandler, Response, Router } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { hasScope } from '../admin/api-keys.js';
import type { Actor } from '../admin/context.js';
import { AccessKeys, bearerKey } from './authenticate.js';
import type { ApiDeps } from './deps.js';
import { docsRouter } from './docs.js';
import { isReaderGone, sendDownload } from './download.js';
import { openApiDocument } from './openapi.js';
import type { Operation, Reply } from './operation.js';
import { HttpProblem, sendProblem, toHttpProblem } from './problem.js';
import { operations as allOperations } from './resources/operations.js';
import { drainRest, openUpload, USUAL_MAX_UPLOAD_BYTES } from './upload.js';

/** What one request carries from step to step; kept beside it and not on express's own object. */
interface RequestState {
  readonly requestId: string;
  actor?: Actor;
}

const states = new WeakMap<Request, RequestState>();

/**
 * Everything below `/api/v1`. It reads bodies and answers errors by itself, so it needs nothing of the
 * application it is mounted in but `trust proxy`, where a proxy is to be trusted.
 */
export function apiRouter(deps: ApiDeps, operations: readonly Operation[] = allOperations): Router {
  const router = express.Router({ caseSensitive: true, strict: false });
  const keys = new AccessKeys(deps.database, deps.clock);
  router.use(prepare);
  router.get('/openapi.json', (_req, res) => {
    res.type('application/json').send(documentBytes());
  });
  router.use('/docs', docsRouter());
  for (const operation of operations) {
    router[operation.method](
      expressPath(operation.path),
      authenticate(keys, operation),
      ...readBody(operation),
      run(deps, operation),
    );
  }
  refuseOtherMethods(router, operations);
  router.use((_req, _res, next) => {
    next(new HttpProblem(404, 'no_such_path', 'There is nothing at this path.'));
  });
  router.use(answerError(deps));
  return router;
}

let document: Buffer | null = null;

/**
 * Made once: it takes longer than deciding a hundred calls, and anybody may ask for it. As bytes, so
 * that those who ask and do not read share them.
 */
function documentBytes(): Buffer {
  document ??= Buffer.from(JSON.stringify(openApiDocument()));
  return document;
}

/** `/accounts/{id}` as express writes it. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function prepare(req: Request, res: Response, next: NextFunction): void {
  const given = req.get('X-Request-Id');
  const requestId = given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : uuidv7();
  states.set(req, { requestId });
  res.set({
    'X-Request-Id': requestId,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  next();
}

function stateOf(req: Request): RequestState {
  const state = states.get(req);
  if (state === undefined) throw new Error('api: found no state, expected prepare to have run');
  return state;
}

/** Before the body is read: strangers cost no parsing. */
function authenticate(keys: AccessKeys, operation: Operation): RequestHandler {
  return async (req, _res, next) => {
    const presented = bearerKey(req.get('Authorization'));
    const key = presented === undefined ? undefined : await keys.find(presented);
    if (key === undefined) {
      const detail = 'Send an active API key as "Authorization: Bearer KEY".';
      throw new HttpProblem(401, 'unauthorized', detail, [], { 'WWW-Authenticate': 'Bearer' });
    }
    if (!hasScope(key.scopes, operation.scope)) {
      const detail = `This needs a key with the scope ${operation.scope}.`;
      throw new HttpProblem(403, 'scope_missing', detail, [], {
        'WWW-Authenticate': `Bearer error="insufficient_scope", scope="${operation.scope}"`,
      });
    }
    const state = stateOf(req);
    state.actor = {
      name: key.name,
      apiKeyId: key.id,
      scopes: key.scopes,
      requestId: state.requestId,
      ip: req.ip?.slice(0, 64) ?? null,
    };
    next();
  };
}

function readBody(operation: Operation): readonly RequestHandler[] {
  if (operation.body === undefined) return [];
  const json = express.json({ limit: operation.bodyLimit, type: () => true });
  return [requireJson, json];
}

function requireJson(req: Request, _res: Response, next: NextFunction): void {
  const isEmpty = req.get('Content-Length') === '0' || !hasBody(req);
  const isJson = req.is('application/json') !== false;
  if (isEmpty || isJson) next();
  else next(new HttpProblem(415, 'not_json', 'Send the body as application/json.'));
}

function hasBody(req: Request): boolean {
  return req.get('Content-Length') !== undefined || req.get('Transfer-Encoding') !== undefined;
}

function run(deps: ApiDeps, operation: Operation): RequestHandler {
  return async (req, res) => {
    const { actor } = stateOf(req);
    if (actor === undefined) throw new Error('api: found no actor, expected a key to be checked');
    const { upload: spec } = operation;
    if (spec !== undefined) {
      // Only once the answer is out: the rest of a body that nobody wanted is read away behind it.
      res.once('finish', () => {
        drainRest(req);
      });
    }
    const maxBytes = deps.maxUploadBytes ?? USUAL_MAX_UPLOAD_BYTES;
    const body: unknown = req.body ?? {};
    const reply = await operation.run({
      deps,
      actor,
      ...(spec === undefined ? {} : { upload: openUpload(req, spec, maxBytes) }),
      method: req.method,
      path: req.baseUrl + req.path,
      params: { ...req.params },
      query: { ...req.query },
      body,
      ifMatch: req.get('If-Match'),
      idempotencyKey: req.get('Idempotency-Key'),
    });
    await send(req, res, operation, reply);
  };
}

async function send(
  req: Request,
  res: Response,
  operation: Operation,
  reply: Reply,
): Promise<void> {
  const status = reply.status ?? operation.status;
  res.set(reply.headers ?? {});
  if (reply.download !== undefined) {
    await sendDownload(res, reply.download, { status, isHeadOnly: req.method === 'HEAD' });
  } else if (reply.body === undefined) {
    res.status(status).end();
  } else {
    res.status(status).json(reply.body);
  }
}

/** A known path with another method says which ones it has. */
function refuseOtherMethods(router: Router, operations: readonly Operation[]): void {
  const methods = new Map<string, string[]>();
  for (const { path, method } of operations) {
    const allowed = methods.get(path) ?? [];
    allowed.push(method.toUpperCase());
    methods.set(path, allowed);
  }
  for (const [path, allowed] of methods) {
    router.all(expressPath(path), (_req, _res, next) => {
      const headers = { Allow: allowed.join(', ') };
      next(new HttpProblem(405, 'method_not_allowed', `Use ${headers.Allow}.`, [], headers));
    });
  }
}

function answerError(deps: ApiDeps) {
  return (error: unknown, req: Request, res: Response, _next: NextFunction): void => {
    if (isReaderGone(error)) return;
    const problem = toHttpProblem(error);
    const requestId = states.get(req)?.requestId ?? uuidv7();
    if (problem.status >= 500) {
      // The path only: a query can hold anything.
      const where = { requestId, method: req.method, path: req.baseUrl + req.path };
      deps.log.error({ ...where, error }, 'api request failed');
    }
    // Half a file is out already: only a broken connection says that it is not the whole.
    if (res.headersSent) res.destroy();
    else sendProblem(res, problem, requestId);
  };
}
