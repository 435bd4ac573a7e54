import type { DiffSummary, ShownDifference } from '../diff/diff-summary.js';

/** Something a person should look at before the draft is activated; it stops nothing. */
export type PreviewWarning =
  | {
      /** Prices rise sooner than the sheet promises its clients to be told. */
      readonly code: 'early_increase';
      readonly count: number;
      readonly notice_days: number;
      readonly examples: readonly ShownDifference[];
    }
  | {
      /** Prices rise by more than half, or from nothing. */
      readonly code: 'large_increase';
      readonly count: number;
      readonly examples: readonly ShownDifference[];
    }
  | {
      /** Prefixes without a row of their own in the draft that had calls. */
      readonly code: 'used_prefix_removed';
      /** At most 1000. */
      readonly count: number;
      readonly examples: readonly {
        readonly prefix: string;
        readonly destination: string;
        readonly calls: number;
      }[];
    }
  | {
      /** Rows that are not blocked and cost nothing. */
      readonly code: 'free_destination';
      readonly count: number;
      readonly examples: readonly { readonly prefix: string; readonly destination: string }[];
    }
  | {
      /** Prices of a client sheet below what the cheapest active carrier asks. */
      readonly code: 'below_cost';
      readonly count: number;
      readonly examples: readonly BelowCost[];
    };

/** Prices per minute over the reference calls, in the sheet's currency. */
export interface BelowCost {
  readonly prefix: string;
  readonly destination: string;
  readonly price: string;
  readonly cost: string;
}

export interface PreviewSummary {
  readonly release: {
    readonly id: number;
    readonly number: number;
    readonly rows: number;
    /** When it would begin if it were activated now. */
    readonly begins: string;
  };
  readonly against: { readonly id: number; readonly number: number } | null;
  readonly currency: string;
  readonly is_client_sheet: boolean;
  readonly diff: DiffSummary;
  readonly rejected: { readonly count: number; readonly by_code: Readonly<Record<string, number>> };
  readonly warnings: readonly PreviewWarning[];
}
