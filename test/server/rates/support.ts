import { sql } from 'drizzle-orm';
import { toDbRateRow } from '../../../db/mapping/rate-rows.js';
import type { NewDbRateRow } from '../../../db/mapping/rate-rows.js';
import { insertRateRows } from '../../../db/repositories/admin/rates.js';
import { releaseStore, sheetStore } from '../../../db/repositories/admin/stores.js';
import type { ReleaseValues } from '../../../db/repositories/admin/stores.js';
import type { Queryable } from '../../../db/client.js';
import type { RateRow } from '../../../rating/deck/types.js';

let sheets = 0;

export async function makeSheet(db: Queryable, over: { currency?: string } = {}): Promise<number> {
  sheets += 1;
  return sheetStore.insert(db, {
    name: `sheet ${sheets}`,
    currency: over.currency ?? 'EUR',
    timeZone: 'UTC',
  });
}

/** A draft with these rows; of a row only the prefix has to be said. */
export async function makeDraft(
  db: Queryable,
  sheetId: number,
  rows: readonly (Partial<RateRow> & { readonly prefix: string })[],
  over: Partial<ReleaseValues> = {},
): Promise<number> {
  const { rows: known } = await releaseStore.list(db, {
    offset: 0,
    limit: 1,
    sort: { field: 'number', descending: true },
    filters: { sheetId },
  });
  const id = await releaseStore.insert(db, {
    sheetId,
    number: (known[0]?.number ?? 0) + 1,
    effectiveFrom: new Date(Date.UTC(2020, 0, 1)),
    rowCount: rows.length,
    ...over,
  });
  await insertRateRows(
    db,
    rows.map((row) => storedRow(id, row)),
  );
  return id;
}

export function storedRow(
  releaseId: number,
  row: Partial<RateRow> & { readonly prefix: string },
): NewDbRateRow {
  return toDbRateRow({
    releaseId,
    destination: `to ${row.prefix}`,
    ratePerMinute: '0.01',
    connectFee: '0',
    initialIncrementS: 1,
    incrementS: 1,
    minDurationS: 0,
    blocked: false,
    priority: 0,
    effectiveFrom: null,
    effectiveTo: null,
    ...row,
  });
}

/**
 * Fills a draft with `10 ** digits` rows made by the server itself, prefixes from `first` on, 0.01 a
 * minute or what the expression over `place` (from 0) says.
 */
export async function fillDraft(
  db: Queryable,
  releaseId: number,
  digits: number,
  rate = "'0.01'",
): Promise<void> {
  const digit =
    '(select 0 d union all select 1 union all select 2 union all select 3 union all ' +
    'select 4 union all select 5 union all select 6 union all select 7 union all select 8 union all ' +
    'select 9)';
  const places = Array.from({ length: digits }, (_, at) => `d${at}`);
  const place = places.map((name, at) => `${name}.d * ${10 ** at}`).join(' + ');
  const tables = places.map((name) => `${digit} ${name}`).join(' cross join ');
  await db.execute(
    sql.raw(
      'insert into rate_rows (release_id, prefix, destination, rate_per_minute) ' +
        `select ${releaseId}, 3000000 + place, concat('to ', place), ${rate} ` +
        `from (select ${place} place from ${tables}) p order by place`,
    ),
  );
}
