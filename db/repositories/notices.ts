import type { Queryable } from '../client.js';
import { notices } from '../schema/index.js';

export type NewNotice = typeof notices.$inferInsert;

/** Writes what is to be told. An occasion that was told, or is about to be, is not told again. */
export async function insertNotices(db: Queryable, rows: readonly NewNotice[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insert(notices)
    .ignore()
    .values([...rows]);
}
