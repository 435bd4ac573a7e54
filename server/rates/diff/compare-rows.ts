import type { RateRow } from '../../../rating/deck/types.js';
import { priceChange, referencePrice } from './reference-price.js';
import type { DiffField, DiffItem, DiffKind, PriceChange } from './types.js';

/** How to tell whether one term of two rows is the same. */
type Term = readonly [field: DiffField, valueOf: (row: RateRow) => unknown];

const PRICE_TERMS: readonly Term[] = [
  ['rate', (row) => row.ratePerMinute],
  ['connect_fee', (row) => row.connectFee],
  ['increment', (row) => `${row.initialIncrementS}/${row.incrementS}`],
  ['min_duration', (row) => row.minDurationS],
  ['grace', (row) => row.graceS ?? 0],
  ['free_seconds', (row) => row.freeS ?? 0],
  ['first_block_price', (row) => row.initialRatePerMinute ?? null],
  ['min_cost', (row) => row.minCost ?? null],
  ['max_cost', (row) => row.maxCost ?? null],
  ['tiers', (row) => (row.tiers === undefined ? null : JSON.stringify(row.tiers))],
  [
    'jurisdiction_prices',
    ({ jurisdictionPrices: prices }) =>
      prices === undefined ? null : `${prices.intrastate}/${prices.indeterminate}`,
  ],
  ['blocked', (row) => row.blocked],
];

const TIME_TERMS: readonly Term[] = [
  ['effective_from', (row) => row.effectiveFrom],
  ['effective_to', (row) => row.effectiveTo],
  ['window', windowText],
  ['priority', (row) => row.priority],
];

/** The times of day and days a row holds at, as one text; empty for a row that holds always. */
export function windowText({ days, dates, timeFrom, timeTo }: RateRow): string {
  if ((days ?? dates ?? timeFrom ?? timeTo) === undefined) return '';
  return [days?.join(',') ?? '', dates?.join(',') ?? '', timeFrom ?? '', timeTo ?? ''].join('|');
}

/** Whether two rows cost the same for every call, whenever they hold. */
export function haveSameTerms(old: RateRow, now: RateRow): boolean {
  return PRICE_TERMS.every(([, valueOf]) => valueOf(old) === valueOf(now));
}

/**
 * The difference between a row and the one that takes its place, or null where there is none. It is
 * `raised` or `lowered` by what the reference calls cost. A row that is or becomes blocked has no
 * price, so it has only `changed`.
 */
export function compareRows(old: RateRow, now: RateRow): DiffItem | null {
  const fields = [...PRICE_TERMS, ...TIME_TERMS]
    .filter(([, valueOf]) => valueOf(old) !== valueOf(now))
    .map(([field]) => field);
  if (fields.length === 0) return null;
  const change = priceChange(referencePrice(old), referencePrice(now));
  return { kind: kindOf(old, now, change), old, new: now, fields, change };
}

function kindOf(old: RateRow, now: RateRow, { difference }: PriceChange): DiffKind {
  if (old.blocked || now.blocked || difference === 0n) return 'changed';
  return difference > 0n ? 'raised' : 'lowered';
}

export function addedRow(row: RateRow): DiffItem {
  return { kind: 'added', old: null, new: row, fields: [], change: null };
}

export function removedRow(row: RateRow): DiffItem {
  return { kind: 'removed', old: row, new: null, fields: [], change: null };
}
