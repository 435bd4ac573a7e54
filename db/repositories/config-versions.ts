import { inArray, sql } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { configVersions } from '../schema/index.js';

/** The areas of configuration that nodes keep in memory. */
export const CONFIG_AREAS = [
  'accounts',
  'switches',
  'carriers',
  'rates',
  'plans',
  'numbers',
  'currencies',
  'access',
] as const;

export type ConfigArea = (typeof CONFIG_AREAS)[number];

export async function readConfigVersions(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.select().from(configVersions);
  return new Map(rows.map((row) => [row.area, row.version]));
}

/** Tells every node that its snapshot of these areas is stale, when the transaction commits. */
export async function bumpConfigVersions(
  tx: Queryable,
  areas: readonly ConfigArea[],
): Promise<void> {
  if (areas.length === 0) return;
  await tx
    .update(configVersions)
    .set({ version: sql`${configVersions.version} + 1`, updatedAt: sql`utc_timestamp(3)` })
    .where(inArray(configVersions.area, [...areas]));
}
