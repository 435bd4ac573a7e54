import { getTableColumns, getTableName, sql } from 'drizzle-orm';
import type { MySqlTable } from 'drizzle-orm/mysql-core';
import type { Queryable } from './client.js';

export interface InsertOptions {
  /** Rows whose key is there already stay as they are. */
  readonly ignore?: boolean;
  /** Columns that rows with a known key get from these, by their names in the code. */
  readonly update?: readonly string[];
}

interface WrittenColumn {
  readonly key: string;
  readonly name: string;
  readonly toDriver: (value: unknown) => unknown;
}

const columnsOfTable = new WeakMap<MySqlTable, readonly WrittenColumn[]>();

/**
 * Inserts rows with one statement, written out in full. What calls write goes this way: drizzle makes
 * an object and a placeholder of every value and the driver then looks for the placeholders, which
 * together cost several times the rest of a settlement. Values are plain ones, no SQL.
 */
export async function insertRows<Table extends MySqlTable>(
  tx: Queryable,
  table: Table,
  rows: readonly Table['$inferInsert'][],
  options: InsertOptions = {},
): Promise<void> {
  if (rows.length === 0) return;
  await tx.execute(sql.raw(insertStatement(table, rows, options)));
}

function insertStatement(
  table: MySqlTable,
  rows: readonly Readonly<Record<string, unknown>>[],
  { ignore = false, update = [] }: InsertOptions,
): string {
  const all = columnsOf(table);
  const columns = all.filter(({ key }) => rows.some((row) => row[key] !== undefined));
  const names = columns.map(({ name }) => `\`${name}\``).join();
  let text = `insert ${ignore ? 'ignore ' : ''}into \`${getTableName(table)}\` (${names}) values `;
  for (const [index, row] of rows.entries()) {
    text += index === 0 ? '(' : ',(';
    for (const [place, { key, toDriver }] of columns.entries()) {
      if (place > 0) text += ',';
      const value = row[key];
      text += value === undefined ? 'default' : literal(value === null ? null : toDriver(value));
    }
    text += ')';
  }
  const updated = all.filter(({ key }) => update.includes(key));
  if (updated.length === 0) return text;
  const changes = updated.map(({ name }) => `\`${name}\`=values(\`${name}\`)`);
  return `${text} on duplicate key update ${changes.join()}`;
}

function columnsOf(table: MySqlTable): readonly WrittenColumn[] {
  const known = columnsOfTable.get(table);
  if (known !== undefined) return known;
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => ({
    key,
    name: column.name,
    toDriver: (value: unknown) => column.mapToDriverValue(value),
  }));
  columnsOfTable.set(table, columns);
  return columns;
}

/** @throws TypeError for what is no plain value: it would be written as something else. */
function literal(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`insert: found ${String(value)}`);
      return String(value);
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? '1' : '0';
    default:
      if (value === null) return 'null';
      throw new TypeError(`insert: found ${typeof value}, expected a plain value`);
  }
}

/**
 * A string literal. Sessions are utf8mb4 and their sql_mode is ours and knows backslashes (`client.ts`),
 * so these two characters are all that mean something in one.
 */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
