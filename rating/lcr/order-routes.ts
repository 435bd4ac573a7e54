import { roundedCost } from '../call/call-cost.js';
import { compileRate } from '../call/compiled-rate.js';
import { findUnsupported } from '../call/unsupported.js';
import type { FrozenRate } from '../deck/types.js';
import { AMOUNT_DECIMALS, PRICE_DECIMALS, PRICE_SCALE } from '../money.js';
import { powerOfTen, roundRatio, scaledToFixed } from '../money.js';
import { buildMarginGuard } from './margin-guard.js';
import type { MarginGuard } from './margin-guard.js';
import type { LcrDecision, LcrInput, LcrRefusal, RefusalReason, RouteCandidate } from './types.js';
import { weightedPlace } from './weighted-order.js';

interface PricedRoute {
  readonly candidate: RouteCandidate;
  readonly rate: FrozenRate;
  /** Integer of 10^-8 money units. */
  readonly cost: bigint;
  readonly place: number;
}

type Assessment = PricedRoute | { readonly reason: RefusalReason; readonly detail?: string };

/**
 * Orders the gateways that may carry a call by what the whole expected call costs through each,
 * priced from the carrier's own longest matching row. The order is total and repeatable: strategy,
 * then priority, then weight drawn with the seed, then gateway id. Everything not in `routes` is in
 * `refused` with the first filter that removed it.
 */
export function orderRoutes(input: LcrInput): LcrDecision {
  assertInput(input);
  const price = expectedCost(input.clientRate, input.expectedSeconds);
  const guard = buildMarginGuard(price, input.margin);
  const routes: PricedRoute[] = [];
  const refused: LcrRefusal[] = [];
  for (const candidate of input.candidates) {
    const found = assess(candidate, input, guard);
    if ('rate' in found) routes.push(found);
    else refused.push(refuse(candidate, found.reason, found.detail));
  }
  routes.sort(input.strategy === 'cheapest' ? byCost : byPriority);
  for (const { candidate } of routes.splice(input.maxRoutes)) {
    refused.push(refuse(candidate, 'beyond_max_routes'));
  }
  refused.sort((first, second) => first.gatewayId - second.gatewayId);
  return { routes: routes.map(toRoute), refused, expectedPrice: showAmount(price) };
}

function assertInput({ expectedSeconds, maxRoutes }: LcrInput): void {
  if (!Number.isSafeInteger(expectedSeconds) || expectedSeconds < 1) {
    throw new RangeError(
      `invalid_duration: expected ${String(expectedSeconds)} s is not 1 or more`,
    );
  }
  if (!Number.isSafeInteger(maxRoutes) || maxRoutes < 1) {
    throw new RangeError(`invalid_limit: ${String(maxRoutes)} routes is not 1 or more`);
  }
}

function assess(candidate: RouteCandidate, input: LcrInput, guard: MarginGuard): Assessment {
  const { deck, currency } = candidate;
  if (candidate.unavailable !== null) return { reason: candidate.unavailable };
  if (deck === null) return { reason: 'no_rate', detail: 'the carrier has no rate sheet' };
  const wanted = input.clientRate.terms.currency;
  if (currency !== wanted || deck.terms.currency !== wanted) {
    const detail = `carrier ${currency}, sheet ${deck.terms.currency}, client ${wanted}`;
    return { reason: 'currency_mismatch', detail };
  }
  const rate = deck.find(input.number, input.atMs);
  if (rate === null) return { reason: 'no_rate' };
  if (rate.row.blocked) return { reason: 'destination_blocked', detail: rate.row.destination };
  const unsupported = findUnsupported(rate, input.expectedSeconds);
  if (unsupported !== null) return { reason: 'no_rate', detail: unsupported };
  const cost = expectedCost(rate, input.expectedSeconds);
  if (!guard.allows(cost)) return { reason: 'would_lose_money', detail: guard.explain(cost) };
  const place = weightedPlace(input.seed, candidate.gatewayId, candidate.weight);
  return { candidate, rate, cost, place };
}

/** The charged price of a call as an integer of 10^-8 money units. */
function expectedCost(rate: FrozenRate, seconds: number): bigint {
  const compiled = compileRate(rate);
  const scale = powerOfTen(PRICE_DECIMALS - rate.terms.roundingDecimals);
  return roundedCost(compiled, seconds) * scale;
}

function byCost(first: PricedRoute, second: PricedRoute): number {
  return compareCost(first, second) || comparePriority(first, second) || compareRest(first, second);
}

function byPriority(first: PricedRoute, second: PricedRoute): number {
  return comparePriority(first, second) || compareCost(first, second) || compareRest(first, second);
}

function compareCost(first: PricedRoute, second: PricedRoute): number {
  if (first.cost === second.cost) return 0;
  return first.cost < second.cost ? -1 : 1;
}

function comparePriority(first: PricedRoute, second: PricedRoute): number {
  return first.candidate.priority - second.candidate.priority;
}

function compareRest(first: PricedRoute, second: PricedRoute): number {
  if (first.place !== second.place) return first.place < second.place ? -1 : 1;
  return first.candidate.gatewayId - second.candidate.gatewayId;
}

function refuse(candidate: RouteCandidate, reason: RefusalReason, detail?: string): LcrRefusal {
  const { gatewayId, gatewayName, carrierId } = candidate;
  return { gatewayId, gatewayName, carrierId, reason, ...(detail === undefined ? {} : { detail }) };
}

function toRoute({ candidate, rate, cost }: PricedRoute): LcrDecision['routes'][number] {
  const { gatewayId, gatewayName, carrierId } = candidate;
  const shown = showAmount(cost);
  return {
    gatewayId,
    gatewayName,
    carrierId,
    rate,
    expectedCost: shown,
    costInClientCurrency: shown,
    margin: '0.000000',
  };
}

function showAmount(scaled: bigint): string {
  const amount = roundRatio(scaled, PRICE_SCALE, AMOUNT_DECIMALS, 'half_up');
  return scaledToFixed(amount, AMOUNT_DECIMALS);
}
