import type { Jurisdiction } from '../../rating/deck/types.js';
import type { Caller, Owner, RoutingNumberBy } from './call-plan.js';
import type { DecisionStep } from './decision.js';

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
