import type { FrozenPayer, FrozenRoute } from '../../rating/settlement/types.js';

/** Why a call is refused: a stable word, kept with the call and counted in the metrics. */
export type RefusalReason =
  | 'account_suspended'
  | 'call_loop'
  | 'call_over'
  | 'carrier_unknown'
  | 'database_unavailable'
  | 'destination_blocked'
  | 'did_paused'
  | 'extension_paused'
  | 'external_not_allowed'
  | 'insufficient_funds'
  | 'internal_error'
  | 'no_carrier'
  | 'no_lcr_plan'
  | 'no_rate'
  | 'not_authenticated'
  | 'number_unknown'
  | 'over_call_limit'
  | 'would_lose_money';

/** Where a free call goes. */
export type CallTarget =
  | { readonly kind: 'extension'; readonly number: string; readonly domain: string }
  | { readonly kind: 'menu'; readonly name: string }
  | { readonly kind: 'echo' };

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
  readonly steps: readonly DecisionStep[];
}
