import { and, asc, desc, eq, gt, inArray, isNotNull, lt } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { legCorrections, reratings } from '../schema/index.js';
import type { ReratingRow, ReratingStatus } from '../repositories/reratings.js';

export type CorrectionView = typeof legCorrections.$inferSelect;

export interface ReratingFilters {
  readonly status?: ReratingStatus;
  readonly mode?: ReratingRow['mode'];
}

/** Runs, newest first: their ids are made in order of time. */
export async function listReratings(
  db: Queryable,
  filters: ReratingFilters,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly ReratingRow[]> {
  return db
    .select()
    .from(reratings)
    .where(
      and(
        filters.status === undefined ? undefined : eq(reratings.status, filters.status),
        filters.mode === undefined ? undefined : eq(reratings.mode, filters.mode),
        page.after === undefined ? undefined : lt(reratings.id, page.after),
      ),
    )
    .orderBy(desc(reratings.id))
    .limit(page.limit);
}

/** What a run changed, or would change, in the order in which it was found. */
export async function listCorrections(
  db: Queryable,
  reratingId: string,
  page: { readonly after?: number; readonly limit: number },
): Promise<readonly CorrectionView[]> {
  return db
    .select()
    .from(legCorrections)
    .where(
      and(
        eq(legCorrections.reratingId, reratingId),
        page.after === undefined ? undefined : gt(legCorrections.id, page.after),
      ),
    )
    .orderBy(asc(legCorrections.id))
    .limit(page.limit);
}

/** What was posted to put these legs right, oldest first; previews are left out. */
export async function listCorrectionsOfLegs(
  db: Queryable,
  legUuids: readonly string[],
): Promise<readonly CorrectionView[]> {
  if (legUuids.length === 0) return [];
  return db
    .select()
    .from(legCorrections)
    .where(
      and(inArray(legCorrections.legUuid, [...legUuids]), isNotNull(legCorrections.transactionId)),
    )
    .orderBy(asc(legCorrections.id));
}
