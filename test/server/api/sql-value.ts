import { sql } from 'drizzle-orm';
import type { Database } from '../../../db/client.js';

/** Looks past the API at what a column really holds. */
export async function findSqlValue(
  database: Database,
  table: string,
  column: string,
  id: number,
): Promise<unknown> {
  const [rows] = await database.orm.execute(
    sql`select ${sql.identifier(column)} as value from ${sql.identifier(table)} where id = ${id}`,
  );
  return (rows as unknown as { value: unknown }[])[0]?.value;
}

export async function countRows(database: Database, table: string): Promise<number> {
  const [rows] = await database.orm.execute(
    sql`select count(*) as total from ${sql.identifier(table)}`,
  );
  return Number((rows as unknown as { total: unknown }[])[0]?.total);
}
