import { asc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../../client.js';
import { portedNumbers } from '../../schema/index.js';

export type PortedNumberRow = typeof portedNumbers.$inferSelect;

/** Numbers per INSERT. */
const CHUNK = 1000;

/** Enters numbers, or gives those already there another routing number. */
export async function putPortedNumbers(
  tx: Queryable,
  numbers: readonly Pick<PortedNumberRow, 'number' | 'routingNumber'>[],
  updatedAt: Date,
): Promise<void> {
  // In one order, so that two bulk writes lock the rows they share one after the other.
  const ordered = [...numbers].sort((first, second) => (first.number < second.number ? -1 : 1));
  for (let at = 0; at < ordered.length; at += CHUNK) {
    const values = ordered.slice(at, at + CHUNK).map((one) => ({ ...one, updatedAt }));
    await tx
      .insert(portedNumbers)
      .values(values)
      .onDuplicateKeyUpdate({
        set: {
          routingNumber: sql`values(\`routing_number\`)`,
          updatedAt: sql`values(\`updated_at\`)`,
        },
      });
  }
}

/** Up to `limit` numbers behind one, in the order of their digits. */
export async function listPortedNumbers(
  db: Queryable,
  after: string,
  limit: number,
): Promise<readonly PortedNumberRow[]> {
  return db
    .select()
    .from(portedNumbers)
    .where(gt(portedNumbers.number, after))
    .orderBy(asc(portedNumbers.number))
    .limit(limit);
}

export async function findPortedNumber(
  db: Queryable,
  number: string,
): Promise<PortedNumberRow | undefined> {
  const rows = await db.select().from(portedNumbers).where(eq(portedNumbers.number, number));
  return rows[0];
}

/** Returns how many of them there were. */
export async function deletePortedNumbers(
  tx: Queryable,
  numbers: readonly string[],
): Promise<number> {
  if (numbers.length === 0) return 0;
  const [result] = await tx
    .delete(portedNumbers)
    .where(inArray(portedNumbers.number, [...numbers]));
  return result.affectedRows;
}
