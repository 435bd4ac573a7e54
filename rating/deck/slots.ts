import type { Zone } from '../time/zone.js';
import type { RateWindow } from './window.js';

/** No call is let run longer; slots are looked for up to here. */
export const SLOT_HORIZON_S = 7 * 86_400;
/** Clocks shift on quarter hours only, see the zone file. */
const QUARTER_S = 900;
const DAY_S = 86_400;

export interface SlotSearch {
  readonly zone: Zone;
  /** Windows of all rows that could apply; their edges are where a slot can end. */
  readonly windows: readonly RateWindow[];
  readonly startMs: number;
  /** Row at the start. */
  readonly first: number;
  /** Row in force at an instant, or -1. */
  readonly rowIndexAt: (instantMs: number) => number;
}

export interface FoundSlot {
  readonly fromS: number;
  readonly index: number;
}

/**
 * Which row holds from which second of a call on. Walks from one window edge to the next on the
 * zone's wall clock. Where no row has a window at some instant, the last price stays in force: a
 * call is not cut for a gap in the sheet.
 */
export function findSlots(search: SlotSearch): {
  readonly slots: readonly FoundSlot[];
  readonly endS: number;
} {
  const edges = windowEdges(search.windows);
  const slots: FoundSlot[] = [{ fromS: 0, index: search.first }];
  let current = search.first;
  let offsetS = secondsToNextEdge(search, edges, 0);
  while (offsetS < SLOT_HORIZON_S) {
    const index = search.rowIndexAt(search.startMs + offsetS * 1000);
    if (index >= 0 && index !== current) {
      slots.push({ fromS: offsetS, index });
      current = index;
    }
    offsetS += secondsToNextEdge(search, edges, offsetS);
  }
  return { slots, endS: SLOT_HORIZON_S };
}

/** Seconds of the day at which any window begins or ends, with midnight, ascending. */
function windowEdges(windows: readonly RateWindow[]): readonly number[] {
  const edges = new Set([0, DAY_S]);
  for (const window of windows) edges.add(window.fromS).add(window.toS);
  return [...edges].sort((first, second) => first - second);
}

/**
 * Seconds from an instant of the call to the next edge on the wall clock, at least 1. When the
 * clocks shift on the way, goes to the next quarter hour only and looks again from there.
 */
function secondsToNextEdge(search: SlotSearch, edges: readonly number[], offsetS: number): number {
  const { zone, startMs } = search;
  const instantMs = startMs + offsetS * 1000;
  const { secondOfDay } = zone.localTime(instantMs);
  const edge = edges.find((candidate) => candidate > secondOfDay) ?? DAY_S;
  const wait = edge - secondOfDay;
  if (zone.offsetMs(instantMs) === zone.offsetMs(instantMs + wait * 1000)) return wait;
  const intoQuarter = Math.floor(instantMs / 1000) % QUARTER_S;
  return Math.min(wait, QUARTER_S - intoQuarter);
}
