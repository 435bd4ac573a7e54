/** One entry of a sheet's history of activations. */
export interface Activation {
  /** Counts within the sheet; the later entry wins where two begin at one instant. */
  readonly number: number;
  /** Null where a roll-back left the sheet without prices. */
  readonly releaseId: number | null;
  readonly effectiveFromMs: number;
}

/** A stretch of time in which one release prices calls: up to the start of the next one. */
export interface ReleasePeriod {
  readonly fromMs: number;
  readonly releaseId: number | null;
}

/**
 * Which release prices calls when, from a sheet's activations in any order: ascending, each release
 * up to the next entry. A roll-back is an entry like any other, so one release may come up twice.
 */
export function periodsOf(activations: Iterable<Activation>): readonly ReleasePeriod[] {
  const ordered = [...activations].sort(
    (first, second) =>
      first.effectiveFromMs - second.effectiveFromMs || first.number - second.number,
  );
  const periods: ReleasePeriod[] = [];
  for (const { releaseId, effectiveFromMs: fromMs } of ordered) {
    if (periods.at(-1)?.fromMs === fromMs) periods.pop();
    if (periods.at(-1)?.releaseId !== releaseId) periods.push({ fromMs, releaseId });
  }
  return periods;
}

/** The release in force at an instant, or null where none is. */
export function releaseAt(periods: readonly ReleasePeriod[], atMs: number): number | null {
  return periods.findLast((period) => period.fromMs <= atMs)?.releaseId ?? null;
}
