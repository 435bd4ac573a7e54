import { showExactly } from '../call/expected-cost.js';
import type { ExpectedCost } from '../call/expected-cost.js';
import { findUnsupported } from '../call/unsupported.js';
import type { UnsupportedFeature } from '../call/unsupported.js';
import type { LocatedRate } from '../deck/located-rate.js';
import { ratedNumber } from '../deck/rated-number.js';
import type { MarginGuard } from './margin-guard.js';
import { missingRate } from './missing-rate.js';
import { convert, locatedCost } from './route-price.js';
import type { LcrInput, RefusalReason, RouteCandidate } from './types.js';

/** A candidate with what was found out about it so far. Filled in place: there are many of them. */
export interface Assessment {
  readonly candidate: RouteCandidate;
  located: LocatedRate | null;
  /** In the carrier's currency; null where it could not be priced or is not sold. */
  expected: ExpectedCost | null;
  /** In the client's currency, exact; null where it could not be converted. */
  cost: bigint | null;
  exchangeRate: string | null;
  /** Null for a route that may be used. */
  reason: RefusalReason | null;
  detail: string | null;
}

/** A candidate that passed every filter. */
export interface UsableRoute extends Assessment {
  located: LocatedRate;
  expected: ExpectedCost;
  cost: bigint;
}

export function isUsable(assessment: Assessment): assessment is UsableRoute {
  return assessment.reason === null;
}

/**
 * Prices one candidate and puts it through the filters, in the order the room's README gives; the
 * first that removes it is the reason. A gateway that is out of service is priced all the same, so
 * that people see what its absence costs.
 */
export function assessCandidate(
  candidate: RouteCandidate,
  input: LcrInput,
  guard: MarginGuard,
): Assessment {
  const assessment: Assessment = {
    candidate,
    located: null,
    expected: null,
    cost: null,
    exchangeRate: null,
    reason: null,
    detail: null,
  };
  priceCandidate(assessment, input, guard);
  if (candidate.unavailable !== null) {
    assessment.reason = candidate.unavailable;
    assessment.detail = candidate.unavailableDetail ?? null;
  }
  return assessment;
}

function priceCandidate(assessment: Assessment, input: LcrInput, guard: MarginGuard): void {
  const { deck, currency, unavailable } = assessment.candidate;
  if (deck === null) return fail(assessment, 'no_rate', 'the carrier has no rate sheet');
  if (deck.terms.currency !== currency) {
    const found = `carrier ${currency}, sheet ${deck.terms.currency}`;
    return fail(assessment, 'currency_mismatch', found);
  }
  const number = ratedNumber(deck.terms, input);
  const located = deck.locate(number, input.atMs, input.jurisdiction);
  if (located === null) {
    if (unavailable !== null) return;
    const { reason, detail } = missingRate(deck, number, input.atMs);
    return fail(assessment, reason, detail);
  }
  assessment.located = located;
  if (located.blocked) {
    return fail(assessment, 'destination_blocked', located.rate.row.destination);
  }
  const unsupported = unsupportedIn(located, input.expectedSeconds);
  if (unsupported !== null) return fail(assessment, 'no_rate', unsupported);
  compareCost(assessment, locatedCost(located, input.expectedSeconds), input, guard);
}

/** A plain row supports everything: it has no time slots. */
function unsupportedIn(located: LocatedRate, seconds: number): UnsupportedFeature | null {
  return located.plain === null ? findUnsupported(located.rate, seconds) : null;
}

function compareCost(
  assessment: Assessment,
  expected: ExpectedCost,
  input: LcrInput,
  guard: MarginGuard,
): void {
  const { candidate } = assessment;
  const wanted = input.clientRate.terms.currency;
  assessment.expected = expected;
  let cost = expected.compared;
  if (candidate.currency !== wanted) {
    assessment.exchangeRate = candidate.exchangeRate ?? null;
    if (assessment.exchangeRate === null) {
      return fail(assessment, 'no_exchange_rate', `${candidate.currency} to ${wanted}`);
    }
    cost = convert(expected, assessment.exchangeRate);
  }
  assessment.cost = cost;
  if (candidate.unavailable === null && !guard.allows(cost)) {
    const shown = assessment.exchangeRate === null ? expected.exactly : showExactly(cost);
    fail(assessment, 'would_lose_money', guard.explain(shown));
  }
}

function fail(assessment: Assessment, reason: RefusalReason, detail: string): void {
  assessment.reason = reason;
  assessment.detail = detail;
}
