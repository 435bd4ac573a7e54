import { grantCall } from '../../rating/call/quote-call.js';
import type { CallGrant } from '../../rating/call/quote-call.js';
import { payerKey } from '../../rating/settlement/payer-key.js';
import { bucketKey } from '../../db/repositories/allowances.js';
import type { DailyLimit, DecisionStep } from './decision.js';
import type { HoldBooks, OpenBucket } from './hold-books.js';
import type { HoldRequest } from './hold-request.js';

/** How long a call may talk, by whose money and inclusive seconds, and what refuses it if at all. */
export interface HoldGrant {
  readonly grant: CallGrant;
  readonly refusal: 'daily_spend_reached' | 'insufficient_funds' | null;
  /** Buckets the call may draw on, in order; the grant's inclusive seconds are in the same order. */
  readonly buckets: readonly UsableBucket[];
  /** The daily limit that refuses the call. */
  readonly reached: DailyLimit | null;
  readonly steps: readonly DecisionStep[];
}

export interface UsableBucket {
  readonly bucket: OpenBucket;
  readonly incrementS: number;
}

/** What of a planned call its length depends on. */
export type GrantRequest = Pick<
  HoldRequest,
  'payers' | 'allowances' | 'dailyLimits' | 'sliceS' | 'maxS'
>;

/** Decides how long a call may talk; takes nothing yet. */
export function grantHold(request: GrantRequest, books: HoldBooks): HoldGrant {
  const buckets = usableBuckets(request, books);
  const grant = grantWithin(request, books, buckets, request.dailyLimits);
  const steps = [...request.dailyLimits.map((limit) => dailyStep(limit, books)), grantStep(grant)];
  if (grant.seconds > 0) return { grant, refusal: null, buckets, reached: null, steps };
  const reached = reachedLimit(request, books, buckets);
  const refusal = reached === null ? 'insufficient_funds' : 'daily_spend_reached';
  return { grant, refusal, buckets, reached, steps };
}

function usableBuckets(request: GrantRequest, books: HoldBooks): readonly UsableBucket[] {
  return request.allowances.flatMap((offer): UsableBucket[] => {
    const bucket = books.buckets.get(bucketKey(offer));
    if (bucket === undefined || bucket.freeS <= 0) return [];
    return [{ bucket, incrementS: offer.incrementS }];
  });
}

function grantWithin(
  request: GrantRequest,
  books: HoldBooks,
  buckets: readonly UsableBucket[],
  limits: readonly DailyLimit[],
): CallGrant {
  const included = buckets.map(({ bucket, incrementS }) => {
    return { seconds: bucket.freeS, incrementS };
  });
  return grantCall({
    payers: request.payers.map((payer, level) => ({
      payerKey: payerKey(payer),
      rate: payer.rate,
      available: books.purses.availableTo(payerKey(payer), limits),
      ...(level === 0 && included.length > 0 ? { included } : {}),
    })),
    // A call that nobody pays needs no slices: there is nothing to share.
    sliceSeconds: request.payers.length === 0 ? request.maxS : request.sliceS,
    maxSeconds: request.maxS,
  });
}

/** The first daily limit without which the call could be paid; null where money itself is missing. */
function reachedLimit(
  request: GrantRequest,
  books: HoldBooks,
  buckets: readonly UsableBucket[],
): DailyLimit | null {
  const { dailyLimits } = request;
  if (dailyLimits.length === 0) return null;
  const unlimited = grantWithin(request, books, buckets, []);
  if (unlimited.seconds === 0) return null;
  return (
    dailyLimits.find((limit) => grantWithin(request, books, buckets, [limit]).seconds === 0) ??
    dailyLimits[0] ??
    null
  );
}

function dailyStep(limit: DailyLimit, { purses }: HoldBooks): DecisionStep {
  const { spent, held } = purses.leftToday(limit);
  return { kind: 'daily_spend', ...limit, spent: spent.toFixed(), held: held.toFixed() };
}

function grantStep({ seconds, limitedBy, steps }: CallGrant): DecisionStep {
  return { kind: 'grant', seconds, limitedBy, payers: steps };
}
