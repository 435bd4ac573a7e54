import type { DurationRounding } from './deck/types.js';

const SECOND_US = 1_000_000;

/**
 * Whole billable seconds of a talk time in microseconds, by the sheet's rule. The basis is
 * FreeSWITCH's `billusec`: its `billsec` subtracts two truncated instants and can be a second off.
 * `billableSeconds(60_100_000, 'up')` is 61, with `half_up` it is 60. Never negative talk time.
 */
export function billableSeconds(durationUs: number, rounding: DurationRounding): number {
  if (!Number.isSafeInteger(durationUs) || durationUs < 0) {
    throw new RangeError(`invalid_duration: ${String(durationUs)} is not a whole number of µs`);
  }
  const rest = durationUs % SECOND_US;
  const whole = (durationUs - rest) / SECOND_US;
  switch (rounding) {
    case 'up':
      return rest > 0 ? whole + 1 : whole;
    case 'half_up':
      return rest * 2 >= SECOND_US ? whole + 1 : whole;
    case 'down':
      return whole;
  }
}
