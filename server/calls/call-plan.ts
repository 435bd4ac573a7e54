import type { Jurisdiction } from '../../rating/deck/types.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { ExtensionEntry, Snapshot } from '../snapshot/snapshot.js';
import type {
  AllowanceOffer,
  CallTarget,
  DailyLimit,
  DecidedRoute,
  DecisionStep,
  RefusalReason,
  ResourceLimit,
} from './decision.js';
import type { LiveFacts } from './live-facts.js';

export interface PlanSettings {
  readonly internationalPrefix: string;
  readonly echoNumber: string;
  readonly ringTimeoutS: number;
  /** Numbers that are never blocked, as they are dialled. */
  readonly emergencyNumbers: readonly string[];
}

/** Everything besides the call itself that a plan is made from. */
export interface PlanContext {
  readonly snapshot: Snapshot;
  readonly settings: PlanSettings;
  /** The instant at which rates, activations and exchange rates are looked up. */
  readonly nowMs: number;
  readonly live: LiveFacts;
  /** The routing number that was found for the number called; null where none is known. */
  readonly routingNumber: string | null;
}

/** Who the call belongs to, and what the explanation says about it. */
export interface Owner {
  readonly account: AccountRow;
  readonly extension: ExtensionEntry | null;
  readonly didId: number | null;
}

/** What the far end sees of the caller. */
export interface Caller {
  readonly number: string;
  readonly name: string;
}

interface PlanBase {
  readonly owner: Owner | null;
  readonly caller: Caller;
  readonly destination: string;
  /** The number decks that are rated on it are looked up by; null where it is the one called. */
  readonly routingNumber: string | null;
  /** Who said so; `caller` without a number: its switch found that the number is not ported. */
  readonly routingNumberBy: RoutingNumberBy | null;
  /** Of US calls only. */
  readonly jurisdiction: Jurisdiction | null;
  /** What guards have to tell about the call; nothing where it is absent. */
  readonly guardEvents?: readonly GuardEvent[];
  readonly steps: readonly DecisionStep[];
}

/** What somebody is to be told of an account's guard, once for each of its local days. */
export interface GuardEvent {
  /** `breach` refused the call; `alert` let it pass. */
  readonly kind: 'breach' | 'alert';
  readonly accountId: number;
  readonly rule: GuardRule;
  /** Local date of the account, `2026-11-22`. */
  readonly day: string;
  /** Of new countries only. ISO 3166-1 alpha-2; `ZZ` for numbers of no country. */
  readonly country?: string;
  readonly detail: Readonly<Record<string, string>>;
}

export type GuardRule = Extract<
  RefusalReason,
  'daily_spend_reached' | 'new_country' | 'night_rule' | 'price_too_high'
>;

export type RoutingNumberBy = 'caller' | 'lookup';

export interface RefusedPlan extends PlanBase {
  readonly kind: 'refused';
  readonly direction: 'outbound' | 'internal' | 'inbound' | 'service';
  readonly reason: RefusalReason;
}

export interface FreePlan extends PlanBase {
  readonly kind: 'free';
  /** `outbound` to an emergency number only. */
  readonly direction: 'internal' | 'inbound' | 'outbound' | 'service';
  readonly owner: Owner;
  readonly target: CallTarget;
  readonly ringTimeoutS: number;
}

/**
 * A call that needs the database: it costs money, uses inclusive time, or counts against a limit. An
 * outbound one has routes; an inbound one a target, and its caller's leg is what is charged.
 */
export interface PaidPlan extends PlanBase {
  readonly kind: 'paid';
  readonly direction: 'outbound' | 'inbound';
  readonly owner: Owner;
  /** Empty for an inbound call that only counts against a limit. */
  readonly payers: readonly FrozenPayer[];
  readonly target: CallTarget | null;
  readonly ringTimeoutS: number;
  readonly limits: readonly ResourceLimit[];
  readonly allowances: readonly AllowanceOffer[];
  readonly dailyLimits: readonly DailyLimit[];
  /** All that may carry the call, in order; the first `maxRoutes` with room for it are used. */
  readonly routes: readonly DecidedRoute[];
  readonly maxRoutes: number;
}

export type CallPlan = RefusedPlan | FreePlan | PaidPlan;

/** What is known of a call while it is being planned. */
export interface PlanDraft {
  readonly direction: RefusedPlan['direction'];
  readonly owner: Owner | null;
  readonly caller: Caller;
  readonly destination: string;
  readonly steps: readonly DecisionStep[];
  readonly routingNumber?: string | null;
  readonly routingNumberBy?: RoutingNumberBy | null;
  readonly jurisdiction?: Jurisdiction | null;
  readonly guardEvents?: readonly GuardEvent[];
}

/** A refusal with its reason as the last line of the explanation. */
export function refuse(reason: RefusalReason, draft: PlanDraft): RefusedPlan {
  const told: DecisionStep = { kind: 'refused', reason };
  return {
    kind: 'refused',
    reason,
    direction: draft.direction,
    owner: draft.owner,
    caller: draft.caller,
    destination: draft.destination,
    routingNumber: draft.routingNumber ?? null,
    routingNumberBy: draft.routingNumberBy ?? null,
    jurisdiction: draft.jurisdiction ?? null,
    guardEvents: draft.guardEvents ?? [],
    steps: [...draft.steps, told],
  };
}
