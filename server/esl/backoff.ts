export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds to wait before attempt `attempt` (0 is the first retry): exponential with full jitter
 * over the upper half, so that many engine nodes do not return to a restarted switch all at once.
 *
 * @param random a number in [0, 1), given by the caller so that the result can be tested.
 * @example backoffMs(3, { minMs: 500, maxMs: 30_000 }, 0.5) // 3000: between 2000 and 4000
 */
export function backoffMs(attempt: number, limits: BackoffLimits, random: number): number {
  const exponent = Math.min(Math.max(attempt, 0), 30);
  const ceiling = Math.min(limits.maxMs, limits.minMs * 2 ** exponent);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
