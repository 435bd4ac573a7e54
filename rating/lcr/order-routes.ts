import { assessCandidate } from './assess-candidate.js';
import type { CandidatePrice, UnusableRoute, UsableRoute } from './assess-candidate.js';
import { buildMarginGuard } from './margin-guard.js';
import { convert, expectedCost, showCompared } from './route-price.js';
import { rankRoutes } from './strategies.js';
import type { LcrDecision, LcrInput, LcrRefusal, LcrRoute, RouteCandidate } from './types.js';

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
  const { cost, shown: expectedPrice } = expectedCost(input.clientRate, input.expectedSeconds);
  const price = convert(cost, null);
  const guard = buildMarginGuard(price, input.margin);
  const usable: UsableRoute[] = [];
  const refused: LcrRefusal[] = [];
  for (const candidate of input.candidates) {
    const found = assessCandidate(candidate, input, guard);
    if (found.kind === 'usable') usable.push(found);
    else refused.push(toRefusal(found, price));
  }
  const { routes, trialGatewayId } = rankRoutes(usable, input);
  for (const route of routes.slice(input.maxRoutes)) {
    const { candidate } = route;
    const reason = 'beyond_max_routes';
    refused.push(
      toRefusal({ kind: 'unusable', candidate, reason, detail: null, price: route }, price),
    );
  }
  refused.sort((first, second) => first.gatewayId - second.gatewayId);
  const chosen = routes.slice(0, input.maxRoutes);
  return {
    routes: chosen.map((route) => toRoute(route, price, trialGatewayId)),
    refused,
    expectedPrice,
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

function toRoute(route: UsableRoute, price: bigint, trialGatewayId: number | null): LcrRoute {
  const { candidate, rate, cost, exchangeRate } = route;
  const quality = candidate.quality ?? null;
  return {
    ...names(candidate),
    rate,
    expectedCost: route.expectedCost,
    ...inClientCurrency(route, cost, price),
    ...(exchangeRate === null ? {} : { exchangeRate }),
    ...(quality === null ? {} : { quality }),
    ...(candidate.gatewayId === trialGatewayId ? { isTrial: true } : {}),
  };
}

function toRefusal(
  { candidate, reason, detail, price: found }: UnusableRoute,
  price: bigint,
): LcrRefusal {
  return {
    ...names(candidate),
    reason,
    ...(detail === null ? {} : { detail }),
    ...(found === null ? {} : pricedMembers(found, price)),
  };
}

function pricedMembers(found: CandidatePrice, price: bigint): Partial<LcrRefusal> {
  const { rate, cost } = found;
  if (found.expectedCost === null) return { rate };
  if (cost === null) return { rate, expectedCost: found.expectedCost };
  return {
    rate,
    expectedCost: found.expectedCost,
    ...inClientCurrency({ ...found, expectedCost: found.expectedCost }, cost, price),
    ...(found.exchangeRate === null ? {} : { exchangeRate: found.exchangeRate }),
  };
}

function inClientCurrency(
  route: Pick<UsableRoute, 'expectedCost' | 'exchangeRate'>,
  cost: bigint,
  price: bigint,
): { costInClientCurrency: string; margin: string } {
  return {
    costInClientCurrency: route.exchangeRate === null ? route.expectedCost : showCompared(cost),
    margin: showCompared(price - cost),
  };
}

function names({ gatewayId, gatewayName, carrierId }: RouteCandidate) {
  return { gatewayId, gatewayName, carrierId };
}
