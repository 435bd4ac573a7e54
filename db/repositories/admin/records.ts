import {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  inArray,
  isNull,
  like,
  or,
  sql,
} from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { MySqlColumn, MySqlTable } from 'drizzle-orm/mysql-core';
import type { Queryable } from '../../client.js';

export type FilterValue = string | number | boolean | null;

export interface ListQuery {
  readonly offset: number;
  readonly limit: number;
  readonly sort: { readonly field: string; readonly descending: boolean };
  /** Looked for anywhere in the store's searched columns. */
  readonly search?: string;
  /** Equality per column; null asks for rows without a value. */
  readonly filters: Readonly<Record<string, FilterValue>>;
}

export interface RecordPage<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** What every record an administrator edits has. */
export interface EditableRow {
  readonly id: number;
  readonly version: number;
}

/** The statements every kind of edited record needs, over one table. */
export interface RecordStore<Row extends EditableRow, Insert> {
  list(db: Queryable, query: ListQuery): Promise<RecordPage<Row>>;
  find(db: Queryable, id: number): Promise<Row | undefined>;
  findBy(db: Queryable, filters: ListQuery['filters']): Promise<Row | undefined>;
  /** Reads the row and keeps others from changing it until the transaction ends. */
  lock(tx: Queryable, id: number): Promise<Row | undefined>;
  /** Returns the new row's id. */
  insert(tx: Queryable, values: Insert): Promise<number>;
  /** Writes and counts the version up; the row must be locked. */
  update(tx: Queryable, id: number, values: Partial<Insert>): Promise<void>;
  remove(tx: Queryable, id: number): Promise<void>;
}

type EditableTable = MySqlTable & { readonly id: MySqlColumn; readonly version: MySqlColumn };

/**
 * Statements over one table. Names of columns come from definitions in the code, never from a
 * request; one that the table does not have is a programming error and throws.
 */
export function recordStore<T extends EditableTable>(
  table: T,
  searched: readonly (keyof T['$inferSelect'] & string)[],
): RecordStore<T['$inferSelect'] & EditableRow, T['$inferInsert']> {
  type Row = T['$inferSelect'] & EditableRow;
  const columns = getTableColumns(table);
  const column = (name: string): MySqlColumn => {
    const found = columns[name];
    if (found === undefined) throw new Error(`column ${name}: found none, expected one`);
    return found;
  };
  // drizzle cannot infer the row of a table that is a type parameter; `select` with no list reads
  // exactly the table's columns, which is what $inferSelect says.
  const select = (db: Queryable) => db.select().from(table as MySqlTable);
  const rowsOf = (rows: readonly unknown[]): readonly Row[] => rows as readonly Row[];
  const where = (query: Pick<ListQuery, 'filters' | 'search'>): SQL | undefined =>
    and(
      ...Object.entries(query.filters).map(([name, value]) =>
        value === null ? isNull(column(name)) : eq(column(name), value),
      ),
      query.search === undefined
        ? undefined
        : or(...searched.map((name) => contains(column(name), query.search ?? ''))),
    );
  return {
    async list(db, query) {
      const order = query.sort.descending ? desc : asc;
      const rows = await select(db)
        .where(where(query))
        .orderBy(order(column(query.sort.field)), asc(table.id))
        .limit(query.limit)
        .offset(query.offset);
      const totals = await db
        .select({ total: count() })
        .from(table as MySqlTable)
        .where(where(query));
      return { rows: rowsOf(rows), total: totals[0]?.total ?? 0 };
    },
    async find(db, id) {
      return rowsOf(await select(db).where(eq(table.id, id)))[0];
    },
    async findBy(db, filters) {
      return rowsOf(await select(db).where(where({ filters })).limit(1))[0];
    },
    async lock(tx, id) {
      return rowsOf(await select(tx).where(eq(table.id, id)).for('update'))[0];
    },
    async insert(tx, values) {
      const [result] = await tx.insert(table as MySqlTable).values(values);
      return result.insertId;
    },
    async update(tx, id, values) {
      const stamped = {
        ...values,
        version: sql`${table.version} + 1`,
        updatedAt: sql`utc_timestamp(3)`,
      };
      await tx
        .update(table as MySqlTable)
        .set(stamped)
        .where(eq(table.id, id));
    },
    async remove(tx, id) {
      await tx.delete(table as MySqlTable).where(inArray(table.id, [id]));
    },
  };
}

/**
 * Finds the text anywhere, in either case. ASCII columns are compared as Unicode, because they are
 * sensitive to case and cannot be compared with other scripts at all.
 */
function contains(column: MySqlColumn, text: string): SQL {
  const pattern = `%${escapeLike(text)}%`;
  if (!column.getSQLType().includes('ascii')) return like(column, pattern);
  return sql`convert(${column} using utf8mb4) like ${pattern}`;
}

/** A LIKE pattern that finds the text itself, whatever wildcards it holds. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
