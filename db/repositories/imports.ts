import { and, asc, count, desc, eq, gt, isNull, lt, or } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import {
  rateImportErrors,
  rateImports,
  rateReleases,
  rateRows,
  rateSheets,
} from '../schema/index.js';

export type ImportRow = typeof rateImports.$inferSelect;
export type NewImportRow = typeof rateImports.$inferInsert;
export type ImportErrorRow = typeof rateImportErrors.$inferSelect;
export type NewImportErrorRow = typeof rateImportErrors.$inferInsert;
export type ImportStatus = ImportRow['status'];

/** Who is at work on an import, and until when that is believed. */
export interface ImportLease {
  readonly importId: string;
  readonly owner: string;
  readonly leaseUntil: Date;
}

export interface ImportProgress {
  readonly bytesRead: number;
  readonly rowsRead: number;
  readonly rowsAccepted: number;
  readonly rowsRejected: number;
}

export async function insertImport(tx: Queryable, row: NewImportRow): Promise<void> {
  await tx.insert(rateImports).values(row);
}

export async function findImport(db: Queryable, id: string): Promise<ImportRow | undefined> {
  return (await db.select().from(rateImports).where(eq(rateImports.id, id)))[0];
}

/** The import of the same file with the same options that is under way or done. */
export async function findImportByKey(
  db: Queryable,
  dedupeKey: string,
): Promise<ImportRow | undefined> {
  return (await db.select().from(rateImports).where(eq(rateImports.dedupeKey, dedupeKey)))[0];
}

/** Reads an import and keeps others from changing it until the transaction ends. */
export async function lockImport(tx: Queryable, id: string): Promise<ImportRow | undefined> {
  return (await tx.select().from(rateImports).where(eq(rateImports.id, id)).for('update'))[0];
}

export interface ImportQuery {
  readonly offset: number;
  readonly limit: number;
  readonly sheetId?: number;
  readonly status?: ImportStatus;
}

/** Newest first. */
export async function listImports(
  db: Queryable,
  query: ImportQuery,
): Promise<{ readonly rows: readonly ImportRow[]; readonly total: number }> {
  const where = and(
    query.sheetId === undefined ? undefined : eq(rateImports.sheetId, query.sheetId),
    query.status === undefined ? undefined : eq(rateImports.status, query.status),
  );
  const rows = await db
    .select()
    .from(rateImports)
    .where(where)
    .orderBy(desc(rateImports.createdAt), desc(rateImports.id))
    .limit(query.limit)
    .offset(query.offset);
  const totals = await db.select({ total: count() }).from(rateImports).where(where);
  return { rows, total: totals[0]?.total ?? 0 };
}

/** Imports that wait, oldest first, and those whose worker has not been heard of in time. */
export async function findClaimableImports(
  db: Queryable,
  now: Date,
  limit: number,
): Promise<readonly ImportRow[]> {
  const isOverdue = or(isNull(rateImports.leaseUntil), lt(rateImports.leaseUntil, now));
  return db
    .select()
    .from(rateImports)
    .where(or(eq(rateImports.status, 'queued'), and(eq(rateImports.status, 'running'), isOverdue)))
    .orderBy(asc(rateImports.createdAt), asc(rateImports.id))
    .limit(limit);
}

/** Imports that somebody is at work on. */
export async function findRunningImports(db: Queryable): Promise<readonly ImportRow[]> {
  return db.select().from(rateImports).where(eq(rateImports.status, 'running')).limit(1000);
}

/**
 * Takes an import over from the state it was read in; false when another was quicker. Its counts
 * begin anew.
 */
export async function claimImport(
  tx: Queryable,
  seen: Pick<ImportRow, 'id' | 'status' | 'owner' | 'leaseUntil'>,
  lease: Omit<ImportLease, 'importId'>,
): Promise<boolean> {
  const [result] = await tx
    .update(rateImports)
    .set({
      status: 'running',
      owner: lease.owner,
      leaseUntil: lease.leaseUntil,
      bytesRead: 0,
      rowsRead: 0,
      rowsAccepted: 0,
      rowsRejected: 0,
    })
    .where(
      and(
        eq(rateImports.id, seen.id),
        eq(rateImports.status, seen.status),
        seen.owner === null ? isNull(rateImports.owner) : eq(rateImports.owner, seen.owner),
        seen.leaseUntil === null
          ? isNull(rateImports.leaseUntil)
          : eq(rateImports.leaseUntil, seen.leaseUntil),
      ),
    );
  return result.affectedRows === 1;
}

/**
 * Renews the lease and writes what was done so far. False when the import is no longer this owner's:
 * it was cancelled, or another took it over. Called in the transaction of every write that belongs
 * to the import, it keeps a worker that was given up from writing on.
 */
export async function renewImport(
  tx: Queryable,
  { importId, owner, leaseUntil }: ImportLease,
  progress: ImportProgress | null,
): Promise<boolean> {
  const [result] = await tx
    .update(rateImports)
    .set({ leaseUntil, ...(progress ?? {}) })
    .where(
      and(
        eq(rateImports.id, importId),
        eq(rateImports.owner, owner),
        eq(rateImports.status, 'running'),
      ),
    );
  return result.affectedRows === 1;
}

export async function updateImport(
  tx: Queryable,
  id: string,
  values: Partial<NewImportRow>,
): Promise<void> {
  await tx.update(rateImports).set(values).where(eq(rateImports.id, id));
}

export async function insertImportErrors(
  tx: Queryable,
  rows: readonly NewImportErrorRow[],
): Promise<void> {
  if (rows.length > 0) await tx.insert(rateImportErrors).values([...rows]);
}

/** In the order of the file, after the error with the number `after`. */
export async function listImportErrors(
  db: Queryable,
  importId: string,
  after: number,
  limit: number,
): Promise<readonly ImportErrorRow[]> {
  return db
    .select()
    .from(rateImportErrors)
    .where(and(eq(rateImportErrors.importId, importId), gt(rateImportErrors.number, after)))
    .orderBy(asc(rateImportErrors.number))
    .limit(limit);
}

export async function deleteImportErrors(
  tx: Queryable,
  importId: string,
  limit: number,
): Promise<number> {
  const [result] = await tx
    .delete(rateImportErrors)
    .where(eq(rateImportErrors.importId, importId))
    .limit(limit);
  return result.affectedRows;
}

/** Releases that are not whole, with the import that fills them. */
export async function findUnfinishedReleases(
  db: Queryable,
): Promise<readonly { readonly releaseId: number; readonly importId: string | null }[]> {
  return db
    .select({ releaseId: rateReleases.id, importId: rateReleases.importId })
    .from(rateReleases)
    .where(eq(rateReleases.status, 'importing'));
}

/** Removes some rows of a release; how many went. Few at a time keep the transaction short. */
export async function deleteSomeRows(
  tx: Queryable,
  releaseId: number,
  limit: number,
): Promise<number> {
  const [result] = await tx.delete(rateRows).where(eq(rateRows.releaseId, releaseId)).limit(limit);
  return result.affectedRows;
}

/** Removes a release that never became a draft. Its rows must be gone. */
export async function deleteUnfinishedRelease(tx: Queryable, releaseId: number): Promise<void> {
  await tx
    .delete(rateReleases)
    .where(and(eq(rateReleases.id, releaseId), eq(rateReleases.status, 'importing')));
}

/**
 * Keeps what an import learned about the files of a sheet. Not an edit by anybody: the sheet's version
 * stays, so that nobody's own change is refused for it.
 */
export async function setImportMapping(
  tx: Queryable,
  sheetId: number,
  importMapping: unknown,
): Promise<void> {
  await tx.update(rateSheets).set({ importMapping }).where(eq(rateSheets.id, sheetId));
}
