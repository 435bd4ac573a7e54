import type { RateRow } from '../deck/types.js';
import type { RatingStep } from './steps.js';

/** Returned when nothing at all is charged: not answered, or ended within the grace time. */
export const NOT_CHARGED = -1;

/**
 * Seconds that the increments are applied to: raised to the minimum duration, then less the free
 * seconds. 0 leaves the connect fee to pay; `NOT_CHARGED` means that not even that is due.
 */
export function chargeableSeconds(
  row: RateRow,
  seconds: number,
  steps: RatingStep[] | null,
): number {
  const graceS = row.graceS ?? 0;
  if (seconds <= 0 || seconds <= graceS) {
    if (seconds > 0) steps?.push({ kind: 'grace', seconds, graceS });
    return NOT_CHARGED;
  }
  const raised = Math.max(seconds, row.minDurationS);
  if (raised > seconds) steps?.push({ kind: 'min_duration', fromS: seconds, toS: raised });
  const freeS = row.freeS ?? 0;
  if (freeS === 0) return raised;
  const left = Math.max(raised - freeS, 0);
  steps?.push({ kind: 'free_seconds', fromS: raised, toS: left });
  return left;
}
