/**
 * The words every other file of this room uses for prices. All amounts are exact decimal strings at
 * rest and `Decimal` in arithmetic; instants are UTC epoch milliseconds; periods are half-open.
 */

/** How a price is brought to its final number of decimals, once, at the very end. */
export type RoundingMode = 'up' | 'half_up' | 'half_even' | 'down';

/** How microseconds of talk become whole billable seconds. */
export type DurationRounding = 'up' | 'half_up' | 'down';

/** Whether the time slot at the start prices the whole call, or each second its own slot. */
export type TimeOfDayPolicy = 'start' | 'split';

/** Whether tax comes on top of a sheet's prices or is contained in them. */
export type TaxMode = 'added' | 'included';

/** Which number a sheet is looked up by: the one called, or its routing number (LRN). */
export type RatedOn = 'number' | 'lrn';

/**
 * Whether a US call stays within one state. `unknown` covers every call where either side's state
 * cannot be told; such a call is charged the highest of a row's prices.
 */
export type Jurisdiction = 'interstate' | 'intrastate' | 'unknown';

/** Prices per minute of a row of a US deck, as exact decimal strings. */
export interface JurisdictionPrices {
  readonly interstate: string;
  readonly intrastate: string;
  readonly indeterminate: string;
}

/** What holds for every row of one rate sheet. */
export interface DeckTerms {
  readonly sheetId: number;
  readonly sheetName: string;
  /** ISO 4217 code of every amount in the sheet. */
  readonly currency: string;
  /** IANA zone in which the days and time windows of the rows are meant. */
  readonly timeZone: string;
  readonly durationRounding: DurationRounding;
  readonly roundingMode: RoundingMode;
  /** 0 to 8. */
  readonly roundingDecimals: number;
  readonly timeOfDayPolicy: TimeOfDayPolicy;
  /** "0" where nothing is taxed. Rounding comes after it. */
  readonly taxPercent: string;
  /** Absent means `added`: rates frozen before there was a choice have none. */
  readonly taxMode?: TaxMode;
  /** Absent means `number`. */
  readonly ratedOn?: RatedOn;
}

/** One tier of a tiered price: from `startS` on, its own price and step. */
export interface RateTier {
  readonly startS: number;
  readonly ratePerMinute: string;
  readonly incrementS: number;
}

/** One row of a rate sheet's release, as imported. Optional members are absent when unused. */
export interface RateRow {
  /** Stable within the sheet; shown in explanations. */
  readonly id: number;
  readonly releaseId: number;
  /** E.164 digits, 0 to 15 of them; the empty prefix matches every number. */
  readonly prefix: string;
  readonly destination: string;
  /** Exact decimal strings, at most 8 decimals, never negative. */
  readonly ratePerMinute: string;
  readonly connectFee: string;
  readonly initialIncrementS: number;
  readonly incrementS: number;
  readonly minDurationS: number;
  /** A blocked destination is refused even though it has a price. */
  readonly blocked: boolean;
  /** Among rows of one prefix the higher priority wins, then the newer release. */
  readonly priority: number;
  /** UTC epoch ms, half-open; null is an open end. Compared with the START of the call. */
  readonly effectiveFrom: number | null;
  readonly effectiveTo: number | null;
  readonly graceS?: number;
  readonly freeS?: number;
  readonly initialRatePerMinute?: string;
  readonly minCost?: string;
  readonly maxCost?: string;
  readonly tiers?: readonly RateTier[];
  /** ISO weekdays, 1 = Monday. */
  readonly days?: readonly number[];
  /** `MM-DD`. */
  readonly dates?: readonly string[];
  /** `HH:MM:SS`, `timeFrom <= local time < timeTo`; `24:00:00` is allowed as an end. */
  readonly timeFrom?: string;
  readonly timeTo?: string;
  /** Of US decks only; `ratePerMinute` of a stored row is then the interstate price. */
  readonly jurisdictionPrices?: JurisdictionPrices;
}

/**
 * A row together with its sheet's terms: everything needed to price a call, with nothing left to look
 * up. A decision keeps it as JSON so that a later change of the sheet never alters a call in progress.
 */
export interface FrozenRate {
  readonly terms: DeckTerms;
  /** The row at the start of the call: it gives the fees, increments and limits of the whole call. */
  readonly row: RateRow;
  /**
   * Under the `split` policy, and only where the number has time windows: which row's price holds
   * from which second of the call on. The first starts at 0; they ascend; `slotsEndS` bounds them.
   */
  readonly slots?: readonly RateSlot[];
  /** Seconds from the start of the call up to which `slots` are known. */
  readonly slotsEndS?: number;
  /** Where the row has prices by jurisdiction: which one of them `ratePerMinute` is, and for what. */
  readonly jurisdiction?: {
    readonly call: Jurisdiction;
    readonly column: 'interstate' | 'intrastate' | 'indeterminate';
  };
}

/** A stretch of a call in which one row's price holds. */
export interface RateSlot {
  /** Seconds from the start of the call. */
  readonly fromS: number;
  readonly row: RateRow;
}
