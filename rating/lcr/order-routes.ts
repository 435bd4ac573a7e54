import { showCompared } from '../call/expected-cost.js';
import type { ExpectedCost } from '../call/expected-cost.js';
import { assessCandidate, isUsable } from './assess-candidate.js';
import type { Assessment, UsableRoute } from './assess-candidate.js';
import { buildMarginGuard } from './margin-guard.js';
import { expectedCost } from './route-price.js';
import { rankRoutes } from './strategies.js';
import type { LcrDecision, LcrInput, LcrRefusal, LcrRoute } from './types.js';

/**
 * Orders the gateways that may carry a call by what the whole expected call costs through each,
 * priced from the carrier's own longest matching row and compared in the client's currency. The order
 * is total and repeatable, see {@link LcrStrategy}. Everything not in `routes` is in `refused`, by
 * gateway id, with the first filter that removed it and its price where it has one.
 *
 * @throws RangeError for fewer than one expected second or route, and for amounts, percentages and
 * exchange rates that are no plain decimals.
 */
export function orderRoutes(input: LcrInput): LcrDecision {
  assertInput(input);
  const price = expectedCost(input.clientRate, input.expectedSeconds);
  const guard = buildMarginGuard(price.compared, input.margin);
  const usable: UsableRoute[] = [];
  const refused: LcrRefusal[] = [];
  for (const candidate of input.candidates) {
    const found = assessCandidate(candidate, input, guard);
    if (isUsable(found)) usable.push(found);
    else refused.push(toRefusal(found, price));
  }
  const { routes, trialGatewayId } = rankRoutes(usable, input);
  for (const route of routes.slice(input.maxRoutes)) {
    route.reason = 'beyond_max_routes';
    refused.push(toRefusal(route, price));
  }
  refused.sort((first, second) => first.gatewayId - second.gatewayId);
  const chosen = routes.slice(0, input.maxRoutes);
  return {
    routes: chosen.map((route) => toRoute(route, price, trialGatewayId)),
    refused,
    expectedPrice: price.shown,
  };
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

/** Optional members are set one by one: spreading them took most of the time of a decision. */
type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

function toRoute(found: UsableRoute, price: ExpectedCost, trialGatewayId: number | null): LcrRoute {
  const { candidate, located, expected, exchangeRate } = found;
  const route: Writable<LcrRoute> = {
    gatewayId: candidate.gatewayId,
    gatewayName: candidate.gatewayName,
    carrierId: candidate.carrierId,
    rate: located.rate,
    expectedCost: expected.shown,
    costInClientCurrency: exchangeRate === null ? expected.shown : showCompared(found.cost),
    margin:
      exchangeRate === null ? expected.marginTo(price) : showCompared(price.compared - found.cost),
  };
  if (exchangeRate !== null) route.exchangeRate = exchangeRate;
  if (candidate.quality) route.quality = candidate.quality;
  if (candidate.gatewayId === trialGatewayId) route.isTrial = true;
  return route;
}

function toRefusal(found: Assessment, price: ExpectedCost): LcrRefusal {
  const { candidate, detail, located, expected, cost, exchangeRate } = found;
  const refusal: Writable<LcrRefusal> = {
    gatewayId: candidate.gatewayId,
    gatewayName: candidate.gatewayName,
    carrierId: candidate.carrierId,
    reason: found.reason ?? 'beyond_max_routes',
  };
  if (detail !== null) refusal.detail = detail;
  if (located !== null) refusal.rate = located.rate;
  if (expected === null) return refusal;
  refusal.expectedCost = expected.shown;
  if (cost === null) return refusal;
  refusal.costInClientCurrency = exchangeRate === null ? expected.shown : showCompared(cost);
  refusal.margin =
    exchangeRate === null ? expected.marginTo(price) : showCompared(price.compared - cost);
  if (exchangeRate !== null) refusal.exchangeRate = exchangeRate;
  return refusal;
}
