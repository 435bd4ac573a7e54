import type { DurationRounding, FrozenRate, RoundingMode, TaxMode } from '../deck/types.js';

/**
 * The explanation of a price, as plain JSON. Amounts are exact where they terminate within twelve
 * decimals and cut to twelve for reading where they do not; the cost itself is never made of them.
 */
export type RatingStep =
  | RowStep
  | DurationStep
  | IncludedStep
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
  /** The row's own period, where it has a beginning or an end; UTC epoch ms. */
  readonly effectiveFrom?: number;
  readonly effectiveTo?: number;
  /** The days, dates and times at which the row holds, where it does not always. */
  readonly window?: StepWindow;
  /** Of US decks: whether the call stays in one state, and which of the row's prices it takes. */
  readonly jurisdiction?: NonNullable<FrozenRate['jurisdiction']>;
}

/** A row's window in the words of the sheet; absent members restrict nothing. */
export interface StepWindow {
  readonly timeZone: string;
  /** ISO weekdays, 1 = Monday. */
  readonly days?: readonly number[];
  /** `MM-DD`. */
  readonly dates?: readonly string[];
  readonly timeFrom?: string;
  readonly timeTo?: string;
}

/** How the talk time became whole seconds. */
export interface DurationStep {
  readonly kind: 'duration';
  readonly durationUs: number;
  readonly rounding: DurationRounding;
  readonly seconds: number;
}

/** Seconds that inclusive time paid for, off the front of the call; the rest is a call of its own. */
export interface IncludedStep {
  readonly kind: 'included';
  readonly fromS: number;
  readonly toS: number;
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
  /** Second of the paid call at which these begin, where the price is split over slots. */
  readonly slotFromS?: number;
}

/** The price was raised to the minimum charge or capped at the maximum one. */
export interface LimitStep {
  readonly kind: 'min_cost' | 'max_cost';
  readonly before: string;
  readonly amount: string;
}

/** Tax that came on top of the price, or that is contained in it. */
export interface TaxStep {
  readonly kind: 'tax';
  readonly mode: TaxMode;
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
