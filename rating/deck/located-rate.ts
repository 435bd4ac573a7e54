import type { PlainShape, PlainTerms } from '../call/plain-cost.js';
import type { ExpectedCost } from '../call/expected-cost.js';
import type { FrozenRate } from './types.js';

/** What a plain row costs, in whole numbers: no text has to be read to price a call by it. */
export interface PlainPrice {
  readonly shape: PlainShape;
  /** Whole number of 10^-8 money units, the one for the call's jurisdiction. */
  readonly ratePerMinute: number;
  readonly terms: PlainTerms;
}

/**
 * The row that a deck has for a number, before it is frozen. Routes are ordered by prices alone, and
 * freezing a row takes longer than pricing a call by it. Belongs to its deck: a decision keeps `rate`.
 */
export class LocatedRate {
  readonly blocked: boolean;
  /** Null where the row asks for more than a plain one; `rate` has to be priced then. */
  readonly plain: PlainPrice | null;
  /** Of the last call priced by this row: popular destinations are expected to last equally long. */
  expected: ExpectedCost | null = null;
  private frozen: FrozenRate | null = null;
  private readonly freeze: () => FrozenRate;

  constructor(blocked: boolean, plain: PlainPrice | null, freeze: () => FrozenRate) {
    this.blocked = blocked;
    this.plain = plain;
    this.freeze = freeze;
  }

  /** The row with its terms, frozen when it is first asked for. */
  get rate(): FrozenRate {
    this.frozen ??= this.freeze();
    return this.frozen;
  }
}
