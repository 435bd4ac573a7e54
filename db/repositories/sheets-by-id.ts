import { inArray } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { rateSheets } from '../schema/index.js';
import type { SheetRow } from './snapshot.js';

/** The named rate sheets, in no particular order; ids that do not exist are left out. */
export async function loadSheetsById(
  db: Queryable,
  ids: readonly number[],
): Promise<readonly SheetRow[]> {
  if (ids.length === 0) return [];
  return db
    .select()
    .from(rateSheets)
    .where(inArray(rateSheets.id, [...ids]));
}
