import { and, asc, count, desc, eq, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { accountBlocks, accountCountries, accountGuards } from '../../schema/index.js';

export type GuardRow = typeof accountGuards.$inferSelect;
export type GuardRules = Omit<GuardRow, 'accountId' | 'version' | 'createdAt' | 'updatedAt'>;
export type CountryRow = typeof accountCountries.$inferSelect;
export type BlockRow = typeof accountBlocks.$inferSelect;

export async function findGuard(db: Queryable, accountId: number): Promise<GuardRow | undefined> {
  return (await db.select().from(accountGuards).where(eq(accountGuards.accountId, accountId)))[0];
}

export async function lockGuard(tx: Queryable, accountId: number): Promise<GuardRow | undefined> {
  const rows = await tx
    .select()
    .from(accountGuards)
    .where(eq(accountGuards.accountId, accountId))
    .for('update');
  return rows[0];
}

/** Writes all rules of an account and counts the version up. */
export async function putGuard(tx: Queryable, accountId: number, rules: GuardRules): Promise<void> {
  await tx
    .insert(accountGuards)
    .values({ accountId, ...rules })
    .onDuplicateKeyUpdate({
      set: {
        ...rules,
        version: sql`${accountGuards.version} + 1`,
        updatedAt: sql`utc_timestamp(3)`,
      },
    });
}

export async function listCountries(
  db: Queryable,
  accountId: number,
  page: { readonly offset: number; readonly limit: number },
): Promise<{ readonly rows: readonly CountryRow[]; readonly total: number }> {
  const where = eq(accountCountries.accountId, accountId);
  const rows = await db
    .select()
    .from(accountCountries)
    .where(where)
    .orderBy(asc(accountCountries.country))
    .limit(page.limit)
    .offset(page.offset);
  const totals = await db.select({ total: count() }).from(accountCountries).where(where);
  return { rows, total: totals[0]?.total ?? 0 };
}

export async function findCountry(
  db: Queryable,
  accountId: number,
  country: string,
): Promise<CountryRow | undefined> {
  return (await db.select().from(accountCountries).where(isCountry(accountId, country)))[0];
}

/** Enters a country that may be called, whether it was called before or not. */
export async function allowCountry(
  tx: Queryable,
  country: Pick<CountryRow, 'accountId' | 'country' | 'createdUs'>,
): Promise<void> {
  await tx
    .insert(accountCountries)
    .values({ ...country, source: 'allowed' })
    .onDuplicateKeyUpdate({ set: { source: 'allowed' } });
}

export async function removeCountry(
  tx: Queryable,
  accountId: number,
  country: string,
): Promise<void> {
  await tx.delete(accountCountries).where(isCountry(accountId, country));
}

function isCountry(accountId: number, country: string) {
  return and(eq(accountCountries.accountId, accountId), eq(accountCountries.country, country));
}

export interface BlockQuery {
  readonly accountId?: number;
  readonly rule?: string;
  readonly isOpen?: boolean;
  readonly beforeId?: number;
  readonly limit: number;
}

/** The latest first. */
export async function listBlocks(db: Queryable, query: BlockQuery): Promise<readonly BlockRow[]> {
  const { accountId, rule, isOpen, beforeId } = query;
  return db
    .select()
    .from(accountBlocks)
    .where(
      and(
        accountId === undefined ? undefined : eq(accountBlocks.accountId, accountId),
        rule === undefined ? undefined : eq(accountBlocks.rule, rule),
        isOpen === undefined
          ? undefined
          : isOpen
            ? isNotNull(accountBlocks.openKey)
            : isNull(accountBlocks.openKey),
        beforeId === undefined ? undefined : lt(accountBlocks.id, beforeId),
      ),
    )
    .orderBy(desc(accountBlocks.id))
    .limit(query.limit);
}

export async function findBlock(db: Queryable, id: number): Promise<BlockRow | undefined> {
  return (await db.select().from(accountBlocks).where(eq(accountBlocks.id, id)))[0];
}

export async function lockBlock(tx: Queryable, id: number): Promise<BlockRow | undefined> {
  return (await tx.select().from(accountBlocks).where(eq(accountBlocks.id, id)).for('update'))[0];
}

/** Ends a block; another one of the same rule may begin afterwards. */
export async function releaseBlock(
  tx: Queryable,
  id: number,
  released: { readonly releasedUs: number; readonly releasedBy: string },
): Promise<void> {
  await tx
    .update(accountBlocks)
    .set({ ...released, openKey: null })
    .where(eq(accountBlocks.id, id));
}
