import { inArray } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { portedNumbers } from '../schema/index.js';

/** Routing numbers of those of these numbers that moved to another network. */
export async function findRoutingNumbers(
  db: Queryable,
  numbers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (numbers.length === 0) return new Map();
  const rows = await db
    .select({ number: portedNumbers.number, routingNumber: portedNumbers.routingNumber })
    .from(portedNumbers)
    .where(inArray(portedNumbers.number, [...new Set(numbers)]));
  return new Map(rows.map((row) => [row.number, row.routingNumber]));
}
