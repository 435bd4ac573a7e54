import type { RateRow } from '../../../rating/deck/types.js';

/** What became of a row. `changed` is every change that leaves the reference price as it was. */
export type DiffKind = 'added' | 'removed' | 'raised' | 'lowered' | 'changed';

/** A term of a row that differs. */
export type DiffField =
  | 'rate'
  | 'connect_fee'
  | 'increment'
  | 'min_duration'
  | 'grace'
  | 'free_seconds'
  | 'first_block_price'
  | 'min_cost'
  | 'max_cost'
  | 'tiers'
  | 'jurisdiction_prices'
  | 'blocked'
  | 'effective_from'
  | 'effective_to'
  | 'window'
  | 'priority';

/** One difference between two releases. */
export interface DiffItem {
  readonly kind: DiffKind;
  /** Null where it is `added`. */
  readonly old: RateRow | null;
  /** Null where it is `removed`. */
  readonly new: RateRow | null;
  readonly fields: readonly DiffField[];
  /** Null unless there is a row on both sides. */
  readonly change: PriceChange | null;
}

/**
 * What the reference calls cost per minute of talk, before and after, in units of 10^-8 of the
 * currency; `percent` in units of 10^-2 percent, null where it cost nothing before.
 */
export interface PriceChange {
  readonly oldPrice: bigint;
  readonly newPrice: bigint;
  readonly difference: bigint;
  readonly percent: bigint | null;
}

/** The differences in a stretch of prefixes, and how many rows had none. */
export interface DiffBatch {
  readonly items: readonly DiffItem[];
  readonly unchanged: number;
  /** Of the unchanged ones, those whose destination has another name. */
  readonly renamed: number;
  /** Rows read of both releases, for the progress. */
  readonly rows: number;
}
