import type { RateTimeline, ReleaseStamp } from '../../db/repositories/rate-timeline.js';
import type { SheetRow } from '../../db/repositories/snapshot.js';
import { periodsOf, releaseAt } from '../../rating/deck/timeline.js';
import type { ReleasePeriod } from '../../rating/deck/timeline.js';
import { groupBy } from './group-by.js';

/** Calls are priced at their start: one that began this long ago may still be decided on. */
const LOOK_BACK_MS = 3_600_000;
/** How long an imported draft, and a release that was replaced, is kept at hand. */
export const KEEP_AHEAD_MS = 14 * 86_400_000;

/** How soon a release is needed: it prices calls now, it will, or somebody may want that it does. */
export type Urgency = 'in_force' | 'later' | 'ahead';

export interface WantedRelease {
  readonly stamp: ReleaseStamp;
  readonly urgency: Urgency;
}

/** A sheet with the stretches of time that can still matter. */
export interface SheetPlan {
  readonly sheet: SheetRow;
  readonly periods: readonly ReleasePeriod[];
  /** What prices its calls now; null where nothing does. */
  readonly inForce: number | null;
}

export interface RatePlan {
  readonly sheets: readonly SheetPlan[];
  /** The most urgent first. */
  readonly wanted: readonly WantedRelease[];
}

/**
 * Which releases a node has to have in memory. With `keepsAhead` also those that an activation or a
 * roll-back is likely to ask for, so that either is a matter of a pointer.
 */
export function planRates(timeline: RateTimeline, nowMs: number, keepsAhead: boolean): RatePlan {
  const stamps = new Map(timeline.releases.map((stamp) => [stamp.id, stamp]));
  const wanted = new Map<number, WantedRelease>();
  const want = (releaseId: number | null, urgency: Urgency): void => {
    const stamp = releaseId === null ? undefined : stamps.get(releaseId);
    if (stamp === undefined || wanted.has(stamp.id)) return;
    wanted.set(stamp.id, { stamp, urgency });
  };
  const histories = groupBy(timeline.activations, (entry) => entry.sheetId);
  const all = timeline.sheets.map((sheet) => ({
    sheet,
    periods: periodsOf(histories.get(sheet.id) ?? []),
  }));
  for (const { periods } of all) want(releaseAt(periods, nowMs), 'in_force');
  const sheets = all.map(({ sheet, periods }): SheetPlan => {
    const first = periods.findLastIndex(({ fromMs }) => fromMs <= nowMs - LOOK_BACK_MS);
    const mattering = periods.slice(Math.max(first, 0));
    for (const { releaseId } of mattering) want(releaseId, 'later');
    return { sheet, periods: mattering, inForce: releaseAt(periods, nowMs) };
  });
  if (keepsAhead) {
    for (const { periods } of all) want(replacedOf(periods, nowMs), 'ahead');
    for (const { id, status } of stamps.values()) if (status === 'draft') want(id, 'ahead');
  }
  return { sheets, wanted: [...wanted.values()] };
}

/** What was in force before the release that is: it comes back when that one is rolled back. */
function replacedOf(periods: readonly ReleasePeriod[], nowMs: number): number | null {
  const at = periods.findLastIndex(({ fromMs }) => fromMs <= nowMs);
  const since = periods[at]?.fromMs ?? Number.NEGATIVE_INFINITY;
  return since < nowMs - KEEP_AHEAD_MS ? null : (periods[at - 1]?.releaseId ?? null);
}
