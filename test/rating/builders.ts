import type { DeckTerms, FrozenRate, RateRow } from '../../rating/deck/types.js';

/** Terms of an ordinary sheet; override what a test is about. */
export function terms(over: Partial<DeckTerms> = {}): DeckTerms {
  return {
    sheetId: 1,
    sheetName: 'Retail',
    currency: 'EUR',
    timeZone: 'UTC',
    durationRounding: 'up',
    roundingMode: 'half_up',
    roundingDecimals: 6,
    timeOfDayPolicy: 'start',
    taxPercent: '0',
    ...over,
  };
}

/** A per-second row for 44 at 0.60 a minute; override what a test is about. */
export function row(over: Partial<RateRow> = {}): RateRow {
  return {
    id: 1,
    releaseId: 1,
    prefix: '44',
    destination: 'United Kingdom',
    ratePerMinute: '0.6',
    connectFee: '0',
    initialIncrementS: 1,
    incrementS: 1,
    minDurationS: 0,
    blocked: false,
    priority: 0,
    effectiveFrom: null,
    effectiveTo: null,
    ...over,
  };
}

/** A row with its sheet's terms. */
export function rate(
  rowOver: Partial<RateRow> = {},
  termsOver: Partial<DeckTerms> = {},
): FrozenRate {
  return { terms: terms(termsOver), row: row(rowOver) };
}

export const NOON_MS = Date.UTC(2026, 0, 14, 12);
