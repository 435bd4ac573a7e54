import { costNumerator } from '../../../rating/call/call-cost.js';
import { compileRate } from '../../../rating/call/compiled-rate.js';
import type { DeckTerms, RateRow } from '../../../rating/deck/types.js';
import { parseScaled, PRICE_SCALE, roundRatio } from '../../../rating/money.js';
import type { PriceChange } from './types.js';

/**
 * The calls by which two rows are compared, in seconds; together four minutes of talk. A short one
 * shows the first block and the connection fee, none is a whole minute, so that a coarser increment
 * shows as the rise it is: 1/1 to 60/60 at one price is half as much again.
 */
export const REFERENCE_CALLS_S: readonly number[] = [7, 50, 183];
const REFERENCE_MINUTES = 4n;
/** What the numerators of the calculator count, where there is no tax. */
const SIXTIETHS = 60n * PRICE_SCALE;

/** Prices by jurisdiction count a third each. */
const COLUMNS = 3n;

/**
 * Terms of no sheet: comparing rows leaves out tax and rounding, which are the sheet's and the same
 * for all its rows. A row is priced by itself; what others hold at other times is theirs to show.
 */
const PLAIN_TERMS: DeckTerms = {
  sheetId: 0,
  sheetName: '',
  currency: '',
  timeZone: 'UTC',
  durationRounding: 'up',
  roundingMode: 'half_up',
  roundingDecimals: 8,
  timeOfDayPolicy: 'start',
  taxPercent: '0',
};

/** An exact price: `numerator / denominator` units of the currency per minute of talk. */
export interface ReferencePrice {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * What the reference calls cost by one row, per minute of talk, with every fee and increment, before
 * tax and rounding. Without fees and at increments of a second it is the row's price per minute.
 */
export function referencePrice(row: RateRow): ReferencePrice {
  const prices = row.jurisdictionPrices;
  const columns =
    prices === undefined
      ? [row.ratePerMinute]
      : [prices.interstate, prices.intrastate, prices.indeterminate];
  let numerator = 0n;
  for (const ratePerMinute of columns) numerator += basketCost({ ...row, ratePerMinute });
  const weight = prices === undefined ? COLUMNS : 1n;
  return {
    numerator: numerator * weight,
    denominator: SIXTIETHS * COLUMNS * REFERENCE_MINUTES,
  };
}

/** What all reference calls cost together, in sixtieths of 10^-8 of the currency. */
function basketCost(row: RateRow): bigint {
  if (!isPlain(row)) return calculated(row);
  const fees = BigInt(REFERENCE_CALLS_S.length) * 60n * parseScaled(row.connectFee);
  return chargedSeconds(row) * parseScaled(row.ratePerMinute) + fees;
}

function calculated(row: RateRow): bigint {
  const compiled = compileRate({ terms: PLAIN_TERMS, row });
  return REFERENCE_CALLS_S.reduce((sum, seconds) => sum + costNumerator(compiled, seconds), 0n);
}

/** Whether every charged second of the row has one price, and every call the whole fee. */
function isPlain(row: RateRow): boolean {
  const { tiers, graceS, freeS, initialRatePerMinute, minCost, maxCost } = row;
  return (tiers ?? graceS ?? freeS ?? initialRatePerMinute ?? minCost ?? maxCost) === undefined;
}

/** A deck has millions of rows and a handful of increments. */
const MAX_REMEMBERED = 1000;
const secondsByIncrement = new Map<string, bigint>();

/** Seconds charged for all reference calls together: what they cost at the smallest price there is. */
function chargedSeconds(row: RateRow): bigint {
  const key = `${row.initialIncrementS}/${row.incrementS}/${row.minDurationS}`;
  const known = secondsByIncrement.get(key);
  if (known !== undefined) return known;
  const seconds = calculated({ ...row, ratePerMinute: '0.00000001', connectFee: '0' });
  if (secondsByIncrement.size >= MAX_REMEMBERED) secondsByIncrement.clear();
  secondsByIncrement.set(key, seconds);
  return seconds;
}

/** How one reference price became another; the sign of `difference` is exact. */
export function priceChange(before: ReferencePrice, after: ReferencePrice): PriceChange {
  const old = before.numerator * after.denominator;
  const now = after.numerator * before.denominator;
  const both = before.denominator * after.denominator;
  return {
    oldPrice: rounded(before),
    newPrice: rounded(after),
    difference: atLeastOne(roundRatio(now - old, both, 8, 'half_up'), now - old),
    percent: old === 0n ? null : roundRatio((now - old) * 100n, old, 2, 'half_up'),
  };
}

function rounded({ numerator, denominator }: ReferencePrice): bigint {
  return roundRatio(numerator, denominator, 8, 'half_up');
}

/** A difference that rounds to nothing is still a difference. */
function atLeastOne(value: bigint, exact: bigint): bigint {
  if (value !== 0n || exact === 0n) return value;
  return exact > 0n ? 1n : -1n;
}
