import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type { LcrDecision, RouteCandidate } from '../../rating/lcr/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow, PlanRow } from '../../db/repositories/snapshot.js';
import type { PlanContext } from './call-plan.js';
import type { DecidedRoute, RefusalReason } from './decision.js';
import { lcrStep } from './explain-routes.js';
import { expectedLength } from './expected-length.js';
import type { RatedCall } from './outbound-call.js';
import { unavailability } from './route-filters.js';
import { gatewaysOfPlan } from './planned-gateways.js';
import type { PlannedGateway } from './planned-gateways.js';

export interface RouteChoice {
  readonly routes: readonly DecidedRoute[];
  readonly maxRoutes: number;
}

/** All routes that may carry the call, in the order of its plan; those beyond the limit too. */
export function chooseRoutes(
  call: RatedCall,
  payers: readonly FrozenPayer[],
  chain: readonly AccountRow[],
  context: PlanContext,
): RouteChoice | { readonly reason: RefusalReason } {
  const plan = findPlan(call, chain, context);
  if (plan === null) return { reason: 'no_lcr_plan' };
  // The operator is paid by the top of the chain: that is the price carriers must stay below.
  const top = payers.at(-1);
  if (top === undefined) return { reason: 'no_rate' };
  const gateways = gatewaysOfPlan(context.snapshot, plan.id);
  const expected = expectedLength(call.destination, plan, context.live);
  const decision = orderRoutes({
    number: call.destination,
    atMs: context.nowMs,
    strategy: plan.strategy,
    expectedSeconds: expected.seconds,
    clientRate: top.rate,
    margin: {
      percent: plan.marginPercent,
      absolute: plan.marginAbsolute,
      allowLoss: plan.allowLoss,
    },
    // Cut later: which of them have room is not known before the database was asked.
    maxRoutes: Math.max(1, gateways.length),
    candidates: gateways.map((entry) => candidateOf(entry, { call, plan, top, context })),
    seed: call.seed,
    tolerancePercent: plan.tolerancePercent,
    ...(call.routingNumber === null ? {} : { routingNumber: call.routingNumber }),
    ...(call.jurisdiction === null ? {} : { jurisdiction: call.jurisdiction }),
  });
  call.steps.push(lcrStep(plan, expected, top, decision));
  if (decision.routes.length === 0) return { reason: emptyReason(decision) };
  const byId = new Map(gateways.map((entry) => [entry.gateway.id, entry]));
  const routes = decision.routes.flatMap((route) => {
    const entry = byId.get(route.gatewayId);
    return entry === undefined ? [] : [decidedRoute(route, entry, call.destination)];
  });
  return { routes, maxRoutes: plan.maxRoutes };
}

/** The plan of the extension, or else of the nearest account up the chain that has one. */
function findPlan(
  call: RatedCall,
  chain: readonly AccountRow[],
  { snapshot }: PlanContext,
): PlanRow | null {
  const own = call.owner.extension?.extension.lcrPlanId ?? null;
  const planId = own ?? chain.find((account) => account.lcrPlanId !== null)?.lcrPlanId ?? null;
  return planId === null ? null : (snapshot.plans.planById.get(planId) ?? null);
}

interface CandidateFacts {
  readonly call: RatedCall;
  readonly plan: PlanRow;
  readonly top: FrozenPayer;
  readonly context: PlanContext;
}

function candidateOf(entry: PlannedGateway, facts: CandidateFacts): RouteCandidate {
  const { call, plan, top, context } = facts;
  const { carrier, base } = entry;
  const { snapshot, live, nowMs } = context;
  const sheetId = carrier.rateSheetId;
  const deck = sheetId === null ? null : (snapshot.rates.deckBySheet.get(sheetId) ?? null);
  const problem = unavailability(entry, call, live);
  const isForeign = carrier.currency !== top.currency;
  const window = { windowH: plan.qualityWindowH, minAttempts: plan.qualityMinAttempts };
  return {
    ...base,
    deck,
    unavailable: problem?.reason ?? null,
    ...(problem?.detail === undefined ? {} : { unavailableDetail: problem.detail }),
    ...(isForeign
      ? { exchangeRate: snapshot.currencies.rateAt(carrier.currency, top.currency, nowMs) }
      : {}),
    quality: live.routeQuality(base.gatewayId, call.destination, window),
  };
}

/** What the caller is told when no route is left: the loss first, because it can be mended here. */
function emptyReason(decision: LcrDecision): RefusalReason {
  const lossy = decision.refused.some((route) => route.reason === 'would_lose_money');
  return lossy ? 'would_lose_money' : 'no_carrier';
}

function decidedRoute(
  route: LcrDecision['routes'][number],
  entry: PlannedGateway,
  destination: string,
): DecidedRoute {
  const { gateway, carrier, stopCauses, limits } = entry;
  return {
    gatewayId: gateway.id,
    gatewayName: gateway.name,
    carrierId: carrier.id,
    currency: carrier.currency,
    rate: route.rate,
    number: `${gateway.techPrefix}${destination}`,
    codecs: gateway.codecs,
    progressTimeoutS: gateway.progressTimeoutS,
    ...(route.exchangeRate === undefined ? {} : { exchangeRate: route.exchangeRate }),
    ...(stopCauses === null ? {} : { stopCauses }),
    ...(limits === null ? {} : { limits }),
  };
}
