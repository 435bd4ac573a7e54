import type { RoundingMode } from './deck/types.js';

/**
 * Amounts as whole numbers that a double holds exactly, up to 2^53: some five times quicker than
 * BigInt where many prices are compared. Each function gives what its namesake in the money file
 * gives; whoever calls one makes sure that its arguments are small enough.
 */

const MAX_DECIMALS = 8;
const SCALES: readonly number[] = Array.from({ length: MAX_DECIMALS + 1 }, (_, at) => 10 ** at);
const ZERO_CODE = 48;

/**
 * The fraction `numerator / divisor` as a whole number, rounded; as `roundRatio` with no decimals.
 * Both are whole, not negative and below 2^53, the divisor above zero and below 2^52.
 */
export function roundSafeRatio(numerator: number, divisor: number, mode: RoundingMode): number {
  // The remainder of two doubles is exact, and so is the quotient of what is left.
  const rest = numerator % divisor;
  const whole = (numerator - rest) / divisor;
  return rest !== 0 && roundsAway(whole, rest, divisor, mode) ? whole + 1 : whole;
}

function roundsAway(whole: number, rest: number, divisor: number, mode: RoundingMode): boolean {
  switch (mode) {
    case 'up':
      return true;
    case 'down':
      return false;
    case 'half_up':
      return rest * 2 >= divisor;
    case 'half_even':
      return rest * 2 > divisor || (rest * 2 === divisor && whole % 2 === 1);
  }
}

/** Text with all decimals, 1 to 8 of them, of a safe integer: `safeToFixed(150, 2)` is `1.50`. */
export function safeToFixed(value: number, decimals: number): string {
  const scale = SCALES[decimals] ?? 10 ** decimals;
  const size = Math.abs(value);
  const fraction = size % scale;
  const whole = (size - fraction) / scale;
  // The scale in front keeps the fraction's zeros, and is cut off again.
  const digits = String(scale + fraction).slice(1);
  return `${value < 0 ? '-' : ''}${String(whole)}.${digits}`;
}

/** The shortest text of a safe integer of 1 to 8 decimals: `safeToText(1500000, 8)` is `0.015`. */
export function safeToText(value: number, decimals: number): string {
  const scale = SCALES[decimals] ?? 10 ** decimals;
  if (value % scale === 0) return String(value / scale);
  const text = safeToFixed(value, decimals);
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO_CODE) end -= 1;
  return text.slice(0, end);
}
