import { and, asc, count, desc, eq, gte, inArray, isNull, notExists, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/mysql-core';
import type { Queryable } from '../client.js';
import {
  accounts,
  carriers,
  extensions,
  legCharges,
  rateImportErrors,
  rateRows,
} from '../schema/index.js';

/** Lines of an import that are not in its release, by the reason. */
export async function rejectedByCode(
  db: Queryable,
  importId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .select({ code: rateImportErrors.code, lines: count() })
    .from(rateImportErrors)
    .where(eq(rateImportErrors.importId, importId))
    .groupBy(rateImportErrors.code)
    .orderBy(asc(rateImportErrors.code));
  return new Map(rows.map((row) => [row.code, row.lines]));
}

export interface PrefixExample {
  readonly prefix: string;
  readonly destination: string;
}

export interface UsedPrefix extends PrefixExample {
  readonly calls: number;
}

/**
 * Prefixes by which calls on the sheet were charged since an instant and which the release has no row
 * for, the busiest first, at most `limit`.
 */
export async function missingPrefixesWithCalls(
  db: Queryable,
  releaseId: number,
  sheetId: number,
  sinceUs: number,
  limit: number,
): Promise<readonly UsedPrefix[]> {
  const fresh = alias(rateRows, 'fresh');
  const calls = count();
  const rows = await db
    .select({
      prefix: rateRows.prefix,
      destination: sql<string>`max(${rateRows.destination})`,
      calls,
    })
    .from(legCharges)
    .innerJoin(rateRows, eq(rateRows.id, legCharges.rowId))
    .where(
      and(
        eq(legCharges.sheetId, sheetId),
        gte(legCharges.startUs, sinceUs),
        notExists(
          db
            .select({ id: fresh.id })
            .from(fresh)
            .where(and(eq(fresh.releaseId, releaseId), eq(fresh.prefix, rateRows.prefix))),
        ),
      ),
    )
    .groupBy(rateRows.prefix)
    .orderBy(desc(calls), asc(rateRows.prefix))
    .limit(limit);
  return rows;
}

/** Rows of a release that are not blocked and by which every call is free: how many, and a few. */
export async function rowsWithoutPrice(
  db: Queryable,
  releaseId: number,
  limit: number,
): Promise<{ readonly count: number; readonly examples: readonly PrefixExample[] }> {
  const isFree = and(
    eq(rateRows.releaseId, releaseId),
    eq(rateRows.blocked, false),
    eq(rateRows.ratePerMinute, '0'),
    eq(rateRows.connectFee, '0'),
    isNull(rateRows.tiers),
    sql`ifnull(${rateRows.initialRatePerMinute}, 0) = 0`,
    sql`ifnull(${rateRows.minCost}, 0) = 0`,
    sql`ifnull(${rateRows.intrastateRate}, 0) = 0`,
    sql`ifnull(${rateRows.indeterminateRate}, 0) = 0`,
  );
  const [counted] = await db.select({ rows: count() }).from(rateRows).where(isFree);
  const examples = await db
    .select({ prefix: rateRows.prefix, destination: rateRows.destination })
    .from(rateRows)
    .where(isFree)
    .orderBy(asc(rateRows.prefix))
    .limit(limit);
  return { count: counted?.rows ?? 0, examples };
}

/** Sheets by which active carriers are paid. */
export async function carrierSheetIds(db: Queryable): Promise<readonly number[]> {
  const rows = await db
    .select({ sheetId: carriers.rateSheetId })
    .from(carriers)
    .where(eq(carriers.status, 'active'))
    .groupBy(carriers.rateSheetId)
    .orderBy(asc(carriers.rateSheetId));
  return rows.flatMap(({ sheetId }) => (sheetId === null ? [] : [sheetId]));
}

/** Whether an account or an extension pays by the sheet. */
export async function isClientSheet(db: Queryable, sheetId: number): Promise<boolean> {
  const [found] = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(or(eq(accounts.rateSheetId, sheetId), eq(accounts.mobileRateSheetId, sheetId)))
    .limit(1);
  if (found !== undefined) return true;
  const [phone] = await db
    .select({ id: extensions.id })
    .from(extensions)
    .where(eq(extensions.rateSheetId, sheetId))
    .limit(1);
  return phone !== undefined;
}

/** Codes of accounts and carriers for a list of totals. */
export async function partyCodes(
  db: Queryable,
  role: 'account' | 'carrier',
  ids: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows =
    role === 'account'
      ? await db
          .select({ id: accounts.id, code: accounts.code })
          .from(accounts)
          .where(inArray(accounts.id, [...ids]))
      : await db
          .select({ id: carriers.id, code: carriers.code })
          .from(carriers)
          .where(inArray(carriers.id, [...ids]));
  return new Map(rows.map((row) => [row.id, row.code]));
}
