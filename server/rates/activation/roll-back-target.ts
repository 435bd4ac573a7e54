import { periodsOf, releaseAt } from '../../../rating/deck/timeline.js';
import type { ReleasePeriod } from '../../../rating/deck/timeline.js';
import type { ActivationEntry } from '../../../db/repositories/activations.js';

export interface RollBackWish {
  /** Unset, the release in force now. */
  readonly releaseId?: number;
  /** Unset, now for the release in force, and its own beginning for one that is still to come. */
  readonly effectiveFromMs?: number;
}

export interface RollBackTarget {
  /** What is taken out of force. */
  readonly releaseId: number;
  /** What takes its place; null where there was nothing before it. */
  readonly replacementId: number | null;
  readonly effectiveFromMs: number;
}

/** Why there is nothing to roll back, in a word and a sentence. */
export interface RollBackProblem {
  readonly code: 'nothing_in_force' | 'not_in_force' | 'outside_period';
  readonly detail: string;
}

/**
 * Which release takes the place of which, from when on. A release is replaced by the one whose
 * activation comes before its own in the order in which activations count. Rolling back twice
 * therefore goes two releases back, and never forth again.
 */
export function rollBackTarget(
  entries: readonly ActivationEntry[],
  wish: RollBackWish,
  nowMs: number,
): RollBackTarget | RollBackProblem {
  const periods = periodsOf(entries);
  const releaseId = wish.releaseId ?? releaseAt(periods, nowMs);
  if (releaseId === null) {
    return { code: 'nothing_in_force', detail: 'No release of this sheet prices calls now.' };
  }
  const at = periods.findIndex(
    (period, index) => period.releaseId === releaseId && endOf(periods, index) > nowMs,
  );
  const period = periods[at];
  if (period === undefined) {
    const detail = `Release id ${releaseId} neither prices calls now nor is it going to.`;
    return { code: 'not_in_force', detail };
  }
  const effectiveFromMs = wish.effectiveFromMs ?? Math.max(period.fromMs, nowMs);
  if (effectiveFromMs < period.fromMs || effectiveFromMs >= endOf(periods, at)) {
    const until = periods[at + 1] === undefined ? '' : ` until ${isoOf(endOf(periods, at))}`;
    const detail = `Release id ${releaseId} prices calls from ${isoOf(period.fromMs)}${until}.`;
    return { code: 'outside_period', detail };
  }
  return { releaseId, replacementId: releaseBefore(entries, releaseId), effectiveFromMs };
}

function endOf(periods: readonly ReleasePeriod[], index: number): number {
  return periods[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
}

/** A release is activated once; what later puts it in force again is a roll-back of another one. */
export function releaseBefore(
  entries: readonly ActivationEntry[],
  releaseId: number,
): number | null {
  const ordered = [...entries].sort(
    (first, second) =>
      first.effectiveFromMs - second.effectiveFromMs || first.number - second.number,
  );
  const own = ordered.findIndex(
    (entry) => entry.releaseId === releaseId && entry.kind === 'activation',
  );
  return ordered[own - 1]?.releaseId ?? null;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
