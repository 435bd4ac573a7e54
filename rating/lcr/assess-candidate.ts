import { findUnsupported } from '../call/unsupported.js';
import type { Deck } from '../deck/deck.js';
import type { FrozenRate } from '../deck/types.js';
import type { MarginGuard } from './margin-guard.js';
import { missingRate } from './missing-rate.js';
import { convert, expectedCost } from './route-price.js';
import type { LcrInput, RefusalReason, RouteCandidate } from './types.js';

/** What was found out about the price of a candidate, as far as it could be. */
export interface CandidatePrice {
  readonly rate: FrozenRate;
  /** In the carrier's currency, six decimals; null for a destination it does not sell. */
  readonly expectedCost: string | null;
  /** In the client's currency, exact; null where it could not be converted. */
  readonly cost: bigint | null;
  readonly exchangeRate: string | null;
}

export interface UsableRoute extends CandidatePrice {
  readonly kind: 'usable';
  readonly candidate: RouteCandidate;
  readonly expectedCost: string;
  readonly cost: bigint;
}

export interface UnusableRoute {
  readonly kind: 'unusable';
  readonly candidate: RouteCandidate;
  readonly reason: RefusalReason;
  readonly detail: string | null;
  readonly price: CandidatePrice | null;
}

interface Problem {
  readonly reason: RefusalReason;
  readonly detail: string;
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
): UsableRoute | UnusableRoute {
  const found = priceCandidate(candidate, input);
  const isPriced = 'rate' in found;
  const price = isPriced ? found : null;
  if (candidate.unavailable !== null) {
    const detail = candidate.unavailableDetail ?? null;
    return { kind: 'unusable', candidate, reason: candidate.unavailable, detail, price };
  }
  if (!isPriced) return { kind: 'unusable', candidate, ...found, price };
  const { rate, expectedCost: shown, cost, exchangeRate } = found;
  if (shown === null) {
    const detail = rate.row.destination;
    return { kind: 'unusable', candidate, reason: 'destination_blocked', detail, price };
  }
  if (cost === null) {
    const detail = `${rate.terms.currency} to ${input.clientRate.terms.currency}`;
    return { kind: 'unusable', candidate, reason: 'no_exchange_rate', detail, price };
  }
  if (!guard.allows(cost)) {
    const detail = guard.explain(cost);
    return { kind: 'unusable', candidate, reason: 'would_lose_money', detail, price };
  }
  return { kind: 'usable', candidate, rate, expectedCost: shown, cost, exchangeRate };
}

function priceCandidate(candidate: RouteCandidate, input: LcrInput): CandidatePrice | Problem {
  const { deck, currency } = candidate;
  if (deck === null) return { reason: 'no_rate', detail: 'the carrier has no rate sheet' };
  if (deck.terms.currency !== currency) {
    const detail = `carrier ${currency}, sheet ${deck.terms.currency}`;
    return { reason: 'currency_mismatch', detail };
  }
  const number = ratedNumber(deck, input);
  const rate = deck.find(number, input.atMs, input.jurisdiction);
  if (rate === null) return missingRate(deck, number, input.atMs);
  if (rate.row.blocked) return { rate, expectedCost: null, cost: null, exchangeRate: null };
  const unsupported = findUnsupported(rate, input.expectedSeconds);
  if (unsupported !== null) return { reason: 'no_rate', detail: unsupported };
  return priced(rate, candidate, input);
}

/** Decks of ported countries are looked up by the routing number, where one is known. */
function ratedNumber(deck: Deck, { number, routingNumber }: LcrInput): string {
  return deck.terms.ratedOn === 'lrn' ? (routingNumber ?? number) : number;
}

function priced(rate: FrozenRate, candidate: RouteCandidate, input: LcrInput): CandidatePrice {
  const { cost, shown } = expectedCost(rate, input.expectedSeconds);
  if (candidate.currency === input.clientRate.terms.currency) {
    return { rate, expectedCost: shown, cost: convert(cost, null), exchangeRate: null };
  }
  const exchangeRate = candidate.exchangeRate ?? null;
  const converted = exchangeRate === null ? null : convert(cost, exchangeRate);
  return { rate, expectedCost: shown, cost: converted, exchangeRate };
}
