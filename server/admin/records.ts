import type { z } from 'zod';
import type { Queryable } from '../../db/client.js';
import { violationOf } from '../../db/repositories/admin/errors.js';
import type { Violation } from '../../db/repositories/admin/errors.js';
import type { EditableRow, RecordStore } from '../../db/repositories/admin/records.js';
import { bumpConfigVersions } from '../../db/repositories/config-versions.js';
import type { ConfigArea } from '../../db/repositories/config-versions.js';
import { inTransaction } from '../../db/transaction.js';
import { writeAudit } from './audit.js';
import { camelKeys } from './case.js';
import type { CamelKeys } from './case.js';
import type { Actor, AdminDeps, Change } from './context.js';
import { conflict, invalid, invalidFields, notFound, Refusal } from './refusal.js';
import type { Issue } from './refusal.js';

/** Errors reported of one request; a wrong column in an upload would answer with 5,000 of them. */
export const MAX_ISSUES = 200;
/** Names of unknown members are the client's own text. */
const MAX_PATH = 200;

export type Input<Schema extends z.ZodType> = CamelKeys<z.output<Schema>>;

/**
 * One kind of configuration record: how input becomes a row, which rules hold, what else is written
 * with it. Everything that is the same for all kinds (transaction, version check, audit entry, telling
 * the nodes) is in the functions below.
 */
export interface RecordKind<
  Row extends EditableRow,
  Values,
  Create extends z.ZodObject,
  Update extends z.ZodObject,
> {
  /** One snake_case word for messages and audit entries. */
  readonly entity: string;
  /** Areas whose nodes must reload after a change. */
  readonly areas: readonly ConfigArea[];
  readonly store: RecordStore<Row, Values>;
  /** Fields of a new record; defaults included. */
  readonly create: Create;
  /** Fields that may be changed, all optional. */
  readonly update: Update;
  /** Members of the row that an audit entry must not show. */
  readonly secrets?: readonly (keyof Row & string)[];
  /** Names of unique keys and the fields they speak about. */
  readonly uniqueFields?: Readonly<Record<string, string>>;
  toValues(change: Change, input: Input<Create>): Promise<Values>;
  toChanges(change: Change, row: Row, input: Input<Update>): Promise<Partial<Values>>;
  /** Writes the rows that are part of the record. */
  saveParts?(change: Change, id: number, input: Input<Create> | Input<Update>): Promise<void>;
  /** Reads them, for answers and audit entries. */
  loadParts?(db: Queryable, ids: readonly number[]): Promise<ReadonlyMap<number, object>>;
  /** What still needs the record, in words; null when it may go. Foreign keys come on top. */
  findUser?(change: Change, row: Row): Promise<string | null>;
  /** Removes the parts before the record itself. */
  removeParts?(change: Change, row: Row): Promise<void>;
}

/** Checks input against a schema. @throws Refusal with every field that is wrong. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidFields(issuesOf(result.error));
}

/** One issue for each field: the first rule it breaks explains the others. */
function issuesOf(error: z.ZodError): readonly Issue[] {
  const messages = new Map<string, string>();
  for (const issue of error.issues) {
    for (const path of issuePaths(issue)) {
      if (!messages.has(path)) messages.set(path, issue.message);
    }
  }
  return [...messages].map(([path, message]) => ({ path, message })).slice(0, MAX_ISSUES);
}

function issuePaths(issue: z.core.$ZodIssue): readonly string[] {
  const at = (key?: PropertyKey) =>
    [...issue.path, ...(key === undefined ? [] : [key])].map(String).join('.').slice(0, MAX_PATH);
  return issue.code === 'unrecognized_keys' ? issue.keys.map(at) : [at()];
}

/** Runs a change of configuration: one transaction, and a refusal where the database refuses. */
export async function changeConfig<T>(
  deps: AdminDeps,
  actor: Actor,
  areas: readonly ConfigArea[],
  work: (change: Change) => Promise<T>,
): Promise<T> {
  return inTransaction(deps.database, async (tx) => {
    // First, because the row locks make changes of one area follow each other: a rule that was
    // checked here still holds at the commit.
    await bumpConfigVersions(tx, areas);
    return work({ tx, deps, actor });
  });
}

export async function createRecord<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(
  deps: AdminDeps,
  actor: Actor,
  kind: RecordKind<Row, Values, C, U>,
  input: z.output<C>,
): Promise<Row> {
  const fields = camelKeys(input);
  return explained(kind, () =>
    changeConfig(deps, actor, kind.areas, async (change) => {
      const id = await kind.store.insert(change.tx, await kind.toValues(change, fields));
      await kind.saveParts?.(change, id, fields);
      const row = await readRecord(change.tx, kind, id);
      await auditRecord(change, kind, 'create', { after: row });
      return row;
    }),
  );
}

export async function updateRecord<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(
  deps: AdminDeps,
  actor: Actor,
  kind: RecordKind<Row, Values, C, U>,
  target: { readonly id: number; readonly version: number },
  input: z.output<U>,
): Promise<Row> {
  const fields = camelKeys(input);
  return explained(kind, () =>
    changeConfig(deps, actor, kind.areas, async (change) => {
      await lockAtVersion(change, kind, target);
      const before = await readRecord(change.tx, kind, target.id);
      await kind.store.update(change.tx, target.id, await kind.toChanges(change, before, fields));
      await kind.saveParts?.(change, target.id, fields);
      const after = await readRecord(change.tx, kind, target.id);
      await auditRecord(change, kind, 'update', { before, after });
      return after;
    }),
  );
}

export async function removeRecord<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(
  deps: AdminDeps,
  actor: Actor,
  kind: RecordKind<Row, Values, C, U>,
  target: { readonly id: number; readonly version?: number },
): Promise<void> {
  await explained(kind, () =>
    changeConfig(deps, actor, kind.areas, async (change) => {
      const row = await lockAtVersion(change, kind, target);
      const user = await kind.findUser?.(change, row);
      if (user !== null && user !== undefined) {
        throw conflict('in_use', `This ${kind.entity} cannot be deleted: ${user}.`);
      }
      const before = await readRecord(change.tx, kind, target.id);
      await kind.removeParts?.(change, row);
      await kind.store.remove(change.tx, target.id);
      await auditRecord(change, kind, 'delete', { before });
    }),
  );
}

/** Reads a record with its parts. @throws Refusal `not_found`. */
export async function readRecord<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(db: Queryable, kind: RecordKind<Row, Values, C, U>, id: number): Promise<Row> {
  const row = await kind.store.find(db, id);
  if (row === undefined) throw notFound(kind.entity, id);
  const parts = await kind.loadParts?.(db, [id]);
  return { ...row, ...parts?.get(id) };
}

/** Locks a record and proves that its reader knew its latest state. */
export async function lockAtVersion<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(
  change: Change,
  kind: Pick<RecordKind<Row, Values, C, U>, 'entity' | 'store'>,
  target: { readonly id: number; readonly version?: number },
): Promise<Row> {
  const row = await kind.store.lock(change.tx, target.id);
  if (row === undefined) throw notFound(kind.entity, target.id);
  if (target.version !== undefined && target.version !== row.version) {
    throw new Refusal(
      'version_conflict',
      'version_conflict',
      `version: found ${target.version}, expected ${row.version}. Read the ${kind.entity} again.`,
      [{ path: 'version', message: `is ${row.version} now` }],
    );
  }
  return row;
}

async function auditRecord<
  Row extends EditableRow,
  Values,
  C extends z.ZodObject,
  U extends z.ZodObject,
>(
  change: Change,
  kind: RecordKind<Row, Values, C, U>,
  verb: 'create' | 'update' | 'delete',
  states: { readonly before?: Row; readonly after?: Row },
): Promise<void> {
  await writeAudit(change, {
    action: `${kind.entity}.${verb}`,
    entity: kind.entity,
    entityId: (states.after ?? states.before)?.id ?? 0,
    ...states,
    secrets: kind.secrets ?? [],
  });
}

/** Turns what the database refused into a refusal that names the field. */
async function explained<T>(
  kind: { readonly entity: string; readonly uniqueFields?: Readonly<Record<string, string>> },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const violation = violationOf(error);
    if (violation === null) throw error;
    throw refusalFor(kind, violation);
  }
}

function refusalFor(
  kind: { readonly entity: string; readonly uniqueFields?: Readonly<Record<string, string>> },
  violation: Violation,
): Refusal {
  switch (violation.kind) {
    case 'duplicate': {
      const field = kind.uniqueFields?.[violation.constraint];
      const what = field ?? 'value';
      return conflict(
        'already_exists',
        `There is a ${kind.entity} with this ${what} already.`,
        field,
      );
    }
    case 'in_use':
      return conflict('in_use', `This ${kind.entity} cannot be deleted: something refers to it.`);
    case 'missing_reference':
      return invalid(referenceField(violation.constraint), 'does not exist');
    case 'check':
      return invalid(violation.constraint, 'is against a rule of the database');
  }
}

/** drizzle names foreign keys `table_column_othertable_id_fk`; the column is what a client knows. */
function referenceField(constraint: string): string {
  return /_((?:[a-z]+_)*id)_[a-z_]+_id_fk$/.exec(constraint)?.[1] ?? constraint;
}
