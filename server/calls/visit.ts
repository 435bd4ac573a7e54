import type { PlanContext } from './call-plan.js';
import { decisionKeyOf } from './call-request.js';
import type { CallRequest } from './call-request.js';
import type { DecisionStep } from './decision.js';
import type { Dialled } from './normalize-number.js';
import type { OutboundCall } from './outbound-call.js';
import { seedOf } from './seed.js';

/** One visit to the dialplan while it is looked at. */
export interface Visit {
  readonly request: CallRequest;
  readonly context: PlanContext;
  readonly dialled: Dialled;
  readonly steps: DecisionStep[];
}

/** Of calls that nobody pays for. */
export const NOT_RATED = {
  routingNumber: null,
  routingNumberBy: null,
  jurisdiction: null,
} as const;

/** What was looked up of where a number is really routed to. */
export function lookedUp({
  routingNumber,
}: PlanContext): Pick<OutboundCall, 'routingNumber' | 'routingNumberBy'> {
  return { routingNumber, routingNumberBy: routingNumber === null ? null : 'lookup' };
}

/** What of the caller's channel matters to the choice of carriers. */
export function channelFacts({
  request,
}: Visit): Pick<OutboundCall, 'switchId' | 'offeredCodecs' | 'triedGatewayIds' | 'seed'> {
  return {
    switchId: request.switchId,
    offeredCodecs: request.offeredCodecs,
    triedGatewayIds: request.triedGatewayIds,
    seed: seedOf(decisionKeyOf(request)),
  };
}
