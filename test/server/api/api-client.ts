import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import { after, before } from 'mocha';
import { scriptActor } from '../../../server/admin/context.js';
import type { AdminDeps } from '../../../server/admin/context.js';
import { createApiKey } from '../../../server/admin/api-keys.js';
import type { SwitchStatus } from '../../../server/api/deps.js';
import { apiRouter } from '../../../server/api/router.js';
import { systemClock } from '../../../server/clock.js';
import { createSecrets } from '../../../server/secrets.js';
import { openTempDatabase } from '../../support/temp-database.js';
import type { TempDatabase } from '../../support/temp-database.js';

export type Json = Record<string, unknown>;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, for bodies that are no JSON. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null sends no credentials. */
  readonly key?: string | null;
}

export const SECRET_KEY = '0f'.repeat(32);

export interface ApiTestServer {
  readonly baseUrl: string;
  readonly adminKey: string;
  readonly deps: AdminDeps;
  readonly temp: TempDatabase;
  /** Lines the API wrote as errors. */
  readonly errors: object[];
  /** What the node is made to know of its switches. */
  readonly switches: Map<number, SwitchStatus>;
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
  get(path: string): Promise<ApiAnswer>;
  /** Posts and expects 201. */
  create(path: string, body: Json): Promise<Json>;
  keyWith(...scopes: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** The API over real HTTP on a schema of its own, for the surrounding `describe`. */
export function withApi(): () => ApiTestServer {
  let current: ApiTestServer | undefined;
  before(async function () {
    this.timeout(60_000);
    current = await startApi();
  });
  after(async function () {
    this.timeout(30_000);
    await current?.close();
    current = undefined;
  });
  return () => {
    if (current === undefined) throw new Error('the API runs inside tests only');
    return current;
  };
}

async function startApi(): Promise<ApiTestServer> {
  const temp = await openTempDatabase({ poolSize: 12 });
  const errors: object[] = [];
  const switches = new Map<number, SwitchStatus>();
  const deps: AdminDeps = {
    database: temp.database,
    clock: systemClock,
    secrets: createSecrets(SECRET_KEY),
  };
  const app = express();
  const log = { info: () => undefined, error: (fields: object) => void errors.push(fields) };
  const liveState = { nodeId: 'node-1', switchStatus: (id: number) => switches.get(id) };
  app.use('/api/v1', apiRouter({ ...deps, log, liveState }));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}/api/v1`;
  const makeKey = async (scopes: readonly string[]): Promise<string> => {
    const input = { name: `test ${scopes.join(' ')}`, scopes: [...scopes] };
    return (await createApiKey(deps, scriptActor('test'), input as never)).key;
  };
  const adminKey = await makeKey(['*']);
  const call = async (method: string, path: string, options: CallOptions = {}) =>
    send(`${baseUrl}${path}`, method, options, adminKey);
  return {
    baseUrl,
    adminKey,
    deps,
    temp,
    errors,
    switches,
    call,
    get: (path) => call('GET', path),
    async create(path, body) {
      const answer = await call('POST', path, { body });
      expect(answer.status, answer.text).to.equal(201);
      return answer.body;
    },
    keyWith: (...scopes) => makeKey(scopes),
    async close() {
      await stop(server);
      await temp.close();
    },
  };
}

async function send(
  url: string,
  method: string,
  options: CallOptions,
  adminKey: string,
): Promise<ApiAnswer> {
  const key = options.key === undefined ? adminKey : options.key;
  const body = options.raw ?? (options.body === undefined ? null : JSON.stringify(options.body));
  const response = await fetch(url, {
    method,
    headers: {
      ...(key === null ? {} : { Authorization: `Bearer ${key}` }),
      ...(body === null ? {} : { 'Content-Type': 'application/json' }),
      ...options.headers,
    },
    ...(body === null ? {} : { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
  const parsed: unknown = isJson ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, body: parsed as Json, text };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/** The paths a problem names. */
export function errorPaths(answer: ApiAnswer): readonly string[] {
  const errors = answer.body['errors'] as readonly { readonly path: string }[];
  return errors.map((error) => error.path);
}

export function itemsOf(answer: ApiAnswer): readonly Json[] {
  return answer.body['items'] as readonly Json[];
}
