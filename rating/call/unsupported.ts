import type { FrozenRate, RateRow } from '../deck/types.js';

/**
 * What this engine knows of but cannot price from the given rate.
 * - `slots_missing`: the sheet splits prices over time slots, and the rate was frozen without them.
 * - `call_beyond_known_slots`: the call outlasts the slots that were frozen for it.
 */
export type UnsupportedFeature = 'slots_missing' | 'call_beyond_known_slots';

/** Thrown instead of returning a wrong price; {@link findUnsupported} tells beforehand. */
export class UnsupportedRateError extends Error {
  readonly feature: UnsupportedFeature;

  constructor(feature: UnsupportedFeature) {
    super(`unsupported_rate: ${feature}`);
    this.name = 'UnsupportedRateError';
    this.feature = feature;
  }
}

/** The reason why a rate cannot be priced for calls up to `maxSeconds`, or null when it can. */
export function findUnsupported(rate: FrozenRate, maxSeconds: number): UnsupportedFeature | null {
  const { terms, row, slots, slotsEndS } = rate;
  if (terms.timeOfDayPolicy !== 'split') return null;
  if (slots === undefined) return hasWindow(row) ? 'slots_missing' : null;
  if (slots[0]?.fromS !== 0) return 'slots_missing';
  return maxSeconds > (slotsEndS ?? Number.POSITIVE_INFINITY) ? 'call_beyond_known_slots' : null;
}

function hasWindow(row: RateRow): boolean {
  const { days, dates, timeFrom, timeTo } = row;
  if (timeFrom !== undefined || timeTo !== undefined) return true;
  return (days?.length ?? 0) > 0 || (dates?.length ?? 0) > 0;
}
