import type { RateRow } from './types.js';
import { compileWindow } from './window.js';
import type { RateWindow } from './window.js';

const DAY_S = 86_400;

/** What {@link rowsOverlap} looks at. */
export type TimedRow = Pick<
  RateRow,
  'effectiveFrom' | 'effectiveTo' | 'days' | 'dates' | 'timeFrom' | 'timeTo'
>;

/**
 * Whether two rows of one prefix and priority can both hold at some instant, so that chance would
 * decide which prices a call. Periods are half-open, so one may begin where the other ends. Windows
 * are compared as they repeat through the years: rows for Mondays and for the 1st of January overlap,
 * even when no such Monday lies in their periods.
 */
export function rowsOverlap(first: TimedRow, second: TimedRow): boolean {
  const from = Math.max(first.effectiveFrom ?? -Infinity, second.effectiveFrom ?? -Infinity);
  const to = Math.min(first.effectiveTo ?? Infinity, second.effectiveTo ?? Infinity);
  if (from >= to) return false;
  const one = compileWindow(first);
  const other = compileWindow(second);
  return one === null || other === null || windowsOverlap(one, other);
}

/** A window is days × dates × times, and every weekday falls on every date in some year. */
function windowsOverlap(first: RateWindow, second: RateWindow): boolean {
  const { dayMask, dates } = first;
  if (dayMask !== null && second.dayMask !== null && (dayMask & second.dayMask) === 0) return false;
  if (dates !== null && second.dates !== null && !intersect(dates, second.dates)) return false;
  return timesOf(first).some(([from, to]) =>
    timesOf(second).some(([otherFrom, otherTo]) => from < otherTo && otherFrom < to),
  );
}

/** Stretches of the day, half-open: two of them where the window passes midnight. */
function timesOf({ fromS, toS }: RateWindow): readonly (readonly [number, number])[] {
  if (fromS < toS) return [[fromS, toS]];
  const stretches: readonly (readonly [number, number])[] = [
    [fromS, DAY_S],
    [0, toS],
  ];
  return stretches.filter(([from, to]) => from < to);
}

function intersect(first: ReadonlySet<number>, second: ReadonlySet<number>): boolean {
  return [...first].some((value) => second.has(value));
}
