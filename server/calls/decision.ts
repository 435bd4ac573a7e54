import type { IncludedOffer } from '../../rating/allowance/choose-offers.js';
import type { FrozenPayer, FrozenRoute } from '../../rating/settlement/types.js';

/** Why a call is refused: a stable word, kept with the call and counted in the metrics. */
export type RefusalReason =
  | 'account_blocked'
  | 'account_suspended'
  | 'call_loop'
  | 'call_over'
  | 'carrier_unknown'
  | 'daily_spend_reached'
  | 'database_unavailable'
  | 'destination_blocked'
  | 'did_paused'
  | 'extension_paused'
  | 'external_not_allowed'
  | 'insufficient_funds'
  | 'internal_error'
  | 'new_country'
  | 'night_rule'
  | 'no_carrier'
  | 'no_lcr_plan'
  | 'no_rate'
  | 'not_authenticated'
  | 'number_unknown'
  | 'over_call_limit'
  | 'over_call_rate'
  | 'price_too_high'
  | 'would_lose_money';

/** Where a call goes that is not sent to a carrier. */
export type CallTarget =
  | { readonly kind: 'extension'; readonly number: string; readonly domain: string }
  | { readonly kind: 'menu'; readonly name: string }
  | { readonly kind: 'echo' }
  /** Back to the dialplan as a call of the extension that forwards: a decision of its own. */
  | {
      readonly kind: 'transfer';
      readonly to: string;
      readonly extensionId: number;
      /** How often the call has been sent on by then; it is a mark on the channel. */
      readonly hops: number;
    }
  /** Out by the first gateway that takes it, at no charge and without a limit. */
  | {
      readonly kind: 'emergency';
      readonly number: string;
      readonly gateways: readonly EmergencyGateway[];
    };

/** A way out for an emergency call. */
export interface EmergencyGateway {
  readonly gatewayId: number;
  readonly gatewayName: string;
  readonly carrierId: number;
  /** The number in the form this gateway wants. */
  readonly number: string;
  readonly codecs: string;
  /** How long it may stay silent before the next one is tried. */
  readonly progressTimeoutS: number;
}

/** Something that takes a limited number of calls, whatever gateways it uses. */
export interface ResourceLimit extends CapacityLimit {
  readonly resource: 'account' | 'extension' | 'did';
  readonly resourceId: number;
}

/** Inclusive seconds the first payer of a call may use. */
export type AllowanceOffer = IncludedOffer;

/** A bucket a call may set seconds aside of; how many it has is in `allowance_holds`. */
export interface HeldAllowance {
  readonly bucketId: number;
  readonly incrementS: number;
}

/** The most an account may spend on a local day, where its guard says so. */
export interface DailyLimit {
  readonly accountId: number;
  /** Local date, `2026-11-22`. */
  readonly day: string;
  /** Exact decimal string. */
  readonly limit: string;
}

/** A way out as FreeSWITCH is told of it. */
export interface DecidedRoute extends FrozenRoute {
  /** The number in the form this gateway wants, technical prefix included. */
  readonly number: string;
  readonly codecs: string;
  readonly progressTimeoutS: number;
  /** Units of the client's currency for one of the carrier's, where they differ. */
  readonly exchangeRate?: string;
  /** After which causes of this carrier no other is tried; absent for the usual ones. */
  readonly stopCauses?: readonly string[];
  /** Present where the gateway or its carrier takes a limited number of calls. */
  readonly limits?: RouteLimits;
}

/** How many calls at a time and how many new ones a second; null is no limit. */
export interface CapacityLimit {
  readonly channels: number | null;
  readonly perSecond: number | null;
}

export interface RouteLimits {
  readonly gateway?: CapacityLimit;
  readonly carrier?: CapacityLimit;
}

/** One line of the explanation of a decision, as plain JSON with a literal `kind`. */
export interface DecisionStep {
  readonly kind: string;
  readonly [detail: string]: unknown;
}

/**
 * Everything that was decided about one dialplan fetch. Stored with the call, so that a repeated
 * fetch gets the same answer, the settlement uses the prices of the start, and a person can read why.
 */
export interface Decision {
  readonly version: 1;
  readonly context: string;
  readonly callerNumber: string;
  readonly callerName: string;
  readonly ringTimeoutS: number;
  readonly operatorAccountId: number | null;
  /** Marks for the channel, so that a later transfer of it is known to be ours. */
  readonly extensionId: number | null;
  readonly didId: number | null;
  /** Who pays, customer first; empty for a free call. */
  readonly payers: readonly FrozenPayer[];
  readonly routes: readonly DecidedRoute[];
  readonly target: CallTarget | null;
  /** Present where the caller's own leg is what is charged and limited: a paid call to a DID. */
  readonly metered?: 'caller';
  /** Present where money, and not the length of a hold, is what ends the granted time. */
  readonly limitedByMoney?: boolean;
  /** What of the caller, the called and those who pay takes a limited number of calls. */
  readonly limits?: readonly ResourceLimit[];
  /** Buckets of inclusive seconds that the first payer may draw on, in the order of their use. */
  readonly allowances?: readonly HeldAllowance[];
  /**
   * Inclusive seconds that could not be set aside because the database was away: what is free of them
   * is used when the call is settled.
   */
  readonly offers?: readonly AllowanceOffer[];
  /** Payers whose spending of the day is counted. */
  readonly dailyLimits?: readonly DailyLimit[];
  readonly steps: readonly DecisionStep[];
}
