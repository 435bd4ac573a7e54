import type { Deck } from '../deck/deck.js';
import type { FrozenRate, Jurisdiction } from '../deck/types.js';

/**
 * - `cheapest`: cost, then priority.
 * - `priority`: priority, then cost.
 * - `tolerance`: routes within `tolerancePercent` of the cheapest by quality, then the others by cost.
 * - `quality`: quality, then cost.
 * - `percentage`: the first by lot, in proportion to `sharePercent`; the others after it by cost.
 * - `fixed`: priority alone.
 *
 * Each goes on with priority where it has not been looked at, then weight drawn with the seed, then id.
 * Quality is compared in bands, so that chance does not decide, and one call in ten tries a route of
 * which nothing is known first (`LcrRoute.isTrial`); the room's README says how.
 */
export type LcrStrategy =
  'cheapest' | 'priority' | 'tolerance' | 'quality' | 'percentage' | 'fixed';

/** Why a gateway cannot take a call at the moment, whatever it costs. */
export type GatewayUnavailable =
  | 'gateway_disabled'
  | 'carrier_disabled'
  | 'gateway_down'
  | 'at_capacity'
  | 'over_cps'
  | 'carrier_credit_used_up'
  | 'already_tried'
  | 'no_common_codec'
  | 'jurisdiction_excluded';

export type RefusalReason =
  | GatewayUnavailable
  | 'no_rate'
  | 'outside_window'
  | 'no_exchange_rate'
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
  /** Words for the explanation of `unavailable`, such as the state of the gateway. */
  readonly unavailableDetail?: string;
  /**
   * Share of calls offered to it first, in percent; absent counts as 0. The gateways of one carrier
   * put theirs together, also of those that cannot be used at the moment, and priority, weight and id
   * say which of them stands for it. Shares need not add up to a hundred.
   */
  readonly sharePercent?: number;
  /**
   * Units of the client's currency for one of `currency`, as an exact decimal string; null where none
   * is known. Absent where the currencies are the same.
   */
  readonly exchangeRate?: string | null;
  /** How attempts over it towards this destination went of late; null where too few were made. */
  readonly quality?: RouteQuality | null;
}

/** What attempts of late say about a route. */
export interface RouteQuality {
  readonly attempts: number;
  /** Answered attempts per attempt, 0 to 1. */
  readonly asr: number;
  /** Average talk time of answered calls in seconds; 0 without any. */
  readonly acdS: number;
  /** Average post-dial delay in milliseconds; null where it was never measured. */
  readonly pddMs: number | null;
  /** What the figures are about: the digits the attempts had in common, empty for all of a gateway. */
  readonly prefix: string;
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
  /** The number by which decks that are rated on it are looked up; absent where it is not ported. */
  readonly routingNumber?: string;
  readonly jurisdiction?: Jurisdiction;
  /** For `tolerance`, a percentage as an exact decimal string; absent counts as 0. */
  readonly tolerancePercent?: string;
}

export interface LcrRoute {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly rate: FrozenRate;
  /** What the carrier charges for the expected call, in the carrier's currency, six decimals. */
  readonly expectedCost: string;
  /** The same in the client's currency; equal to `expectedCost` where there is one currency only. */
  readonly costInClientCurrency: string;
  /** Expected price less expected cost, in the client's currency; negative for a loss. */
  readonly margin: string;
  /** The exchange rate used, where one was. */
  readonly exchangeRate?: string;
  readonly quality?: RouteQuality;
  /** Present where the route leads because nothing is known of its quality yet. */
  readonly isTrial?: boolean;
}

export interface LcrRefusal {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  readonly reason: RefusalReason;
  readonly detail?: string;
  /**
   * Present as far as the route could be priced, also where it was refused for something else: of a
   * blocked destination the rate alone, without an exchange rate no cost in the client's currency.
   */
  readonly rate?: FrozenRate;
  readonly expectedCost?: string;
  readonly costInClientCurrency?: string;
  readonly margin?: string;
  readonly exchangeRate?: string;
}

/** Routes in the order to try, and why every other candidate is not among them. */
export interface LcrDecision {
  readonly routes: readonly LcrRoute[];
  readonly refused: readonly LcrRefusal[];
  /** What the client pays for the expected call, six decimals. */
  readonly expectedPrice: string;
}
