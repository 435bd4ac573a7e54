import { and, eq, gte, isNotNull, or } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { rateReleases, rateSheets } from '../schema/index.js';
import { loadActivations } from './activations.js';
import type { ActivationEntry } from './activations.js';
import type { SheetRow } from './snapshot.js';

/** What tells one state of a release's rows from another. */
export interface ReleaseStamp {
  readonly id: number;
  readonly sheetId: number;
  readonly status: 'draft' | 'active';
  readonly version: number;
  readonly rowCount: number;
}

/** Which release of which sheet prices calls when, and which drafts may soon. */
export interface RateTimeline {
  readonly sheets: readonly SheetRow[];
  readonly activations: readonly ActivationEntry[];
  readonly releases: readonly ReleaseStamp[];
}

/** `draftsSince`: imported drafts at most that old are named too; null leaves drafts out. */
export async function loadRateTimeline(
  db: Queryable,
  draftsSince: Date | null,
): Promise<RateTimeline> {
  // Activations first: a release that one of them names is then never found in an earlier state.
  const activations = await loadActivations(db);
  const isActive = eq(rateReleases.status, 'active');
  const isDraft =
    draftsSince === null
      ? undefined
      : and(
          eq(rateReleases.status, 'draft'),
          isNotNull(rateReleases.importId),
          gte(rateReleases.createdAt, draftsSince),
        );
  const found = await db
    .select({
      id: rateReleases.id,
      sheetId: rateReleases.sheetId,
      status: rateReleases.status,
      version: rateReleases.version,
      rowCount: rateReleases.rowCount,
    })
    .from(rateReleases)
    .where(isDraft === undefined ? isActive : or(isActive, isDraft));
  const releases = found.flatMap(({ status, ...rest }): ReleaseStamp[] =>
    status === 'draft' || status === 'active' ? [{ ...rest, status }] : [],
  );
  return { sheets: await db.select().from(rateSheets), activations, releases };
}
