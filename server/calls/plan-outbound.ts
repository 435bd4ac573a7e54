import { jurisdictionOf } from '../../rating/jurisdiction/jurisdiction.js';
import type { Jurisdiction } from '../../rating/deck/types.js';
import { accountChain } from './account-chain.js';
import { refuse } from './call-plan.js';
import type { Caller, CallPlan, Owner, PlanContext, RoutingNumberBy } from './call-plan.js';
import { chooseRoutes } from './choose-routes.js';
import type { DecisionStep } from './decision.js';
import { normalizeNumber } from './normalize-number.js';
import { ratePayers } from './rate-payers.js';

/** A call that is to leave by a carrier. */
export interface OutboundCall {
  /** Whose account and, where there is one, extension pays. */
  readonly owner: Owner;
  readonly caller: Caller;
  /** E.164 digits. */
  readonly destination: string;
  /** Whether it goes to a mobile extension, which has a sheet of its own. */
  readonly isToMobile: boolean;
  /** E.164 digits; null where none is known. */
  readonly routingNumber: string | null;
  /** `caller` without a number: its switch asked, and the number is not ported. */
  readonly routingNumberBy: RoutingNumberBy | null;
  /** The switch whose gateways would carry it; null to ask for no gateway's state. */
  readonly switchId: number | null;
  /** The codecs the caller offers, in capitals; null where they are not known. */
  readonly offeredCodecs: readonly string[] | null;
  /** Gateways over which this leg was tried already, and in vain. */
  readonly triedGatewayIds: readonly number[];
  /** Decides the order among equals; one seed gives one order. */
  readonly seed: number;
  /** Explained so far; what is found here is added. */
  readonly steps: DecisionStep[];
}

/** The call with what follows from its numbers. */
export interface RatedCall extends OutboundCall {
  /** Null for calls that are not between numbers of the United States. */
  readonly jurisdiction: Jurisdiction | null;
}

/** Rates a call for everybody who pays it and finds the carriers it may use. */
export function planOutbound(outbound: OutboundCall, context: PlanContext): CallPlan {
  const call: RatedCall = { ...outbound, jurisdiction: jurisdictionOfCall(outbound, context) };
  const { owner, caller, destination, steps } = call;
  const { routingNumber, routingNumberBy, jurisdiction } = call;
  const draft = {
    direction: 'outbound',
    owner,
    caller,
    destination,
    routingNumber,
    routingNumberBy,
    jurisdiction,
    steps,
  } as const;
  if (routingNumber !== null || jurisdiction !== null) {
    const facts = { routingNumber, by: routingNumberBy, jurisdiction, caller: caller.number };
    steps.push({ kind: 'routing', ...facts });
  }
  const chain = accountChain(owner.account, context.snapshot.accounts.accountById);
  if (chain === null) return refuse('internal_error', draft);
  const payers = ratePayers(call, chain, context);
  if ('reason' in payers) return refuse(payers.reason, draft);
  const choice = chooseRoutes(call, payers, chain, context);
  if ('reason' in choice) return refuse(choice.reason, draft);
  return { kind: 'paid', ...draft, payers, routes: choice.routes, maxRoutes: choice.maxRoutes };
}

/** From the number the far end is shown to where the call really goes. */
function jurisdictionOfCall(call: OutboundCall, { settings }: PlanContext): Jurisdiction | null {
  const shown = normalizeNumber(call.caller.number, settings) ?? '';
  return jurisdictionOf(shown, call.routingNumber ?? call.destination);
}
