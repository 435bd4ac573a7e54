import type { Deck } from '../deck/deck.js';
import type { FrozenRate } from '../deck/types.js';

/** `cheapest`: cost, then priority. `priority`: priority, then cost. Both end in weight, then id. */
export type LcrStrategy = 'cheapest' | 'priority';

/** Why a gateway cannot take a call at the moment, whatever it costs. */
export type GatewayUnavailable =
  'gateway_disabled' | 'carrier_disabled' | 'gateway_down' | 'at_capacity';

export type RefusalReason =
  | GatewayUnavailable
  | 'no_rate'
  | 'destination_blocked'
  | 'currency_mismatch'
  | 'would_lose_money'
  | 'beyond_max_routes';

/** A gateway that might carry the call, with its carrier's own rate sheet. */
export interface RouteCandidate {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly carrierName: string;
  /** The lower figure is tried first. */
  readonly priority: number;
  /** Share among equals; 0 goes last. */
  readonly weight: number;
  readonly currency: string;
  readonly deck: Deck | null;
  readonly unavailable: GatewayUnavailable | null;
}

/** What a route has to leave: client price >= cost × (1 + percent / 100) + absolute. */
export interface LcrMargin {
  readonly percent: string;
  readonly absolute: string;
  /** Lets routes through that fall short of the margin, also those that lose money. */
  readonly allowLoss: boolean;
}

export interface LcrInput {
  readonly number: string;
  readonly atMs: number;
  readonly strategy: LcrStrategy;
  /** Whole seconds the call is expected to last; both sides are priced over all of them. */
  readonly expectedSeconds: number;
  readonly clientRate: FrozenRate;
  readonly margin: LcrMargin;
  readonly maxRoutes: number;
  readonly candidates: readonly RouteCandidate[];
  /** Decides the order among equals by weight; one seed gives one order. */
  readonly seed: number;
}

export interface LcrRoute {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly rate: FrozenRate;
  /** What the carrier charges for the expected call, six decimals. */
  readonly expectedCost: string;
}

export interface LcrRefusal {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly reason: RefusalReason;
  readonly detail?: string;
}

/** Routes in the order to try, and why every other candidate is not among them. */
export interface LcrDecision {
  readonly routes: readonly LcrRoute[];
  readonly refused: readonly LcrRefusal[];
  /** What the client pays for the expected call, six decimals. */
  readonly expectedPrice: string;
}
