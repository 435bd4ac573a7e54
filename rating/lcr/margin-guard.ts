import { COMPARED_DECIMALS, showExactly } from '../call/expected-cost.js';
import { parseScaled, powerOfTen } from '../money.js';
import type { LcrMargin } from './types.js';

const PERCENT_DECIMALS = 8;
const HUNDRED_PERCENT = 100n * powerOfTen(PERCENT_DECIMALS);

/** Tells whether a route leaves its margin; amounts are integers of `10^-COMPARED_DECIMALS` units. */
export interface MarginGuard {
  readonly allows: (cost: bigint) => boolean;
  /** The comparison in figures, for the refusal; `cost` is the exact cost as text. */
  readonly explain: (cost: string) => string;
}

/** A guard for one client price: price >= cost × (1 + percent / 100) + absolute, exactly. */
export function buildMarginGuard(price: bigint, margin: LcrMargin): MarginGuard {
  const factor = HUNDRED_PERCENT + parseScaled(margin.percent, PERCENT_DECIMALS);
  const absolute = parseScaled(margin.absolute, COMPARED_DECIMALS);
  const left = (price - absolute) * HUNDRED_PERCENT;
  const shownPrice = showExactly(price);
  return {
    allows: (cost) => margin.allowLoss || left >= cost * factor,
    explain: (cost) =>
      `price ${shownPrice} < cost ${cost} + ${margin.percent} % + ${margin.absolute}`,
  };
}
