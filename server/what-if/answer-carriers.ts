import type { Deck } from '../../rating/deck/deck.js';
import type { FrozenRate } from '../../rating/deck/types.js';
import type { CallPlan } from '../calls/call-plan.js';
import { lookupNumber } from '../calls/rate-payers.js';
import type { DecisionStep } from '../calls/decision.js';
import type { GatewayEntry, Snapshot } from '../snapshot/snapshot.js';
import { priceAnswer, rateAnswer } from './answer-rates.js';
import { fullRoutes, lcrStepOf } from './plan-steps.js';
import type { LcrStep, PricedRoute } from './plan-steps.js';
import type { Capacity } from './read-capacity.js';
import type { CarrierAnswer, RoutingAnswer } from './types.js';

export interface CarrierFacts {
  readonly plan: CallPlan;
  readonly snapshot: Snapshot;
  readonly atMs: number;
  readonly durationS: number;
  /** What limited gateways and carriers have in use. */
  readonly capacity: Capacity;
  /** Which routes had no room. */
  readonly roomSteps: readonly DecisionStep[];
  /** Gateways in the order they are dialled, after those without room were passed over. */
  readonly dialled: readonly string[];
  /** As the switch last reported it; null where it is not known. */
  readonly gatewayState: (gateway: string) => string | null;
}

export function routingAnswer(plan: CallPlan): RoutingAnswer | null {
  const step = lcrStepOf(plan.steps);
  if (step === null) return null;
  const { strategy, expectedSeconds, expectedFrom, expectedPrice, currency } = step;
  return { plan: step.plan, strategy, expectedSeconds, expectedFrom, expectedPrice, currency };
}

/** Every gateway of the plan: first those that are dialled, in order, then why each other one is not. */
export function carrierAnswers(facts: CarrierFacts): readonly CarrierAnswer[] {
  const step = lcrStepOf(facts.plan.steps);
  if (step === null) return [];
  const entries = new Map(
    facts.snapshot.carriers.gateways.map((entry) => [entry.gateway.name, entry]),
  );
  const answers = routesOf(step, facts).flatMap(({ route, ...place }) => {
    const entry = entries.get(route.gateway);
    return entry === undefined ? [] : [{ ...carrierAnswer(route, entry, facts), ...place }];
  });
  return answers.sort((one, other) => (one.order ?? Infinity) - (other.order ?? Infinity));
}

interface Placed {
  readonly route: PricedRoute;
  readonly order: number | null;
  readonly reason: string | null;
  readonly detail: string | null;
}

function routesOf(step: LcrStep, facts: CarrierFacts): readonly Placed[] {
  const chosen = step.routes.map((route): Placed => {
    const place = facts.dialled.indexOf(route.gateway);
    if (place >= 0) return { route, order: place + 1, reason: null, detail: null };
    return { route, order: null, ...passedOver(route.gateway, facts) };
  });
  const refused = step.refused.map(({ reason, detail, ...route }): Placed => {
    return { route, order: null, reason, detail: detail ?? null };
  });
  return [...chosen, ...refused];
}

/** Why a route that may carry the call is not among those that are dialled. */
function passedOver(
  gateway: string,
  { roomSteps }: CarrierFacts,
): Pick<Placed, 'reason' | 'detail'> {
  const full = fullRoutes(roomSteps).find((step) => step.gateway === gateway);
  return { reason: full?.reason ?? 'beyond_max_routes', detail: full?.detail ?? null };
}

function carrierAnswer(
  route: PricedRoute,
  { gateway, carrier }: GatewayEntry,
  facts: CarrierFacts,
): Omit<CarrierAnswer, 'order' | 'reason' | 'detail'> {
  const rate = rateOf(route, carrier.rateSheetId, facts);
  return {
    carrierId: carrier.id,
    carrier: carrier.name,
    gatewayId: gateway.id,
    gateway: gateway.name,
    gatewayState: facts.gatewayState(gateway.name),
    rate: rate === null ? null : rateAnswer(rate),
    currency: carrier.currency,
    expectedCost: route.expectedCost ?? null,
    costInClientCurrency: route.costInClientCurrency ?? null,
    exchangeRate: route.exchangeRate ?? null,
    margin: route.margin ?? null,
    cost: rate === null ? null : priceAnswer(rate, facts.durationS),
    quality: route.quality ?? null,
    number: `${gateway.techPrefix}${facts.plan.destination}`,
    capacity: facts.capacity.usesOf(gateway.name),
  };
}

/** The rate of the plan's own route, or what the carrier's deck says of a route that was refused. */
function rateOf(
  route: PricedRoute,
  sheetId: number | null,
  { plan, snapshot, atMs }: CarrierFacts,
): FrozenRate | null {
  const routes = plan.kind === 'paid' ? plan.routes : [];
  const frozen = routes.find(({ gatewayName }) => gatewayName === route.gateway);
  if (frozen !== undefined) return frozen.rate;
  const deck = sheetId === null ? undefined : snapshot.rates.deckBySheet.get(sheetId);
  return deck === undefined ? null : findRate(deck, plan, atMs);
}

function findRate(deck: Deck, plan: CallPlan, atMs: number): FrozenRate | null {
  return deck.find(lookupNumber(deck, plan), atMs, plan.jurisdiction ?? undefined);
}
