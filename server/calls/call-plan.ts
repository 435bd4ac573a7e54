import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { AccountRow } from '../../db/repositories/snapshot.js';
import type { ExtensionEntry } from '../snapshot/snapshot.js';
import type { CallTarget, DecidedRoute, DecisionStep, RefusalReason } from './decision.js';

export interface PlanSettings {
  readonly internationalPrefix: string;
  readonly echoNumber: string;
  readonly ringTimeoutS: number;
}

/** Who the call belongs to, and what the explanation says about it. */
export interface Owner {
  readonly account: AccountRow;
  readonly extension: ExtensionEntry | null;
  readonly didId: number | null;
}

interface PlanBase {
  readonly owner: Owner | null;
  readonly destination: string;
  readonly steps: readonly DecisionStep[];
}

export interface RefusedPlan extends PlanBase {
  readonly kind: 'refused';
  readonly direction: 'outbound' | 'internal' | 'inbound' | 'service';
  readonly reason: RefusalReason;
}

export interface FreePlan extends PlanBase {
  readonly kind: 'free';
  readonly direction: 'internal' | 'inbound' | 'service';
  readonly owner: Owner;
  readonly target: CallTarget;
  readonly ringTimeoutS: number;
}

export interface PaidPlan extends PlanBase {
  readonly kind: 'paid';
  readonly direction: 'outbound';
  readonly owner: Owner;
  readonly payers: readonly FrozenPayer[];
  readonly routes: readonly DecidedRoute[];
}

export type CallPlan = RefusedPlan | FreePlan | PaidPlan;

/** A refusal with its reason as the last line of the explanation. */
export function refuse(
  reason: RefusalReason,
  direction: RefusedPlan['direction'],
  owner: Owner | null,
  destination: string,
  steps: readonly DecisionStep[],
): RefusedPlan {
  const told: DecisionStep = { kind: 'refused', reason };
  return { kind: 'refused', reason, direction, owner, destination, steps: [...steps, told] };
}
