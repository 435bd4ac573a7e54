import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { CdrInbox } from '../cdr/cdr-inbox.js';
import { isUuid } from '../esl/leg-ended.js';
import type { Snapshot, SwitchEntry } from '../snapshot/snapshot.js';
import { parseForm } from '../xml-curl/parse-form.js';
import { authenticateSwitch } from '../xml-curl/switch-auth.js';
import type { XmlEndpoint } from '../xml-curl/xml-endpoint.js';
import { BodyTooLargeError, readBody } from './read-body.js';

export interface SwitchRouteOptions {
  readonly snapshot: () => Snapshot | null;
  readonly xml: XmlEndpoint;
  readonly inbox: CdrInbox;
  readonly log: Logger;
  readonly xmlMaxBodyBytes: number;
  readonly cdrMaxBodyBytes: number;
  /** Called with seconds taken, for the metrics. */
  readonly onTimed: (route: 'xml' | 'cdr', seconds: number) => void;
}

/** The two addresses a FreeSWITCH server talks to. Bodies are read by our rules, not by a parser. */
export function switchRoutes(options: SwitchRouteOptions): Router {
  const router = Router();
  router.post('/xml', (request, response) => serve(options, request, response, answerXml));
  router.post('/cdr', (request, response) => serve(options, request, response, answerCdr));
  router.all(['/xml', '/cdr'], (_request, response) => {
    response.set('Allow', 'POST').status(405).end();
  });
  return router;
}

interface Served {
  readonly options: SwitchRouteOptions;
  readonly request: Request;
  readonly response: Response;
  readonly owner: SwitchEntry;
  readonly snapshot: Snapshot;
}

async function serve(
  options: SwitchRouteOptions,
  request: Request,
  response: Response,
  answer: (served: Served) => Promise<void>,
): Promise<void> {
  const snapshot = options.snapshot();
  if (snapshot === null) {
    response.status(503).type('text').send('starting\n');
    return;
  }
  const auth = authenticateSwitch(request, snapshot.switches);
  if (auth.kind === 'refused') {
    const address = request.socket.remoteAddress;
    options.log.warn({ address, status: auth.status, path: request.path }, 'switch refused');
    if (auth.status === 401) response.set('WWW-Authenticate', 'Basic realm="ringledger"');
    response.status(auth.status).set('Connection', 'close').end();
    return;
  }
  try {
    await answer({ options, request, response, owner: auth.entry, snapshot });
  } catch (error) {
    fail(options, response, error);
  }
}

function fail(options: SwitchRouteOptions, response: Response, error: unknown): void {
  if (response.headersSent || response.destroyed) return;
  if (error instanceof BodyTooLargeError) {
    response.status(413).set('Connection', 'close').type('text').send('body too large\n');
    return;
  }
  options.log.error({ err: error }, 'request of a switch failed');
  // The switch keeps what it could not deliver and tries again.
  response.status(503).type('text').send('not stored, try again\n');
}

async function answerXml(served: Served): Promise<void> {
  const { options, request, response, owner, snapshot } = served;
  const started = process.hrtime.bigint();
  const form = parseForm(await readBody(request, options.xmlMaxBodyBytes));
  if (form === 'too_many_fields') {
    response.status(400).type('text').send('too many fields\n');
    return;
  }
  if (!form.has('section')) {
    response.status(400).type('text').send('no section field\n');
    return;
  }
  const text = await options.xml.reply(form, owner, snapshot);
  sendText(response, 'text/xml; charset=utf-8', text);
  options.onTimed('xml', secondsSince(started));
}

async function answerCdr(served: Served): Promise<void> {
  const { options, request, response, owner } = served;
  const started = process.hrtime.bigint();
  const body = await readBody(request, options.cdrMaxBodyBytes);
  if (body.trim() === '') {
    response.status(400).type('text').send('empty body\n');
    return;
  }
  await options.inbox.accept(body, owner.row.id, legHint(request.query['uuid']));
  sendText(response, 'text/plain; charset=utf-8', 'OK\n');
  options.onTimed('cdr', secondsSince(started));
}

/** Node's own way to answer: express's `send` costs as much as deciding the call. */
function sendText(response: Response, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(body);
}

/** The uuid in the address, `a_` in front where the module marks caller legs. */
function legHint(value: unknown): string {
  const text = typeof value === 'string' ? value.replace(/^a_/, '') : '';
  return isUuid(text) ? text : 'unknown';
}

function secondsSince(started: bigint): number {
  return Number(process.hrtime.bigint() - started) / 1e9;
}
