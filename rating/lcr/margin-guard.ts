import { PRICE_SCALE, parseScaled, scaledToFixed } from '../money.js';
import type { LcrMargin } from './types.js';

const HUNDRED_PERCENT = 100n * PRICE_SCALE;

/** Tells whether a route leaves its margin; amounts are integers of 10^-8 money units. */
export interface MarginGuard {
  readonly allows: (cost: bigint) => boolean;
  /** The comparison in figures, for the refusal. */
  readonly explain: (cost: bigint) => string;
}

/** A guard for one client price: price >= cost × (1 + percent / 100) + absolute, exactly. */
export function buildMarginGuard(price: bigint, margin: LcrMargin): MarginGuard {
  const factor = HUNDRED_PERCENT + parseScaled(margin.percent);
  const absolute = parseScaled(margin.absolute);
  const left = (price - absolute) * HUNDRED_PERCENT;
  return {
    allows: (cost) => margin.allowLoss || left >= cost * factor,
    explain: (cost) =>
      `price ${scaledToFixed(price, 8)} < cost ${scaledToFixed(cost, 8)} + ` +
      `${margin.percent} % + ${margin.absolute}`,
  };
}
