import type { Queryable } from '../../db/client.js';
import { sheetStore } from '../../db/repositories/admin/stores.js';
import type { SheetRow } from '../../db/repositories/admin/stores.js';
import { conflict } from '../../server/admin/refusal.js';

/**
 * The sheet of that name, or else of that id.
 *
 * @throws Refusal `unknown_sheet`.
 */
export async function findSheet(db: Queryable, nameOrId: string): Promise<SheetRow> {
  const named = await sheetStore.findBy(db, { name: nameOrId });
  if (named !== undefined) return named;
  const numbered = /^[1-9]\d{0,14}$/.test(nameOrId)
    ? await sheetStore.find(db, Number(nameOrId))
    : undefined;
  if (numbered !== undefined) return numbered;
  throw conflict(
    'unknown_sheet',
    `There is no rate sheet '${nameOrId}'; 'npm run rates -- list' lists them.`,
  );
}
