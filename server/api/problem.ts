import type { Response } from 'express';
import { z } from 'zod';
import { isRetryable, isUnavailable } from '../../db/transaction.js';
import { Refusal } from '../admin/refusal.js';
import type { Issue, RefusalKind } from '../admin/refusal.js';

/** The body of every answer that is not a success (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Where the problem is described.' }),
    title: z.string().meta({ description: 'The status in words.' }),
    status: z.int(),
    detail: z.string().meta({ description: 'What is wrong this time, for people.' }),
    code: z.string().meta({ description: 'Stable snake_case word, for programs.' }),
    request_id: z.string(),
    errors: z.array(
      z.object({
        path: z.string().meta({ description: 'The field, such as `rows.17.prefix`.' }),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: 'Problem' });

/** Something about the HTTP request itself that no service ever sees. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly issues: readonly Issue[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'HttpProblem';
  }
}

export const STATUS_TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  411: 'Length Required',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const REFUSAL_STATUS: Readonly<Record<RefusalKind, number>> = {
  invalid: 422,
  not_found: 404,
  conflict: 409,
  version_conflict: 409,
  idempotency_mismatch: 422,
  forbidden: 403,
};

/** What express's body parser calls its errors, and what we call them. */
const BODY_PROBLEMS: Readonly<Record<string, HttpProblem>> = {
  'entity.too.large': new HttpProblem(413, 'body_too_large', 'The body is larger than allowed.'),
  'entity.parse.failed': new HttpProblem(400, 'malformed_json', 'The body is not valid JSON.'),
  'encoding.unsupported': new HttpProblem(415, 'unsupported_encoding', 'Unknown encoding.'),
  'charset.unsupported': new HttpProblem(415, 'unsupported_charset', 'Send JSON in UTF-8.'),
  'request.aborted': new HttpProblem(400, 'request_aborted', 'The body ended too early.'),
  'request.size.invalid': new HttpProblem(400, 'wrong_length', 'Content-Length is not true.'),
};

/** The one place where an error becomes a status. What nobody foresaw is a 500 without details. */
export function toHttpProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof Refusal) {
    return new HttpProblem(REFUSAL_STATUS[error.kind], error.code, error.detail, error.issues);
  }
  if (isUnavailable(error)) {
    return new HttpProblem(503, 'database_unavailable', 'The database is away.', [], retryAfter(5));
  }
  if (isRetryable(error)) {
    return new HttpProblem(503, 'busy', 'Others are changing the same data.', [], retryAfter(1));
  }
  return bodyProblem(error) ?? new HttpProblem(500, 'internal_error', 'Something went wrong here.');
}

function bodyProblem(error: unknown): HttpProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const type: unknown = Reflect.get(error, 'type');
  if (typeof type === 'string' && type in BODY_PROBLEMS) return BODY_PROBLEMS[type];
  // zlib's complaint about a body that is not what Content-Encoding says, or a path such as /%ff.
  const status: unknown = Reflect.get(error, 'status');
  if (status === 400) return new HttpProblem(400, 'bad_request', 'The request cannot be read.');
  return undefined;
}

function retryAfter(seconds: number): Record<string, string> {
  return { 'Retry-After': String(seconds) };
}

export function sendProblem(res: Response, problem: HttpProblem, requestId: string): void {
  res.status(problem.status).set(problem.headers).type('application/problem+json');
  const body: z.output<typeof problemSchema> = {
    type: `/api/v1/docs#${problem.code}`,
    title: STATUS_TITLES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
    code: problem.code,
    request_id: requestId,
    errors: problem.issues.map(({ path, message }) => ({ path, message })),
  };
  res.send(JSON.stringify(body));
}
