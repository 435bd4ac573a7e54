import type { DurationRounding, RoundingMode } from '../deck/types.js';

/**
 * The explanation of a price, as plain JSON. Amounts are exact where they terminate within twelve
 * decimals and cut to twelve for reading where they do not; the cost itself is never made of them.
 */
export type RatingStep =
  | RowStep
  | DurationStep
  | GraceStep
  | MinDurationStep
  | FreeSecondsStep
  | ConnectFeeStep
  | BlockStep
  | LimitStep
  | TaxStep
  | RoundingStep;

/** Which row gives the price. */
export interface RowStep {
  readonly kind: 'row';
  readonly sheetName: string;
  readonly currency: string;
  readonly rowId: number;
  readonly releaseId: number;
  readonly prefix: string;
  readonly destination: string;
}

/** How the talk time became whole seconds. */
export interface DurationStep {
  readonly kind: 'duration';
  readonly durationUs: number;
  readonly rounding: DurationRounding;
  readonly seconds: number;
}

/** The call was no longer than the grace time, so that nothing is charged. */
export interface GraceStep {
  readonly kind: 'grace';
  readonly seconds: number;
  readonly graceS: number;
}

/** The call was shorter than the minimum and is charged as that. */
export interface MinDurationStep {
  readonly kind: 'min_duration';
  readonly fromS: number;
  readonly toS: number;
}

/** Seconds taken off before the increments. */
export interface FreeSecondsStep {
  readonly kind: 'free_seconds';
  readonly fromS: number;
  readonly toS: number;
}

export interface ConnectFeeStep {
  readonly kind: 'connect_fee';
  readonly amount: string;
}

/** Billed seconds of one price: the first block, the steps after it, or one tier; in one slot. */
export interface BlockStep {
  readonly kind: 'block';
  readonly part: 'initial' | 'increments' | 'tier';
  readonly seconds: number;
  readonly incrementS: number;
  readonly ratePerMinute: string;
  readonly amount: string;
  /** Start of the tier, for tiers only. */
  readonly tierStartS?: number;
  /** Row of the time slot, where the price is split over slots. */
  readonly slotRowId?: number;
}

/** The price was raised to the minimum charge or capped at the maximum one. */
export interface LimitStep {
  readonly kind: 'min_cost' | 'max_cost';
  readonly before: string;
  readonly amount: string;
}

export interface TaxStep {
  readonly kind: 'tax';
  readonly percent: string;
  readonly amount: string;
}

/** The one rounding of the price. */
export interface RoundingStep {
  readonly kind: 'rounding';
  readonly mode: RoundingMode;
  readonly decimals: number;
  readonly before: string;
  readonly amount: string;
}
