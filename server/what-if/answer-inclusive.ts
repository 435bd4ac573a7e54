import { useIncluded } from '../../rating/allowance/use-included.js';
import type { IncludedTime } from '../../rating/allowance/use-included.js';
import { bucketKey } from '../../db/repositories/allowances.js';
import type { CallPlan } from '../calls/call-plan.js';
import type { AllowanceOffer } from '../calls/decision.js';
import type { BookFacts } from './read-books.js';
import type { InclusiveAnswer } from './types.js';

/** Inclusive time that may be used, in order, as the price of the first payer takes it. */
export function includedTimes(plan: CallPlan, books: BookFacts): readonly IncludedTime[] {
  return offersOf(plan).map((offer) => ({
    seconds: freeOf(offer, books),
    incrementS: offer.incrementS,
  }));
}

/** What there is of it, and what the call of the question would use. */
export function inclusiveAnswers(
  plan: CallPlan,
  books: BookFacts,
  durationS: number,
): readonly InclusiveAnswer[] {
  const { used } = useIncluded(durationS, includedTimes(plan, books));
  return offersOf(plan).map((offer, index) => ({
    of: offer.ownerType,
    id: offer.ownerId,
    until: new Date(offer.periodEndUs / 1000).toISOString(),
    totalS: offer.totalS,
    freeS: freeOf(offer, books),
    incrementS: offer.incrementS,
    usesS: used[index] ?? 0,
  }));
}

function offersOf(plan: CallPlan): readonly AllowanceOffer[] {
  return plan.kind === 'paid' ? plan.allowances : [];
}

function freeOf(offer: AllowanceOffer, { buckets }: BookFacts): number {
  return Math.max(0, buckets.get(bucketKey(offer))?.freeS ?? 0);
}
