import type { DeckTerms, RoundingMode } from '../deck/types.js';
import { PRICE_DECIMALS, PRICE_SCALE, parseScaled } from '../money.js';
import { roundSafeRatio } from '../safe-amounts.js';
import { wholeIncrements } from './billed-blocks.js';

/** Members of a row that ask for nothing beyond increments, a fee and a minimum duration. */
export interface PlainShape {
  /** Whole number of 10^-8 money units. */
  readonly connectFee: number;
  readonly initialIncrementS: number;
  readonly incrementS: number;
  readonly minDurationS: number;
  readonly blocked: boolean;
}

/** What a sheet's terms do to a sum of seconds × price per minute. */
export interface PlainTerms {
  /** Tax on top is `taxFactor / taxScale`, cut down to the smallest whole numbers. */
  readonly taxFactor: number;
  /** Sixtieths of 10^-8 money units in one unit of the last rounded decimal, times `taxScale`. */
  readonly divisor: number;
  /** 10^-8 money units in one unit of the last rounded decimal. */
  readonly unit: number;
  readonly roundingMode: RoundingMode;
}

/** Returned where a price is too large to be computed in this way. */
export const NOT_PLAIN = -1;

const HUNDRED_PERCENT = 100n * PRICE_SCALE;
/** Twice a remainder has to stay exact. */
const MAX_DIVISOR = 2 ** 52;

/** The terms in small whole numbers, or null for a tax with too many digits for them. */
export function plainTermsOf(terms: DeckTerms): PlainTerms | null {
  const tax = terms.taxMode === 'included' ? 0n : parseScaled(terms.taxPercent);
  const common = greatestCommonDivisor(HUNDRED_PERCENT + tax, HUNDRED_PERCENT);
  const unit = 10 ** (PRICE_DECIMALS - terms.roundingDecimals);
  const taxFactor = Number((HUNDRED_PERCENT + tax) / common);
  const divisor = 60 * unit * Number(HUNDRED_PERCENT / common);
  if (!(taxFactor < MAX_DIVISOR && divisor < MAX_DIVISOR)) return null;
  return { taxFactor, divisor, unit, roundingMode: terms.roundingMode };
}

function greatestCommonDivisor(first: bigint, second: bigint): bigint {
  let [larger, smaller] = [first, second];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/**
 * What a call of so many seconds, 1 or more, is charged by a plain row, as a whole number of 10^-8
 * money units; `ratePerMinute` is one, too. The same as `roundedCost`, a property holds the two
 * together, but without an object or a BigInt. `NOT_PLAIN` where a double could not hold a figure on
 * the way: a product above 2^53 may be off by one, but never seems to be below it.
 */
export function plainCost(
  shape: PlainShape,
  ratePerMinute: number,
  terms: PlainTerms,
  seconds: number,
): number {
  const { initialIncrementS, incrementS } = shape;
  const later = Math.max(seconds, shape.minDurationS) - initialIncrementS;
  const billed = initialIncrementS + (later > 0 ? wholeIncrements(later, incrementS) : 0);
  const numerator = (billed * ratePerMinute + shape.connectFee * 60) * terms.taxFactor;
  if (!(numerator <= Number.MAX_SAFE_INTEGER)) return NOT_PLAIN;
  return roundSafeRatio(numerator, terms.divisor, terms.roundingMode) * terms.unit;
}
