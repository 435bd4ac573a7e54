import type { RouteQuality } from './types.js';

/** Differences smaller than these say more about chance than about a carrier. */
const ASR_BANDS = 20;
const PDD_BAND_MS = 500;
const ACD_BAND_S = 30;
/** A delay of ten seconds or more is bad, talk of five minutes or more is good: no further grades. */
const WORST_PDD_BAND = 20;
const BEST_ACD_BAND = 10;

const PDD_STEP = 100;
const ASR_STEP = 100 * PDD_STEP;
/** Behind every route that answers one attempt in twenty, ahead of those that answer fewer. */
const UNPROVEN_RANK = ASR_BANDS * ASR_STEP - 0.5;

/**
 * A route's quality as one number, the lower the better, so that any set of routes has one order:
 * answered share in bands of five points, then post-dial delay in bands of half a second (never
 * measured is the worst), then average talk time in bands of thirty seconds. A route without figures
 * stands between those that answer and those that hardly ever do.
 */
export function qualityRank(quality: RouteQuality | null): number {
  if (!isProven(quality)) return UNPROVEN_RANK;
  const asrBand = bandOfAsr(quality);
  const pddBand =
    quality.pddMs === null
      ? WORST_PDD_BAND
      : Math.min(WORST_PDD_BAND, Math.floor(quality.pddMs / PDD_BAND_MS));
  const acdBand = Math.min(BEST_ACD_BAND, Math.floor(quality.acdS / ACD_BAND_S));
  return (ASR_BANDS - asrBand) * ASR_STEP + pddBand * PDD_STEP + (BEST_ACD_BAND - acdBand);
}

/** False where nothing is known of a route's quality. */
export function isProven(quality: RouteQuality | null): quality is RouteQuality {
  return quality !== null && quality.attempts > 0;
}

/** Counted in whole attempts, because a share such as 0.55 × 20 is not 11 in binary. */
function bandOfAsr({ asr, attempts }: RouteQuality): number {
  return Math.floor((Math.round(asr * attempts) * ASR_BANDS) / attempts);
}
