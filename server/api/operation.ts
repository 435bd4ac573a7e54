import { z } from 'zod';
import type { Scope } from '../admin/api-keys.js';
import type { Actor, Change } from '../admin/context.js';
import { doOnce } from '../admin/idempotency.js';
import type { Answer } from '../admin/idempotency.js';
import { parseInput } from '../admin/records.js';
import { Refusal } from '../admin/refusal.js';
import { sha256 } from '../secrets.js';
import type { ApiDeps } from './deps.js';
import type { Download } from './download.js';
import { limitPage, USUAL_MAX_PAGE_SIZE } from './listing.js';
import { HttpProblem } from './problem.js';
import { CSV_TYPES } from './upload.js';
import type { Upload, UploadSpec } from './upload.js';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request as the router has it: authenticated, its body read, nothing checked yet. */
export interface RawRequest {
  readonly deps: ApiDeps;
  readonly actor: Actor;
  readonly method: string;
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Of operations that take one. */
  readonly upload?: Upload;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
}

export interface Reply {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A file instead of a body. */
  readonly download?: Download;
}

/** The same with everything checked and typed, as an operation gets it. */
export interface Context<P, Q, B> {
  readonly deps: ApiDeps;
  readonly actor: Actor;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** The version of `If-Match`, where the client gave one. */
  readonly version: number | undefined;
  /** The body of an operation with `upload`, not read yet. */
  takeUpload(): Upload;
  /** Runs money work once per `Idempotency-Key`; `postingKey` is the ledger's name for it. */
  once(work: (change: Change, postingKey: string) => Promise<Answer>): Promise<Reply>;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

export interface OperationSpec<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> {
  /** camelCase and unique; generated clients name their methods after it. */
  readonly id: string;
  readonly method: Method;
  /** `/accounts/{id}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly scope: Scope;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Largest body in bytes. */
  readonly bodyLimit?: number;
  /** Takes a file instead of JSON; `true` is a price list of any usual type. Never with `body`. */
  readonly upload?: true | UploadSpec;
  /** Content types of the files it answers with, where it does. */
  readonly download?: readonly [string, ...string[]];
  readonly status?: 200 | 201 | 202 | 204;
  /** Absent where there is no body. */
  readonly response?: z.ZodType;
  /** Demands an `Idempotency-Key`. */
  readonly idempotent?: boolean;
  handle(context: Context<z.output<P>, z.output<Q>, z.output<B>>): Promise<Reply> | Reply;
}

/** One operation, the types of its schemas forgotten: what the router and the document work with. */
export interface Operation {
  readonly id: string;
  readonly method: Method;
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string | undefined;
  readonly scope: Scope;
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  readonly body: z.ZodType | undefined;
  readonly bodyLimit: number;
  readonly upload: UploadSpec | undefined;
  readonly download: readonly string[];
  readonly status: 200 | 201 | 202 | 204;
  readonly response: z.ZodType | undefined;
  readonly idempotent: boolean;
  run(raw: RawRequest): Promise<Reply>;
}

const BODY_LIMIT = 256 * 1024;

export function defineOperation<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = Nothing,
>(spec: OperationSpec<P, Q, B>): Operation {
  return {
    id: spec.id,
    method: spec.method,
    path: spec.path,
    tag: spec.tag,
    summary: spec.summary,
    description: spec.description,
    scope: spec.scope,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    bodyLimit: spec.bodyLimit ?? BODY_LIMIT,
    upload: spec.upload === true ? { contentTypes: CSV_TYPES } : spec.upload,
    download: spec.download ?? [],
    status: spec.status ?? ((spec.response ?? spec.download) === undefined ? 204 : 200),
    response: spec.response,
    idempotent: spec.idempotent ?? false,
    async run(raw) {
      const address = { params: spec.params ?? nothing, query: spec.query ?? nothing };
      // Where a schema is absent its type parameter is Nothing, whose schema stands in for it.
      const context: Context<z.output<P>, z.output<Q>, z.output<B>> = {
        deps: raw.deps,
        actor: raw.actor,
        params: parseAddress(address.params, raw.params) as z.output<P>,
        query: limitPage(
          parseAddress(address.query, raw.query) as z.output<Q>,
          raw.deps.maxPageSize ?? USUAL_MAX_PAGE_SIZE,
        ),
        body: (spec.body === undefined ? {} : parseInput(spec.body, raw.body)) as z.output<B>,
        version: versionOf(raw.ifMatch),
        takeUpload: () => uploadOf(raw),
        once: (work) => once(raw, work),
      };
      return spec.handle(context);
    },
  };
}

function uploadOf({ upload, path }: RawRequest): Upload {
  if (upload === undefined) throw new Error(`api: ${path} takes no upload, expected \`upload\``);
  return upload;
}

/** A wrong path or query is a bad request, while a wrong body is content that cannot be processed. */
function parseAddress<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  try {
    return parseInput(schema, value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new HttpProblem(400, 'bad_request', error.detail, error.issues);
  }
}

/** `If-Match: "3"`, as `ETag` was answered; weak tags and lists are not versions. */
function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return undefined;
  const digits = /^"?([1-9]\d{0,9})"?$/.exec(ifMatch.trim())?.[1];
  if (digits === undefined) {
    throw new HttpProblem(400, 'bad_request', 'If-Match must be the version, such as "3".');
  }
  return Number(digits);
}

async function once(
  raw: RawRequest,
  work: (change: Change, postingKey: string) => Promise<Answer>,
): Promise<Reply> {
  const { idempotencyKey: key, actor } = raw;
  if (key === undefined || !/^[\x21-\x7e]{1,128}$/.test(key)) {
    const detail = 'Send an Idempotency-Key header of 1 to 128 printable characters.';
    throw new HttpProblem(400, 'idempotency_key_required', detail, [
      { path: 'Idempotency-Key', message: 'is missing or malformed' },
    ]);
  }
  if (actor.apiKeyId === null) throw new Error('idempotency: found no API key on the actor');
  const requestHash = sha256(`${raw.method} ${raw.path}\n${canonical(raw.body)}`);
  const postingKey = `api:${actor.apiKeyId}:${key}`;
  const result = await doOnce(
    raw.deps,
    actor,
    { apiKeyId: actor.apiKeyId, key, requestHash },
    (change) => work(change, postingKey),
  );
  return {
    status: result.statusCode,
    body: result.body,
    ...(result.replayed ? { headers: { 'Idempotent-Replay': 'true' } } : {}),
  };
}

/** JSON with sorted members, so that their order does not make another request. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** The version a change is based on, from the body or from `If-Match`. */
export function requiredVersion(inBody: number | undefined, inHeader: number | undefined): number {
  const version = inBody ?? inHeader;
  if (version !== undefined) return version;
  throw new HttpProblem(428, 'version_required', 'Send the version you read, or If-Match.', [
    { path: 'version', message: 'is missing' },
  ]);
}
