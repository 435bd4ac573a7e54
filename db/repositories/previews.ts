import { and, asc, eq, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database, Queryable } from '../client.js';
import { rateActivations, rateReleases, rateSheets, releasePreviews } from '../schema/index.js';
import { inTransaction } from '../transaction.js';

export type PreviewRow = typeof releasePreviews.$inferSelect;

/** How long a node that works on a preview is believed to be alive after it last said so. */
const LEASE_S = 60;

const NOW = sql`utc_timestamp(3)`;
const LEASE_END = sql`utc_timestamp(3) + interval ${sql.raw(String(LEASE_S))} second`;

/** A preview somebody works on, and as whom: another owner means that the work is no longer wanted. */
export interface PreviewClaim {
  readonly releaseId: number;
  readonly owner: string;
}

export async function findPreview(
  db: Queryable,
  releaseId: number,
): Promise<PreviewRow | undefined> {
  return (
    await db.select().from(releasePreviews).where(eq(releasePreviews.releaseId, releaseId))
  )[0];
}

/** Asks for a preview, new or again. Whoever works on one of this release finds out and stops. */
export async function queuePreview(db: Queryable, releaseId: number): Promise<void> {
  const fresh = {
    againstReleaseId: null,
    fingerprint: '',
    status: 'running' as const,
    progress: 0,
    summary: null,
    impact: null,
    error: null,
    owner: null,
    leaseUntil: null,
    startedAt: NOW,
    finishedAt: null,
  };
  await db
    .insert(releasePreviews)
    .values({ releaseId, ...fresh })
    .onDuplicateKeyUpdate({ set: fresh });
}

/** Takes the longest waiting preview that nobody works on; its id, or null when there is none. */
export async function claimNextPreview(database: Database, owner: string): Promise<number | null> {
  return inTransaction(database, async (tx) => {
    const [waiting] = await tx
      .select({ releaseId: releasePreviews.releaseId })
      .from(releasePreviews)
      .where(
        and(
          eq(releasePreviews.status, 'running'),
          or(isNull(releasePreviews.leaseUntil), lt(releasePreviews.leaseUntil, NOW)),
        ),
      )
      .orderBy(asc(releasePreviews.startedAt), asc(releasePreviews.releaseId))
      .limit(1)
      .for('update');
    if (waiting === undefined) return null;
    await tx
      .update(releasePreviews)
      .set({ owner, leaseUntil: LEASE_END, progress: 0 })
      .where(eq(releasePreviews.releaseId, waiting.releaseId));
    return waiting.releaseId;
  });
}

/** Takes the preview of one release, whether it was asked for or not, from whoever has it. */
export async function claimPreview(db: Queryable, claim: PreviewClaim): Promise<void> {
  await queuePreview(db, claim.releaseId);
  await db
    .update(releasePreviews)
    .set({ owner: claim.owner, leaseUntil: LEASE_END })
    .where(eq(releasePreviews.releaseId, claim.releaseId));
}

/** Writes what is known so far and renews the lease; false when the work is no longer wanted. */
export async function savePreview(
  db: Queryable,
  claim: PreviewClaim,
  values: Partial<Omit<PreviewRow, 'releaseId' | 'owner' | 'leaseUntil' | 'startedAt'>>,
): Promise<boolean> {
  const [result] = await db
    .update(releasePreviews)
    .set({ ...values, leaseUntil: LEASE_END })
    .where(
      and(
        eq(releasePreviews.releaseId, claim.releaseId),
        eq(releasePreviews.owner, claim.owner),
        eq(releasePreviews.status, 'running'),
      ),
    );
  return result.affectedRows === 1;
}

/** The preview goes back to those that wait, for a node that is about to stop. */
export async function releasePreview(db: Queryable, claim: PreviewClaim): Promise<void> {
  await db
    .update(releasePreviews)
    .set({ owner: null, leaseUntil: null })
    .where(
      and(
        eq(releasePreviews.releaseId, claim.releaseId),
        eq(releasePreviews.owner, claim.owner),
        eq(releasePreviews.status, 'running'),
      ),
    );
}

/**
 * What a preview of a draft depends on, as a short text: another text needs another preview. It holds
 * the draft's rows, the terms of its sheet and what was activated on it. Undefined: no such release.
 */
export async function previewFingerprint(
  db: Queryable,
  releaseId: number,
): Promise<string | undefined> {
  const [found] = await db
    .select({
      rowCount: rateReleases.rowCount,
      updatedAt: rateReleases.updatedAt,
      sheetVersion: rateSheets.version,
      activations: sql<number>`(
        select count(*) from ${rateActivations}
        where ${rateActivations.sheetId} = ${rateReleases.sheetId}
      )`,
    })
    .from(rateReleases)
    .innerJoin(rateSheets, eq(rateSheets.id, rateReleases.sheetId))
    .where(eq(rateReleases.id, releaseId));
  if (found === undefined) return undefined;
  const { rowCount, updatedAt, sheetVersion, activations } = found;
  return [rowCount, updatedAt.getTime(), sheetVersion, activations].map(Number).join('.');
}
