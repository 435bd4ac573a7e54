import { OpenAPIRegistry, OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import type { ResponseConfig, RouteConfig, ZodContentObject } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import type { Operation } from './operation.js';
import { problemSchema, STATUS_TITLES } from './problem.js';
import { operations } from './resources/operations.js';

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31['generateDocument']>;

let made: OpenApiDocument | undefined;

/** The document, made once from the list of operations that the router serves. */
export function openApiDocument(): OpenApiDocument {
  made ??= generate();
  return made;
}

const DESCRIPTION = [
  'Configuration, calls and money of a Ringledger installation.',
  'Send `Authorization: Bearer KEY`. Amounts are exact decimals as text, never numbers.',
  'Changes name the `version` they are based on. Money writes need an `Idempotency-Key`:',
  'repeating one repeats the answer and posts nothing. Every error is a problem (RFC 9457).',
].join('\n');

function generate(): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key with the scope the operation names.',
  });
  for (const operation of operations) registry.registerPath(routeOf(operation));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Ringledger API', version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: '/api/v1' }],
    tags: [...new Set(operations.map((operation) => operation.tag))].map((name) => ({ name })),
  });
}

function routeOf(operation: Operation): RouteConfig {
  const headers = requestHeaders(operation);
  return {
    method: operation.method,
    path: operation.path,
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: [operation.description, `Scope: \`${operation.scope}\`.`]
      .filter(Boolean)
      .join(' '),
    security: [{ bearer: [] }],
    request: {
      ...(operation.params === undefined ? {} : { params: operation.params }),
      ...(operation.query === undefined ? {} : { query: operation.query }),
      ...(headers === undefined ? {} : { headers }),
      ...bodyOf(operation),
    },
    responses: responsesOf(operation),
  };
}

function bodyOf({ body, upload }: Operation): Pick<NonNullable<RouteConfig['request']>, 'body'> {
  if (upload !== undefined) {
    const { description, contentTypes } = upload;
    const content = fileContent(contentTypes);
    return { body: { required: true, content, ...(description && { description }) } };
  }
  if (body === undefined) return {};
  return { body: { required: true, content: { 'application/json': { schema: body } } } };
}

/** A file of any of some content types, which readers of the document take as bytes. */
function fileContent(contentTypes: readonly string[]): ZodContentObject {
  return Object.fromEntries(
    contentTypes.map((type) => [type, { schema: { type: 'string', format: 'binary' } }]),
  );
}

function requestHeaders(operation: Operation): z.ZodObject | undefined {
  if (operation.idempotent) {
    return z.object({
      'Idempotency-Key': z
        .string()
        .min(1)
        .max(128)
        .meta({ description: 'Names this write; the same key never posts twice.' }),
    });
  }
  if (operation.method === 'get') return undefined;
  if (operation.params === undefined) return undefined;
  return z.object({
    'If-Match': z
      .string()
      .optional()
      .meta({ description: 'The version the change is based on, as in ETag.' }),
  });
}

function responsesOf(operation: Operation): Record<number, ResponseConfig> {
  const responses: Record<number, ResponseConfig> = {
    [operation.status]: successOf(operation),
  };
  for (const status of problemStatuses(operation)) {
    responses[status] = {
      description: STATUS_TITLES[status] ?? 'Error',
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return responses;
}

const SUCCESSES: Readonly<Record<number, string>> = {
  201: 'Created',
  202: 'Accepted; it is worked on in the background.',
};

function successOf(operation: Operation): ResponseConfig {
  const { response, download, status } = operation;
  if (response === undefined && download.length === 0) {
    return { description: 'Done; there is no body.' };
  }
  return {
    description: SUCCESSES[status] ?? 'Success',
    ...(operation.idempotent ? { headers: replayHeader } : {}),
    content: {
      ...(response === undefined ? {} : { 'application/json': { schema: response } }),
      ...fileContent(download),
    },
  };
}

const replayHeader = z.object({
  'Idempotent-Replay': z
    .literal('true')
    .optional()
    .meta({ description: 'The answer of an earlier request with this key.' }),
});

/** What an operation can refuse with, from what it takes. */
function problemStatuses(operation: Operation): readonly number[] {
  const takesAddress = operation.params !== undefined || operation.query !== undefined;
  const writes = operation.method !== 'get';
  return [
    ...(takesAddress || operation.body !== undefined || operation.upload !== undefined
      ? [400]
      : []),
    401,
    403,
    ...(operation.params === undefined ? [] : [404]),
    ...(writes ? [409] : []),
    ...(operation.body === undefined && operation.upload === undefined ? [] : [413, 415, 422]),
    ...(operation.upload === undefined ? [] : [408, 411]),
    ...(/^(patch|put)$/.test(operation.method) || /Release$/.test(operation.id)
      ? versionStatus(operation)
      : []),
    500,
    503,
  ];
}

function versionStatus(operation: Operation): readonly number[] {
  return operation.body !== undefined && operation.params !== undefined ? [428] : [];
}
