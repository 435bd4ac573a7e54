import { and, asc, eq, inArray, like, max, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import {
  accounts,
  carriers,
  extensions,
  rateImportErrors,
  rateImports,
  rateReleases,
  rateRows,
  releasePreviews,
} from '../../schema/index.js';
import { escapeLike } from './records.js';

export type RateRowRecord = typeof rateRows.$inferSelect;
export type NewRateRow = Omit<typeof rateRows.$inferInsert, 'id'>;

/** Rows per INSERT: large enough to be quick, small enough for the default packet limit. */
const INSERT_CHUNK = 1000;

export interface RateRowQuery {
  readonly releaseId: number;
  readonly offset: number;
  readonly limit: number;
  /** Rows whose prefix begins with these digits. */
  readonly prefix?: string;
  /** Rows that could price this number, whatever the length of their prefix. */
  readonly number?: string;
  /** Text anywhere in the destination. */
  readonly search?: string;
}

export async function listRateRows(
  db: Queryable,
  query: RateRowQuery,
): Promise<{ readonly rows: readonly RateRowRecord[]; readonly total: number }> {
  const where = rowFilter(query);
  const rows = await db
    .select()
    .from(rateRows)
    .where(where)
    .orderBy(asc(rateRows.prefix), asc(rateRows.priority))
    .limit(query.limit)
    .offset(query.offset);
  const totals = await db
    .select({ total: sql<number>`count(*)` })
    .from(rateRows)
    .where(where);
  return { rows, total: Number(totals[0]?.total ?? 0) };
}

function rowFilter(query: RateRowQuery): SQL | undefined {
  return and(
    eq(rateRows.releaseId, query.releaseId),
    query.prefix === undefined ? undefined : like(rateRows.prefix, `${escapeLike(query.prefix)}%`),
    query.number === undefined ? undefined : inArray(rateRows.prefix, prefixesOf(query.number)),
    query.search === undefined
      ? undefined
      : like(rateRows.destination, `%${escapeLike(query.search)}%`),
  );
}

function prefixesOf(number: string): string[] {
  return Array.from({ length: number.length + 1 }, (_, length) => number.slice(0, length));
}

/** Of these prefixes, the rows the release has already, as `prefix/priority/window key`. */
export async function findTakenRows(
  tx: Queryable,
  releaseId: number,
  prefixes: readonly string[],
): Promise<ReadonlySet<string>> {
  if (prefixes.length === 0) return new Set();
  const rows = await tx
    .select({
      prefix: rateRows.prefix,
      priority: rateRows.priority,
      windowKey: rateRows.windowKey,
    })
    .from(rateRows)
    .where(and(eq(rateRows.releaseId, releaseId), inArray(rateRows.prefix, [...prefixes])));
  return new Set(rows.map((row) => `${row.prefix}/${row.priority}/${row.windowKey}`));
}

export async function insertRateRows(tx: Queryable, rows: readonly NewRateRow[]): Promise<void> {
  for (let start = 0; start < rows.length; start += INSERT_CHUNK) {
    await tx.insert(rateRows).values(rows.slice(start, start + INSERT_CHUNK));
  }
}

/** Removes one row of a release, or all of them; returns how many went. */
export async function deleteRateRows(
  tx: Queryable,
  releaseId: number,
  rowId?: number,
): Promise<number> {
  const [result] = await tx
    .delete(rateRows)
    .where(
      and(
        eq(rateRows.releaseId, releaseId),
        rowId === undefined ? undefined : eq(rateRows.id, rowId),
      ),
    );
  return result.affectedRows;
}

export async function addToRowCount(
  tx: Queryable,
  releaseId: number,
  change: number,
): Promise<void> {
  await tx
    .update(rateReleases)
    // The version stays, so that rows can be added by several at once; the clock tells a preview
    // that it is out of date.
    .set({
      rowCount: sql`${rateReleases.rowCount} + ${change}`,
      updatedAt: sql`utc_timestamp(3)`,
    })
    .where(eq(rateReleases.id, releaseId));
}

/** The number the sheet's next release gets. The sheet must be locked. */
export async function nextReleaseNumber(tx: Queryable, sheetId: number): Promise<number> {
  const rows = await tx
    .select({ last: max(rateReleases.number) })
    .from(rateReleases)
    .where(eq(rateReleases.sheetId, sheetId));
  return (rows[0]?.last ?? 0) + 1;
}

/**
 * Removes what only a sheet without active releases has: drafts and discarded releases with their
 * rows and previews, and the imports they came from.
 */
export async function deleteUnusedReleases(tx: Queryable, sheetId: number): Promise<void> {
  const imports = tx
    .select({ id: rateImports.id })
    .from(rateImports)
    .where(eq(rateImports.sheetId, sheetId));
  await tx.delete(rateImportErrors).where(inArray(rateImportErrors.importId, imports));
  await tx.delete(rateImports).where(eq(rateImports.sheetId, sheetId));
  const releases = await tx
    .select({ id: rateReleases.id })
    .from(rateReleases)
    .where(eq(rateReleases.sheetId, sheetId));
  const ids = releases.map((release) => release.id);
  if (ids.length === 0) return;
  await tx.delete(releasePreviews).where(inArray(releasePreviews.releaseId, ids));
  await tx.delete(rateRows).where(inArray(rateRows.releaseId, ids));
  await tx.delete(rateReleases).where(inArray(rateReleases.id, ids));
}

/** Who is priced by a sheet, in words for a refusal; null when nobody is. */
export async function userOfSheet(tx: Queryable, sheetId: number): Promise<string | null> {
  const account = await tx
    .select({ code: accounts.code })
    .from(accounts)
    .where(eq(accounts.rateSheetId, sheetId))
    .limit(1);
  if (account[0] !== undefined) return `account ${account[0].code}`;
  const carrier = await tx
    .select({ code: carriers.code })
    .from(carriers)
    .where(eq(carriers.rateSheetId, sheetId))
    .limit(1);
  if (carrier[0] !== undefined) return `carrier ${carrier[0].code}`;
  const extension = await tx
    .select({ number: extensions.number })
    .from(extensions)
    .where(eq(extensions.rateSheetId, sheetId))
    .limit(1);
  return extension[0] === undefined ? null : `extension ${extension[0].number}`;
}

/** The numbers of a sheet's releases by their id. */
export async function releaseNumbers(
  db: Queryable,
  sheetId: number,
): Promise<ReadonlyMap<number, number>> {
  const rows = await db
    .select({ id: rateReleases.id, number: rateReleases.number })
    .from(rateReleases)
    .where(eq(rateReleases.sheetId, sheetId));
  return new Map(rows.map((row) => [row.id, row.number]));
}
