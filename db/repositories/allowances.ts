import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { IncludedOffer } from '../../rating/allowance/choose-offers.js';
import type { Queryable } from '../client.js';
import { allowanceBuckets, allowanceHolds } from '../schema/index.js';

/** Which bucket is meant, and what it is made with on its first use. */
export type WantedBucket = Omit<IncludedOffer, 'incrementS'>;

export interface BucketRow {
  readonly id: number;
  readonly totalS: number;
  readonly usedS: number;
  readonly heldS: number;
}

/** What an open call has set aside of one bucket. */
export interface AllowanceHold {
  readonly callId: string;
  readonly bucketId: number;
  readonly seconds: number;
}

export interface NewAllowanceHold extends AllowanceHold {
  readonly createdUs: number;
}

/** A hold set to a new total of seconds. */
export interface AllowanceExtension extends NewAllowanceHold {
  /** What it was; 0 where the call had held nothing of this bucket. */
  readonly secondsBefore: number;
}

/** How a hold ends: what of it was used; the rest goes back. */
export interface AllowanceUse extends AllowanceHold {
  /** At most what was held. */
  readonly usedS: number;
}

/** Names a bucket: its owner, period and generation. */
export function bucketKey(
  bucket: Pick<WantedBucket, 'ownerType' | 'ownerId' | 'periodStartUs' | 'generation'>,
): string {
  const { ownerType, ownerId, periodStartUs, generation } = bucket;
  return `${ownerType}:${String(ownerId)}:${String(periodStartUs)}:${String(generation)}`;
}

/** Seconds of a bucket that are neither used nor set aside. */
export function freeSeconds({ totalS, usedS, heldS }: BucketRow): number {
  return Math.max(0, totalS - usedS - heldS);
}

/**
 * The buckets of these offers by `bucketKey`, made on first use and locked in id order, the order of
 * every transaction. A cluster does not tell its servers of the locks, but whoever takes seconds writes
 * the row, and of two that did the later is refused. A bucket keeps the seconds it was made with: a
 * package that is changed gives more or less from its next period on.
 */
export async function openBuckets(
  tx: Queryable,
  wanted: readonly WantedBucket[],
): Promise<ReadonlyMap<string, BucketRow>> {
  const byKey = new Map(wanted.map((bucket) => [bucketKey(bucket), bucket]));
  if (byKey.size === 0) return new Map();
  const ids = await selectBucketIds(tx, [...byKey.values()]);
  const missing = [...byKey].filter(([key]) => !ids.has(key));
  if (missing.length > 0) {
    // Sorted, so that two servers that make the same ones wait for each other and do not deadlock.
    missing.sort(([first], [second]) => (first < second ? -1 : 1));
    const rows = missing.map(([, bucket]) => bucketColumns(bucket));
    await tx.insert(allowanceBuckets).ignore().values(rows);
    const made = missing.map(([, bucket]) => bucket);
    for (const [key, id] of await selectBucketIds(tx, made)) ids.set(key, id);
  }
  const rows = await lockBuckets(tx, [...ids.values()]);
  const result = new Map<string, BucketRow>();
  for (const [key, id] of ids) {
    const row = rows.get(id);
    if (row !== undefined) result.set(key, row);
  }
  return result;
}

/** Locks buckets in id order and reads them. */
export async function lockBuckets(
  tx: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, BucketRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .select({
      id: allowanceBuckets.id,
      totalS: allowanceBuckets.totalS,
      usedS: allowanceBuckets.usedS,
      heldS: allowanceBuckets.heldS,
    })
    .from(allowanceBuckets)
    .where(inArray(allowanceBuckets.id, [...new Set(ids)]))
    .orderBy(asc(allowanceBuckets.id))
    .for('update');
  return new Map(rows.map((row) => [row.id, row]));
}

/** Sets seconds aside for new calls. The buckets are locked by the caller's transaction. */
export async function holdAllowances(
  tx: Queryable,
  holds: readonly NewAllowanceHold[],
): Promise<void> {
  await extendAllowanceHolds(
    tx,
    holds.map((hold) => ({ ...hold, secondsBefore: 0 })),
  );
}

/** What these calls have set aside now, or had until they were released, in order of call and bucket. */
export async function findAllowanceHolds(
  tx: Queryable,
  callIds: readonly string[],
  state: 'held' | 'released' = 'held',
): Promise<readonly AllowanceHold[]> {
  if (callIds.length === 0) return [];
  return tx
    .select({
      callId: allowanceHolds.callId,
      bucketId: allowanceHolds.bucketId,
      seconds: allowanceHolds.seconds,
    })
    .from(allowanceHolds)
    .where(and(inArray(allowanceHolds.callId, [...callIds]), eq(allowanceHolds.state, state)))
    .orderBy(asc(allowanceHolds.callId), asc(allowanceHolds.bucketId));
}

/**
 * Sets holds to new totals, which may also be less than before, and makes those that are not there.
 * The buckets and the calls are locked by the caller's transaction.
 */
export async function extendAllowanceHolds(
  tx: Queryable,
  changes: readonly AllowanceExtension[],
): Promise<void> {
  const real = changes.filter(({ seconds, secondsBefore }) => seconds !== secondsBefore);
  if (real.length === 0) return;
  await tx
    .insert(allowanceHolds)
    .values(
      real.map(({ callId, bucketId, seconds, createdUs }) => ({
        callId,
        bucketId,
        seconds,
        createdUs,
      })),
    )
    .onDuplicateKeyUpdate({ set: { seconds: sql`values(seconds)` } });
  const moves = new BucketMoves();
  for (const { bucketId, seconds, secondsBefore } of real) {
    moves.add(bucketId, { heldS: seconds - secondsBefore, usedS: 0 });
  }
  await moves.apply(tx);
}

/**
 * Ends holds: what was used of each is used up, the rest is free again. A hold that had ended already
 * must not be among them; the caller's lock on the call sees to that.
 */
export async function useAndReleaseAllowances(
  tx: Queryable,
  uses: readonly AllowanceUse[],
  releasedUs: number,
): Promise<void> {
  if (uses.length === 0) return;
  const moves = new BucketMoves();
  for (const { bucketId, seconds, usedS } of uses) {
    moves.add(bucketId, { heldS: -seconds, usedS });
  }
  await moves.apply(tx);
  const isOne = (use: AllowanceUse): SQL | undefined =>
    and(eq(allowanceHolds.callId, use.callId), eq(allowanceHolds.bucketId, use.bucketId));
  const used = uses.map((use) => sql`when ${isOne(use)} then ${use.usedS}`);
  await tx
    .update(allowanceHolds)
    .set({ state: 'released', releasedUs, usedS: sql`case ${sql.join(used, sql` `)} end` })
    .where(or(...uses.map(isOne)));
}

/** Sums what happens to each bucket, so that a batch writes each once. */
class BucketMoves {
  readonly #moves = new Map<number, { heldS: number; usedS: number }>();

  add(bucketId: number, move: { readonly heldS: number; readonly usedS: number }): void {
    const { heldS, usedS } = this.#moves.get(bucketId) ?? { heldS: 0, usedS: 0 };
    this.#moves.set(bucketId, { heldS: heldS + move.heldS, usedS: usedS + move.usedS });
  }

  async apply(tx: Queryable): Promise<void> {
    const moves = [...this.#moves].sort(([first], [second]) => first - second);
    if (moves.length === 0) return;
    const pick = (column: 'heldS' | 'usedS'): SQL =>
      sql`case ${allowanceBuckets.id} ${sql.join(
        moves.map(([id, move]) => sql`when ${id} then ${move[column]}`),
        sql` `,
      )} end`;
    await tx
      .update(allowanceBuckets)
      .set({
        heldS: sql`${allowanceBuckets.heldS} + ${pick('heldS')}`,
        usedS: sql`${allowanceBuckets.usedS} + ${pick('usedS')}`,
      })
      .where(
        inArray(
          allowanceBuckets.id,
          moves.map(([id]) => id),
        ),
      );
  }
}

async function selectBucketIds(
  tx: Queryable,
  wanted: readonly WantedBucket[],
): Promise<Map<string, number>> {
  const rows = await tx
    .select()
    .from(allowanceBuckets)
    .where(
      or(
        ...wanted.map((bucket) =>
          and(
            eq(allowanceBuckets.ownerType, bucket.ownerType),
            eq(allowanceBuckets.ownerId, bucket.ownerId),
            eq(allowanceBuckets.periodStartUs, bucket.periodStartUs),
            eq(allowanceBuckets.generation, bucket.generation),
          ),
        ),
      ),
    );
  return new Map(rows.map((row) => [bucketKey(row), row.id]));
}

function bucketColumns(bucket: WantedBucket): typeof allowanceBuckets.$inferInsert {
  const { ownerType, ownerId, generation, periodStartUs, periodEndUs, totalS } = bucket;
  return { ownerType, ownerId, generation, periodStartUs, periodEndUs, totalS };
}
