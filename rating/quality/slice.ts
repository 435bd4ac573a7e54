/** Attempts are counted by the quarter hour. */
export const QUALITY_SLICE_S = 900;
/** And by this many first digits of the number called. */
export const QUALITY_PREFIX_DIGITS = 5;
/** A plan looks back a week at most. */
export const QUALITY_MAX_WINDOW_H = 168;

/** The instant, in Unix seconds, at which the slice that contains an instant begins. */
export function sliceOf(atS: number): number {
  return Math.floor(atS / QUALITY_SLICE_S) * QUALITY_SLICE_S;
}

/**
 * The first slice of a window that ends now: a slice counts whole or not at all, and the one in which
 * the window begins does not, so that a window never looks back further than it says.
 */
export function windowStartS(nowS: number, windowH: number): number {
  return sliceOf(nowS - windowH * 3600 - 1) + QUALITY_SLICE_S;
}

/**
 * The digits an attempt is counted under; shorter numbers as they are. Anything but digits is left
 * out, because a key is compared byte by byte.
 */
export function qualityPrefix(number: string): string {
  return number.replace(/\D/g, '').slice(0, QUALITY_PREFIX_DIGITS);
}
