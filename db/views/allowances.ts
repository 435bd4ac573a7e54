import { and, asc, desc, eq, lt, or } from 'drizzle-orm';
import type { Queryable } from '../client.js';
import { allowanceBuckets, allowanceHolds } from '../schema/index.js';

export type BucketView = typeof allowanceBuckets.$inferSelect;
export type AllowanceHoldView = typeof allowanceHolds.$inferSelect;
/** Whose seconds they are: a package as it was assigned, or a DID. */
export type BucketOwner = Pick<BucketView, 'ownerType' | 'ownerId'>;

/** The buckets that calls have used, the latest period first. */
export async function listBuckets(
  db: Queryable,
  owner: BucketOwner,
  page: { readonly beforeId?: number; readonly limit: number },
): Promise<readonly BucketView[]> {
  return db
    .select()
    .from(allowanceBuckets)
    .where(
      and(
        eq(allowanceBuckets.ownerType, owner.ownerType),
        eq(allowanceBuckets.ownerId, owner.ownerId),
        page.beforeId === undefined ? undefined : lt(allowanceBuckets.id, page.beforeId),
      ),
    )
    .orderBy(desc(allowanceBuckets.id))
    .limit(page.limit);
}

export async function findBucketById(db: Queryable, id: number): Promise<BucketView | undefined> {
  return (await db.select().from(allowanceBuckets).where(eq(allowanceBuckets.id, id)))[0];
}

/** The bucket of one period; undefined until the first call uses it. */
export async function findBucketOf(
  db: Queryable,
  wanted: BucketOwner & Pick<BucketView, 'periodStartUs' | 'generation'>,
): Promise<BucketView | undefined> {
  const rows = await db
    .select()
    .from(allowanceBuckets)
    .where(
      and(
        eq(allowanceBuckets.ownerType, wanted.ownerType),
        eq(allowanceBuckets.ownerId, wanted.ownerId),
        eq(allowanceBuckets.periodStartUs, wanted.periodStartUs),
        eq(allowanceBuckets.generation, wanted.generation),
      ),
    );
  return rows[0];
}

/** What calls set aside and used of a bucket, the latest first. */
export async function listCallsOfBucket(
  db: Queryable,
  bucketId: number,
  page: {
    readonly after?: { readonly createdUs: number; readonly callId: string };
    readonly limit: number;
  },
): Promise<readonly AllowanceHoldView[]> {
  const { after } = page;
  return db
    .select()
    .from(allowanceHolds)
    .where(
      and(
        eq(allowanceHolds.bucketId, bucketId),
        after &&
          or(
            lt(allowanceHolds.createdUs, after.createdUs),
            and(
              eq(allowanceHolds.createdUs, after.createdUs),
              lt(allowanceHolds.callId, after.callId),
            ),
          ),
      ),
    )
    .orderBy(desc(allowanceHolds.createdUs), desc(allowanceHolds.callId))
    .limit(page.limit);
}

/** The inclusive seconds of one call, in the order in which its buckets were made. */
export async function listAllowancesOfCall(db: Queryable, callId: string) {
  return db
    .select({
      bucketId: allowanceHolds.bucketId,
      ownerType: allowanceBuckets.ownerType,
      ownerId: allowanceBuckets.ownerId,
      seconds: allowanceHolds.seconds,
      usedS: allowanceHolds.usedS,
      state: allowanceHolds.state,
      createdUs: allowanceHolds.createdUs,
      releasedUs: allowanceHolds.releasedUs,
    })
    .from(allowanceHolds)
    .innerJoin(allowanceBuckets, eq(allowanceBuckets.id, allowanceHolds.bucketId))
    .where(eq(allowanceHolds.callId, callId))
    .orderBy(asc(allowanceHolds.bucketId));
}
