import type { Queryable } from '../../db/client.js';
import { readSpent } from '../../db/repositories/account-days.js';
import { bucketKey, freeSeconds } from '../../db/repositories/allowances.js';
import { findBucketOf } from '../../db/views/allowances.js';
import type { Decimal } from '../../rating/money.js';
import type { CallPlan } from '../calls/call-plan.js';
import type { AllowanceOffer } from '../calls/decision.js';
import { distinctDays } from '../calls/hold-books.js';
import type { Buckets, OpenBucket } from '../calls/hold-books.js';

/** Inclusive time that is left, and what was spent today. */
export interface BookFacts {
  readonly buckets: Buckets;
  readonly spent: ReadonlyMap<string, Decimal>;
}

/** Reads as a hold does, but locks nothing and makes no bucket that nobody has used yet. */
export async function readBooks(db: Queryable, plan: CallPlan): Promise<BookFacts> {
  if (plan.kind !== 'paid') return { buckets: new Map(), spent: new Map() };
  const buckets = new Map<string, OpenBucket>();
  for (const offer of plan.allowances) {
    buckets.set(bucketKey(offer), await bucketOf(db, offer));
  }
  return { buckets, spent: await readSpent(db, distinctDays(plan.dailyLimits)) };
}

async function bucketOf(db: Queryable, offer: AllowanceOffer): Promise<OpenBucket> {
  const row = await findBucketOf(db, offer);
  return row === undefined
    ? { id: 0, freeS: offer.totalS }
    : { id: row.id, freeS: freeSeconds(row) };
}
