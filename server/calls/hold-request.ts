import type { Decimal } from '../../rating/money.js';
import type { FrozenPayer } from '../../rating/settlement/types.js';
import type { NewCall } from '../../db/repositories/calls.js';
import type {
  AllowanceOffer,
  DailyLimit,
  Decision,
  RefusalReason,
  ResourceLimit,
} from './decision.js';

/** A planned call that needs money, with the limits of those who pay it. */
export interface HoldRequest {
  readonly callId: string;
  readonly decisionKey: string;
  readonly payers: readonly HoldPayer[];
  readonly sliceS: number;
  readonly maxS: number;
  /** Unix microseconds of the fetch. */
  readonly nowUs: number;
  /** With all routes that may be used, in order; those that are used come out of it. */
  readonly decision: Decision;
  /** How many of the routes with room for the call are used. */
  readonly maxRoutes: number;
  /** Everything that has to have room for one more call. */
  readonly limits: readonly ResourceLimit[];
  /** Inclusive seconds the first payer may use before its money. */
  readonly allowances: readonly AllowanceOffer[];
  readonly dailyLimits: readonly DailyLimit[];
  readonly call: Omit<NewCall, 'state' | 'reason' | 'grantedS' | 'expiresUs' | 'decision'>;
  /** How long after the decision, beyond the granted time, the call may go without any news. */
  readonly newsGraceUs: number;
}

export interface HoldPayer extends FrozenPayer {
  readonly creditLimit: Decimal;
}

/** What the fetch is answered from: this decision, or the one made before under the same key. */
export interface HoldOutcome {
  readonly callId: string;
  readonly decision: Decision;
  readonly grantedS: number | null;
  readonly refusal: RefusalReason | null;
  /** False when an earlier fetch had decided already. */
  readonly isNew: boolean;
  /** The limit of the day that refused it, where one did. */
  readonly dailyReached?: DailyLimit;
}
