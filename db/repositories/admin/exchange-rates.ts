import { and, count, desc, eq, lte } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { exchangeRates } from '../../schema/index.js';

export type ExchangeRateRecord = typeof exchangeRates.$inferSelect;
export type NewExchangeRate = Omit<typeof exchangeRates.$inferInsert, 'id' | 'createdAt'>;

export interface ExchangeRateQuery {
  readonly offset: number;
  readonly limit: number;
  readonly from?: string;
  readonly to?: string;
  /** Only those that begin no later. */
  readonly until?: Date;
}

/** The latest first. */
export async function listExchangeRates(
  db: Queryable,
  query: ExchangeRateQuery,
): Promise<{ readonly rows: readonly ExchangeRateRecord[]; readonly total: number }> {
  const where: SQL | undefined = and(
    query.from === undefined ? undefined : eq(exchangeRates.fromCurrency, query.from),
    query.to === undefined ? undefined : eq(exchangeRates.toCurrency, query.to),
    query.until === undefined ? undefined : lte(exchangeRates.effectiveFrom, query.until),
  );
  const rows = await db
    .select()
    .from(exchangeRates)
    .where(where)
    .orderBy(desc(exchangeRates.effectiveFrom), desc(exchangeRates.id))
    .limit(query.limit)
    .offset(query.offset);
  const totals = await db.select({ total: count() }).from(exchangeRates).where(where);
  return { rows, total: totals[0]?.total ?? 0 };
}

export async function insertExchangeRate(
  tx: Queryable,
  rate: NewExchangeRate,
): Promise<ExchangeRateRecord | undefined> {
  const [{ insertId }] = await tx.insert(exchangeRates).values(rate);
  const rows = await tx.select().from(exchangeRates).where(eq(exchangeRates.id, insertId));
  return rows[0];
}
