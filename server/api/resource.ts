import { z } from 'zod';
import type { EditableRow } from '../../db/repositories/admin/records.js';
import { toCamel } from '../admin/case.js';
import type { Scope } from '../admin/api-keys.js';
import type { Actor } from '../admin/context.js';
import { createRecord, readRecord, removeRecord, updateRecord } from '../admin/records.js';
import type { RecordKind } from '../admin/records.js';
import type { ApiDeps } from './deps.js';
import { idParams, pageFields, pageOf, queryText } from './listing.js';
import { defineOperation, requiredVersion } from './operation.js';
import type { Operation } from './operation.js';
import { present } from './present.js';

/** What every editable record shows besides its own fields. */
export const editableFields = {
  id: z.int(),
  version: z.int().meta({ description: 'Counts changes; send it back with the next one.' }),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
};

export interface ResourceSpec<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
> {
  readonly kind: RecordKind<Row, Values, C, U>;
  /** `/accounts` */
  readonly path: string;
  readonly tag: string;
  /** `Account`: the schema's name, and with `list`, `create` and so on the operations'. */
  readonly name: string;
  readonly plural: string;
  readonly read: Scope;
  readonly write: Scope;
  readonly output: z.ZodObject;
  /** Columns a list may be sorted by; the first one is the default. */
  readonly sortable: readonly [string, ...string[]];
  /** Query fields that filter by equality, named like the columns. */
  readonly filters: Readonly<Record<string, z.ZodType>>;
  /** False where records are never deleted, only ended. */
  readonly deletable?: boolean;
  /** Where creating shows more than the record: secrets that are shown once. */
  readonly creation?: {
    readonly output: z.ZodObject;
    run(deps: ApiDeps, actor: Actor, input: z.output<C>): Promise<Row>;
  };
  /** Values that are shown but not stored as such. */
  derive?(row: Row): object;
}

/** The operations of one kind of record: list, create, read, update, delete. */
export function resourceOperations<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): readonly Operation[] {
  return [
    listOperation(spec),
    createOperation(spec),
    readOperation(spec),
    updateOperation(spec),
    ...(spec.deletable === false ? [] : [deleteOperation(spec)]),
  ];
}

function show<Row extends EditableRow>(
  spec: { readonly output: z.ZodObject; derive?(row: Row): object },
  row: Row,
  output = spec.output,
): Record<string, unknown> {
  return present(output, { ...row, ...spec.derive?.(row) });
}

function listOperation<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): Operation {
  const filterNames = Object.keys(spec.filters);
  return defineOperation({
    id: `list${spec.plural}`,
    method: 'get',
    path: spec.path,
    tag: spec.tag,
    summary: `List ${words(spec.plural)}`,
    scope: spec.read,
    query: z.strictObject({
      ...pageFields,
      sort: z
        .enum(spec.sortable.flatMap((field) => [field, `-${field}`]))
        .default(spec.sortable[0])
        .meta({ description: 'A field, with a dash in front for the other way round.' }),
      q: queryText(100).optional().meta({ description: 'Text to look for.' }),
      ...optionalFields(spec.filters),
    }),
    response: pageOf(spec.output),
    async handle({ deps, query }) {
      const { page, page_size: pageSize, sort, q } = query;
      const given = new Map(Object.entries(query));
      const { rows, total } = await spec.kind.store.list(deps.database.orm, {
        offset: (page - 1) * pageSize,
        limit: pageSize,
        sort: { field: toCamel(sort.replace(/^-/, '')), descending: sort.startsWith('-') },
        ...(q === undefined ? {} : { search: q }),
        filters: filterValues(filterNames, given),
      });
      const ids = rows.map((row) => row.id);
      const parts = await spec.kind.loadParts?.(deps.database.orm, ids);
      const items = rows.map((row) => show(spec, { ...row, ...parts?.get(row.id) }));
      return { body: { items, page, page_size: pageSize, total } };
    },
  });
}

function filterValues(
  names: readonly string[],
  given: ReadonlyMap<string, unknown>,
): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const name of names) {
    const value = given.get(name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      values[toCamel(name)] = value;
    }
  }
  return values;
}

function optionalFields(
  fields: Readonly<Record<string, z.ZodType>>,
): Record<string, z.ZodOptional<z.ZodType>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, schema]) => [name, schema.optional()]),
  );
}

function createOperation<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): Operation {
  const output = spec.creation?.output ?? spec.output;
  return defineOperation({
    id: `create${spec.name}`,
    method: 'post',
    path: spec.path,
    tag: spec.tag,
    summary: `Create ${article(words(spec.name))}`,
    scope: spec.write,
    body: spec.kind.create,
    status: 201,
    response: output,
    async handle({ deps, actor, body }) {
      const row = await (spec.creation === undefined
        ? createRecord(deps, actor, spec.kind, body)
        : spec.creation.run(deps, actor, body));
      const headers = { ...tag(row), Location: `/api/v1${spec.path}/${row.id}` };
      return { status: 201, body: show(spec, row, output), headers };
    },
  });
}

function readOperation<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): Operation {
  return defineOperation({
    id: `get${spec.name}`,
    method: 'get',
    path: `${spec.path}/{id}`,
    tag: spec.tag,
    summary: `Read ${article(words(spec.name))}`,
    scope: spec.read,
    params: idParams,
    response: spec.output,
    async handle({ deps, params }) {
      const row = await readRecord(deps.database.orm, spec.kind, params.id);
      return { body: show(spec, row), headers: tag(row) };
    },
  });
}

function updateOperation<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): Operation {
  return defineOperation({
    id: `update${spec.name}`,
    method: 'patch',
    path: `${spec.path}/{id}`,
    tag: spec.tag,
    summary: `Change ${article(words(spec.name))}`,
    description: 'Members left out stay as they are. `version` (or If-Match) is required.',
    scope: spec.write,
    params: idParams,
    body: withVersion(spec.kind.update),
    response: spec.output,
    async handle({ deps, actor, params, body, version: inHeader }) {
      const { version: inBody, ...fields } = body;
      const version = requiredVersion(typeof inBody === 'number' ? inBody : undefined, inHeader);
      // Without `version` the body is what the kind's own schema describes.
      const input = fields as z.output<U>;
      const target = { id: params.id, version };
      const row = await updateRecord(deps, actor, spec.kind, target, input);
      return { body: show(spec, row), headers: tag(row) };
    },
  });
}

function deleteOperation<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(spec: ResourceSpec<Row, Values, C, U>): Operation {
  return defineOperation({
    id: `delete${spec.name}`,
    method: 'delete',
    path: `${spec.path}/{id}`,
    tag: spec.tag,
    summary: `Delete ${article(words(spec.name))} that nothing refers to`,
    scope: spec.write,
    params: idParams,
    async handle({ deps, actor, params, version }) {
      await removeRecord(deps, actor, spec.kind, {
        id: params.id,
        ...(version === undefined ? {} : { version }),
      });
      return { status: 204 };
    },
  });
}

/** The update's schema and the version it is based on. */
function withVersion(update: z.ZodObject): z.ZodObject {
  return update.extend({
    version: z
      .int()
      .min(1)
      .optional()
      .meta({ description: 'The version the change is based on; or send If-Match.' }),
  });
}

function tag(row: EditableRow): Record<string, string> {
  return { ETag: `"${row.version}"` };
}

/** `LcrPlans` becomes `lcr plans`. */
function words(name: string): string {
  return name.replace(/(?<=[a-z])([A-Z])/g, ' $1').toLowerCase();
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}
