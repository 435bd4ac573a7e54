import { orderRoutes } from '../../rating/lcr/order-routes.js';
import type { RouteCandidate, LcrDecision } from '../../rating/lcr/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow, PlanRow } from '../../db/repositories/snapshot.js';
import type { GatewayEntry, Snapshot } from '../snapshot/snapshot.js';
import { accountChain } from './account-chain.js';
import { refuse } from './call-plan.js';
import type { CallPlan, Owner, PlanSettings } from './call-plan.js';
import type { DecidedRoute, DecisionStep, RefusalReason } from './decision.js';

interface OutboundInput {
  readonly owner: Owner;
  readonly destination: string;
  readonly snapshot: Snapshot;
  readonly settings: PlanSettings;
  readonly nowMs: number;
  readonly steps: DecisionStep[];
}

type Failure = { readonly reason: RefusalReason };

/** Rates a call for everybody who pays it and finds the carriers it may use. */
export function planOutbound(input: OutboundInput): CallPlan {
  const { owner, destination, steps } = input;
  const chain = accountChain(owner.account, input.snapshot.accounts.accountById);
  if (chain === null) return refuse('internal_error', 'outbound', owner, destination, steps);
  const payers = ratePayers(input, chain);
  if ('reason' in payers) return refuse(payers.reason, 'outbound', owner, destination, steps);
  const routes = chooseRoutes(input, payers, chain);
  if ('reason' in routes) return refuse(routes.reason, 'outbound', owner, destination, steps);
  return { kind: 'paid', direction: 'outbound', owner, destination, payers, routes, steps };
}

/** The chain from the customer up to, but without, the operator: each pays its own sheet's price. */
function ratePayers(
  input: OutboundInput,
  chain: readonly AccountRow[],
): readonly FrozenPayer[] | Failure {
  const payers: FrozenPayer[] = [];
  for (const account of chain) {
    if (account.parentId === null) break;
    if (account.status !== 'active') return { reason: 'account_suspended' };
    const payer = ratePayer(input, account, account.parentId, payers.length === 0);
    if ('reason' in payer) return payer;
    payers.push(payer);
  }
  return payers.length === 0 ? { reason: 'no_rate' } : payers;
}

function ratePayer(
  input: OutboundInput,
  account: AccountRow,
  sellerAccountId: number,
  isCaller: boolean,
): FrozenPayer | Failure {
  const own = isCaller ? (input.owner.extension?.extension.rateSheetId ?? null) : null;
  const sheetId = own ?? account.rateSheetId;
  const deck = sheetId === null ? undefined : input.snapshot.rates.deckBySheet.get(sheetId);
  const rate = deck?.find(input.destination, input.nowMs) ?? null;
  if (rate === null || rate.terms.currency !== account.currency) {
    input.steps.push({ kind: 'payer', accountId: account.id, sheetId, rate: null });
    return { reason: 'no_rate' };
  }
  const { row, terms } = rate;
  input.steps.push({
    kind: 'payer',
    accountId: account.id,
    sheet: terms.sheetName,
    releaseId: row.releaseId,
    prefix: row.prefix,
    destination: row.destination,
    ratePerMinute: row.ratePerMinute,
    connectFee: row.connectFee,
  });
  if (row.blocked) return { reason: 'destination_blocked' };
  return { accountId: account.id, sellerAccountId, currency: account.currency, rate };
}

function chooseRoutes(
  input: OutboundInput,
  payers: readonly FrozenPayer[],
  chain: readonly AccountRow[],
): readonly DecidedRoute[] | Failure {
  const plan = findPlan(input, chain);
  if (plan === null) return { reason: 'no_lcr_plan' };
  // The operator is paid by the top of the chain: that is the price carriers must stay below.
  const top = payers.at(-1);
  if (top === undefined) return { reason: 'no_rate' };
  const gateways = gatewaysOf(input.snapshot, plan);
  const decision = orderRoutes({
    number: input.destination,
    atMs: input.nowMs,
    strategy: plan.strategy,
    expectedSeconds: plan.expectedCallS,
    clientRate: top.rate,
    margin: {
      percent: plan.marginPercent,
      absolute: plan.marginAbsolute,
      allowLoss: plan.allowLoss,
    },
    maxRoutes: plan.maxRoutes,
    candidates: gateways.map((entry) => candidateOf(entry, plan, input.snapshot)),
    seed: input.nowMs,
  });
  input.steps.push(lcrStep(plan, decision));
  if (decision.routes.length === 0) return { reason: emptyReason(decision) };
  return decision.routes.flatMap((route) => {
    const entry = gateways.find((candidate) => candidate.gateway.id === route.gatewayId);
    return entry === undefined ? [] : [routeOf(route.rate, entry, input)];
  });
}

/** The plan of the extension, or else of the nearest account up the chain that has one. */
function findPlan(input: OutboundInput, chain: readonly AccountRow[]): PlanRow | null {
  const own = input.owner.extension?.extension.lcrPlanId ?? null;
  const planId = own ?? chain.find((account) => account.lcrPlanId !== null)?.lcrPlanId ?? null;
  return planId === null ? null : (input.snapshot.plans.planById.get(planId) ?? null);
}

interface PlannedGateway extends GatewayEntry {
  readonly planPriority: number;
  readonly planWeight: number;
}

function gatewaysOf(snapshot: Snapshot, plan: PlanRow): readonly PlannedGateway[] {
  const members = snapshot.plans.carriersByPlan.get(plan.id) ?? [];
  return members.flatMap((member) =>
    (snapshot.carriers.gatewaysByCarrier.get(member.carrierId) ?? []).map((entry) => ({
      ...entry,
      planPriority: member.priority,
      planWeight: member.weight,
    })),
  );
}

function candidateOf(entry: PlannedGateway, plan: PlanRow, snapshot: Snapshot): RouteCandidate {
  const { gateway, carrier } = entry;
  const sheetId = carrier.rateSheetId;
  return {
    gatewayId: gateway.id,
    gatewayName: gateway.name,
    carrierId: carrier.id,
    carrierName: carrier.name,
    // The plan ranks carriers; a carrier's own gateways are ranked within it.
    priority: entry.planPriority * 1000 + gateway.priority,
    weight: entry.planWeight * gateway.weight,
    currency: carrier.currency,
    deck: sheetId === null ? null : (snapshot.rates.deckBySheet.get(sheetId) ?? null),
    unavailable: unavailableReason(entry),
  };
}

function unavailableReason(entry: GatewayEntry): RouteCandidate['unavailable'] {
  if (entry.carrier.status !== 'active') return 'carrier_disabled';
  return entry.gateway.status === 'active' ? null : 'gateway_disabled';
}

function lcrStep(plan: PlanRow, decision: LcrDecision): DecisionStep {
  return {
    kind: 'lcr',
    plan: plan.name,
    strategy: plan.strategy,
    expectedSeconds: plan.expectedCallS,
    expectedPrice: decision.expectedPrice,
    routes: decision.routes.map((route) => ({
      gateway: route.gatewayName,
      carrierId: route.carrierId,
      prefix: route.rate.row.prefix,
      expectedCost: route.expectedCost,
    })),
    refused: decision.refused.map(({ gatewayName, carrierId, reason, detail }) => ({
      gateway: gatewayName,
      carrierId,
      reason,
      ...(detail === undefined ? {} : { detail }),
    })),
  };
}

/** What the caller is told when no route is left: the loss first, because it can be mended here. */
function emptyReason(decision: LcrDecision): RefusalReason {
  const lossy = decision.refused.some((route) => route.reason === 'would_lose_money');
  return lossy ? 'would_lose_money' : 'no_carrier';
}

function routeOf(
  rate: DecidedRoute['rate'],
  entry: GatewayEntry,
  input: OutboundInput,
): DecidedRoute {
  const { gateway, carrier } = entry;
  return {
    gatewayId: gateway.id,
    gatewayName: gateway.name,
    carrierId: carrier.id,
    currency: carrier.currency,
    rate,
    number: `${gateway.techPrefix}${input.destination}`,
    codecs: gateway.codecs,
    progressTimeoutS: gateway.progressTimeoutS,
  };
}
